//! One event: campaigns to go on with, or all that are due.

use crate::context::{Context, World};
use serde::Serialize;
use shared::{
    lambda::{BatchFailures, Counts, Invocation, QueueEvent, QueueMessage},
    sends::campaign::{
        Work,
        worker::{Report, Worker},
    },
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
    let world = World {
        context,
        counts: Counts::default(),
    };
    let worker = Worker {
        sends: &context.sends,
        outside: &world,
        clock: &*context.clock,
        me: &invocation.id,
        stop: invocation.deadline - CALL,
        patience: context.patience,
    };
    let done = match event {
        QueueEvent::Records(messages) => {
            let mut failures = BatchFailures::default();
            for message in messages {
                if !is_done(&worker, &message).await {
                    // Otherwise it comes again when its time on the queue is over.
                    let receipts = [message.receipt_handle];
                    let hidden = context.queue.change_visibility(&receipts, TROUBLE_S);
                    drop(hidden.await);
                    failures.add(&message.message_id);
                }
            }
            Done::Batch(failures)
        }
        QueueEvent::Tick(_) => Done::Sweep(worker.sweep().await),
    };
    world.counts.emit(context.clock.now());
    done
}

/// Goes on with the campaign of a message; whether the message is done. One that does not read is:
/// its campaign, if there is one, is due again by itself.
async fn is_done(worker: &Worker<'_, World<'_>>, message: &QueueMessage) -> bool {
    let Ok(work) = serde_json::from_str::<Work>(&message.body) else {
        tracing::error!(outcome = "malformed", "mass send");
        return true;
    };
    match worker.go_on(&work).await {
        Ok(()) => true,
        Err(problem) => {
            let id = work.client_msg_id;
            tracing::error!(id, outcome = problem.error_type(), detail = %problem, "mass send");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_a_campaign_or_nothing() {
        let work = |body| serde_json::from_str::<Work>(body).ok();
        let named = work(r#"{"app_id": "wx1", "client_msg_id": "c"}"#);
        assert_eq!(named.unwrap().client_msg_id, "c");
        assert_eq!(["{}", "text"].map(work), [None, None]);
    }
}
