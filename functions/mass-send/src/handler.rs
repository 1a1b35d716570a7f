//! One event: campaigns to go on with, or all that are due.

use crate::{
    context::Context,
    run::Run,
    sweep::{self, Report},
};
use serde::Serialize;
use shared::{
    lambda::{BatchFailures, Counts, Invocation, Problem, QueueEvent, QueueMessage},
    sends::campaign::Work,
};
use std::time::Duration;

/// No call begins this close to the end of the invocation.
const CALL: Duration = Duration::from_secs(60);
/// How long a campaign rests when something it needs is out of reach, in seconds.
const TROUBLE_S: i32 = 5;

/// What the function answers.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Done {
    /// The messages that are not done.
    Batch(BatchFailures),
    /// What was due.
    Sweep(Report),
}

/// Does what an event asks for.
pub async fn handle(context: &Context, event: QueueEvent, invocation: &Invocation) -> Done {
    match event {
        QueueEvent::Records(messages) => {
            let mut failures = BatchFailures::default();
            for message in messages {
                if !is_done(context, &message, invocation).await {
                    // Otherwise it comes again when its time on the queue is over.
                    let receipts = [message.receipt_handle];
                    let hidden = context.queue.change_visibility(&receipts, TROUBLE_S);
                    drop(hidden.await);
                    failures.add(&message.message_id);
                }
            }
            Done::Batch(failures)
        }
        QueueEvent::Tick(_) => Done::Sweep(sweep::run(context).await),
    }
}

/// Goes on with the campaign of a message; whether the message is done. One that does not read is:
/// its campaign, if there is one, is due again by itself.
async fn is_done(context: &Context, message: &QueueMessage, invocation: &Invocation) -> bool {
    let Ok(work) = serde_json::from_str::<Work>(&message.body) else {
        tracing::error!(outcome = "poison", "mass send");
        return true;
    };
    let counts = Counts::default();
    let outcome = go_on(context, &work, invocation, &counts).await;
    counts.emit(context.clock.now());
    let id = work.client_msg_id;
    match outcome {
        Ok(()) => true,
        Err(problem) => {
            tracing::error!(id, outcome = problem.error_type(), detail = %problem, "mass send");
            false
        }
    }
}

async fn go_on(
    context: &Context,
    work: &Work,
    invocation: &Invocation,
    counts: &Counts,
) -> Result<(), Problem> {
    let found = context.sends.campaign(&work.app_id, &work.client_msg_id);
    let Some(campaign) = found.await?.filter(|campaign| campaign.due.is_some()) else {
        return Ok(());
    };
    let account = context.accounts.get(&campaign.account).await?;
    let run = Run {
        context,
        account: &account,
        client: context.clients.of(&account),
        campaign,
        batches: Vec::new(),
        seen: None,
        me: &invocation.id,
        stop: invocation.deadline - CALL,
        counts,
    };
    run.go().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_a_campaign_or_nothing() {
        let work = |body| serde_json::from_str::<Work>(body).ok();
        let named = work(r#"{"app_id": "wx1", "client_msg_id": "c"}"#);
        assert_eq!(named.unwrap().client_msg_id, "c");
        assert_eq!(["{}", "poison"].map(work), [None, None]);
    }
}
