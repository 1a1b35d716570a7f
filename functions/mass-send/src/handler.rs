//! One event: a campaign to go on with, or all that are due.

use crate::{
    event::{Event, Message},
    run::{Failed, Run},
    sweep::Report,
    tally::Tally,
};
use lambda_runtime::Context;
use serde::Serialize;
use shared::{
    lambda::{Accounts, Aws, BatchFailures, Clients, SendQueue, Settings, clock, connections},
    sends::campaign::Work,
    store::{Sends, Tokens},
};
use wechat_oa::api::client::Timing;

/// No call begins this close to the end of the invocation, in milliseconds.
const CALL_MS: i64 = 60_000;
/// How long a campaign rests when something it needs is out of reach, in seconds.
const TROUBLE_S: i32 = 5;
/// How long a result is waited for before WeChat is asked, in seconds, unless set otherwise.
const PATIENCE_S: u32 = 900;

/// What the function answers.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Done {
    Batch(BatchFailures),
    Sweep(Report),
}

/// Everything an event needs, built once.
pub(crate) struct Handler {
    pub(crate) accounts: Accounts,
    pub(crate) sends: Sends,
    pub(crate) queue: SendQueue,
    pub(crate) clients: Clients,
    /// How long a result is waited for before WeChat is asked, in milliseconds.
    pub(crate) patience_ms: i64,
}

impl Handler {
    pub(crate) async fn from_environment() -> Result<Self, lambda_runtime::Error> {
        let settings = Settings::require(&[
            "PARAMETER_PREFIX",
            "MASS_SEND_QUEUE_URL",
            "SENDS_TABLE",
            "TOKENS_TABLE",
            "TOKEN_REFRESH_FUNCTION",
        ])?;
        let aws = Aws::load().await?;
        let patience_s = Settings::number::<u32>("RESULT_PATIENCE_S")?.unwrap_or(PATIENCE_S);
        let accounts = Accounts::new(aws.ssm(), settings.get("PARAMETER_PREFIX"));
        accounts.start().await;
        Ok(Self {
            accounts,
            sends: Sends::new(aws.dynamodb(), settings.get("SENDS_TABLE")),
            queue: SendQueue::new(aws.sqs(), settings.get("MASS_SEND_QUEUE_URL")),
            clients: Clients::new(
                &aws,
                connections(timing())?,
                Tokens::new(aws.dynamodb(), settings.get("TOKENS_TABLE")),
                settings.get("TOKEN_REFRESH_FUNCTION"),
            )?,
            patience_ms: i64::from(patience_s).saturating_mul(1000),
        })
    }

    pub(crate) async fn handle(&self, event: Event, context: &Context) -> Done {
        let deadline_ms = i64::try_from(context.deadline).unwrap_or(i64::MAX);
        let stop_ms = deadline_ms.saturating_sub(CALL_MS);
        match event {
            Event::Batch { records } => {
                let mut failures = BatchFailures::default();
                for message in records {
                    if !self.message(&message, &context.request_id, stop_ms).await {
                        // Otherwise it comes again when its time on the queue is over.
                        let receipts = [message.receipt_handle];
                        drop(self.queue.give_back(&receipts, TROUBLE_S).await);
                        failures.add(&message.message_id);
                    }
                }
                Done::Batch(failures)
            }
            Event::Sweep { sweep: true } => Done::Sweep(self.sweep().await),
            Event::Sweep { sweep: false } => Done::Sweep(Report::default()),
        }
    }

    /// Goes on with the campaign of a message; whether the message is done. One that does not read
    /// is: its campaign, if there is one, is due again by itself.
    async fn message(&self, message: &Message, me: &str, stop_ms: i64) -> bool {
        let Some(work) = message.work() else {
            tracing::error!(outcome = "poison", "mass send");
            return true;
        };
        let tally = Tally::default();
        let outcome = self.work(&work, me, stop_ms, &tally).await;
        tally.emit(clock::now_ms());
        let id = work.client_msg_id;
        match outcome {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(id, outcome = error.error_type(), detail = %error, "mass send");
                false
            }
        }
    }

    async fn work(&self, work: &Work, me: &str, stop_ms: i64, tally: &Tally) -> Result<(), Failed> {
        let found = self.sends.campaign(&work.app_id, &work.client_msg_id);
        let Some(campaign) = found.await?.filter(|campaign| campaign.due_ms.is_some()) else {
            return Ok(());
        };
        let account = self.accounts.get(&campaign.account).await?;
        let run = Run {
            handler: self,
            account: &account,
            client: self.clients.of(&account),
            campaign,
            batches: Vec::new(),
            seen: None,
            me,
            stop_ms,
            tally,
        };
        run.go().await
    }
}

/// Each call is counted, so none is repeated here.
fn timing() -> Timing {
    Timing {
        repeats: 0,
        ..Timing::default()
    }
}
