//! A batch: its groups side by side, so that no account waits for another's pace.

use crate::{
    event::{Event, Message, groups},
    group::{Batch, Group},
    release::Report,
    tally::Tally,
    turn::Turns,
};
use futures_util::future::join_all;
use lambda_runtime::{Context, Diagnostic};
use serde::Serialize;
use shared::{
    lambda::{
        Accounts, Aws, BatchFailures, Clients, Outgoing, QueueError, SendQueue, Settings, clock,
        connections,
    },
    store::{Sends, Tokens},
};
use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};
use wechat_oa::api::client::Timing;

/// No call begins this close to the end of the invocation, in milliseconds: connecting to every
/// host, and the call.
const CALL_MS: i64 = 20_000;
/// Calls begin for this long, in milliseconds.
const BATCH_MS: i64 = 30_000;
/// The process is gone for sure this long after its deadline, in milliseconds.
const GONE_MS: i64 = 1_000;
/// Lanes remembered at most.
const REMEMBERED: usize = 4_096;

/// What the function answers.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Done {
    Batch(BatchFailures),
    Release(Report),
    Nothing(()),
}

/// Everything an event needs, built once.
pub(crate) struct Handler {
    pub(crate) accounts: Accounts,
    pub(crate) sends: Sends,
    pub(crate) queue: SendQueue,
    pub(crate) clients: Clients,
    dead_letters: SendQueue,
    turns: Mutex<HashMap<String, Turns>>,
}

impl Handler {
    pub(crate) async fn from_environment() -> Result<Self, lambda_runtime::Error> {
        let settings = Settings::require(&[
            "PARAMETER_PREFIX",
            "SEND_DEAD_LETTERS_URL",
            "SEND_QUEUE_URL",
            "SENDS_TABLE",
            "TOKENS_TABLE",
            "TOKEN_REFRESH_FUNCTION",
        ])?;
        let aws = Aws::load().await?;
        let accounts = Accounts::new(aws.ssm(), settings.get("PARAMETER_PREFIX"));
        accounts.start().await;
        Ok(Self {
            accounts,
            sends: Sends::new(aws.dynamodb(), settings.get("SENDS_TABLE")),
            queue: SendQueue::new(aws.sqs(), settings.get("SEND_QUEUE_URL")),
            clients: Clients::new(
                &aws,
                connections(Timing::default())?,
                Tokens::new(aws.dynamodb(), settings.get("TOKENS_TABLE")),
                settings.get("TOKEN_REFRESH_FUNCTION"),
            )?,
            dead_letters: SendQueue::new(aws.sqs(), settings.get("SEND_DEAD_LETTERS_URL")),
            turns: Mutex::default(),
        })
    }

    pub(crate) async fn handle(&self, event: Event, context: &Context) -> Result<Done, Diagnostic> {
        let deadline_ms = i64::try_from(context.deadline).unwrap_or(i64::MAX);
        match event {
            Event::Batch { records } => {
                let batch = Batch {
                    me: context.request_id.clone(),
                    deadline_ms: deadline_ms.saturating_add(GONE_MS),
                    last_start_ms: last_start_ms(clock::now_ms(), deadline_ms),
                    tally: Tally::default(),
                };
                Ok(Done::Batch(self.batch(batch, records).await))
            }
            Event::Release { release: false } => Ok(Done::Nothing(())),
            Event::Release { release: true } => {
                let stop_ms = deadline_ms.saturating_sub(CALL_MS);
                Ok(Done::Release(self.release(stop_ms).await))
            }
        }
    }

    async fn batch(&self, batch: Batch, records: Vec<Message>) -> BatchFailures {
        let groups = groups(records);
        let running = AtomicUsize::new(groups.len());
        let ended = groups
            .iter()
            .map(|(name, messages)| self.group(&batch, &running, name, messages));
        let mut failures = BatchFailures::default();
        for message in join_all(ended).await.into_iter().flatten() {
            failures.add(&message.message_id);
        }
        batch.tally.emit(clock::now_ms());
        failures
    }

    /// Does a group. While others of the batch still run, its messages do not wait for them: what
    /// is done is deleted here; what is not, and answered, comes back when its time is there.
    async fn group<'a>(
        &self,
        batch: &Batch,
        running: &AtomicUsize,
        name: &str,
        messages: &'a [Message],
    ) -> &'a [Message] {
        let ended = Group::new(self, batch, name).run(messages).await;
        let others = running.fetch_sub(1, Ordering::Relaxed) > 1;
        let (done, rest) = messages
            .split_at_checked(ended.done)
            .unwrap_or((messages, &[]));
        let receipts = |some: &[Message]| -> Vec<String> {
            some.iter().map(|m| m.receipt_handle.clone()).collect()
        };
        let (done, back) = (receipts(done), receipts(rest));
        if others && !done.is_empty() {
            warn(self.queue.delete(&done).await);
        }
        if !back.is_empty() {
            warn(self.queue.give_back(&back, ended.back_s).await);
        }
        rest
    }

    /// Puts a message into the dead letters.
    pub(crate) async fn bury(
        &self,
        group: &str,
        deduplication_id: &str,
        body: String,
    ) -> Result<(), QueueError> {
        let letter = Outgoing {
            group: group.to_owned(),
            deduplication_id: deduplication_id.to_owned(),
            to_user: String::new(),
            body,
        };
        self.dead_letters.put(&[letter]).await
    }

    /// What this process knows of a lane.
    pub(crate) fn take_turns(&self, group: &str) -> Turns {
        let mut known = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(group).unwrap_or_default()
    }

    pub(crate) fn put_turns(&self, group: &str, turns: Turns) {
        let mut known = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(group.to_owned(), turns.later());
    }
}

fn last_start_ms(now_ms: i64, deadline_ms: i64) -> i64 {
    let latest = deadline_ms.saturating_sub(CALL_MS);
    now_ms.saturating_add(BATCH_MS).min(latest)
}

/// Without it messages come back later than they might, no more.
fn warn(outcome: Result<(), QueueError>) {
    if let Err(error) = outcome {
        tracing::warn!(outcome = error.error_type(), detail = %error, "queue");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_begin_while_there_is_time_for_them() {
        assert_eq!(last_start_ms(0, 60_000), BATCH_MS);
        assert_eq!(last_start_ms(0, 40_000), 20_000);
        assert!(last_start_ms(0, 10_000) < 0, "none");
    }
}
