//! A batch: its groups side by side, so that no account waits for another's pace.

use crate::{
    content::groups,
    context::Context,
    group::{Batch, Group},
    release::{self, Report},
};
use futures_util::future::join_all;
use serde::Serialize;
use shared::lambda::{
    BatchFailures, Classified as _, Counts, Invocation, QueueError, QueueEvent, QueueMessage,
};
use std::sync::atomic::{AtomicUsize, Ordering};

/// No call begins this close to the end of the invocation, in milliseconds: connecting to every
/// host, and the call.
const CALL_MS: i64 = 20_000;
/// Calls begin for this long, in milliseconds.
const BATCH_MS: i64 = 30_000;
/// The process is gone for sure this long after its deadline, in milliseconds.
const GONE_MS: i64 = 1_000;

/// What the function answers.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Done {
    /// The messages that are not done.
    Batch(BatchFailures),
    /// What was due.
    Release(Report),
}

/// Does what an event asks for.
pub async fn handle(context: &Context, event: QueueEvent, invocation: &Invocation) -> Done {
    let deadline_ms = invocation.deadline_ms;
    match event {
        QueueEvent::Records(messages) => {
            let batch = Batch {
                me: invocation.id.clone(),
                deadline_ms: deadline_ms.saturating_add(GONE_MS),
                last_start_ms: last_start_ms(context.clock.now_ms(), deadline_ms),
                counts: Counts::default(),
            };
            Done::Batch(work_off(context, batch, messages).await)
        }
        QueueEvent::Tick(_) => {
            let stop_ms = deadline_ms.saturating_sub(CALL_MS);
            Done::Release(release::run(context, stop_ms).await)
        }
    }
}

async fn work_off(context: &Context, batch: Batch, messages: Vec<QueueMessage>) -> BatchFailures {
    let groups = groups(messages);
    let running = AtomicUsize::new(groups.len());
    let ended = groups
        .iter()
        .map(|(name, messages)| work_off_group(context, &batch, &running, name, messages));
    let mut failures = BatchFailures::default();
    for message in join_all(ended).await.into_iter().flatten() {
        failures.add(&message.message_id);
    }
    batch.counts.emit(context.clock.now_ms());
    failures
}

/// Does a group; the messages that are not done. While others of the batch still run, its messages do
/// not wait for them: what is done is deleted here; what is not comes back when its time is there.
async fn work_off_group<'a>(
    context: &Context,
    batch: &Batch,
    running: &AtomicUsize,
    name: &str,
    messages: &'a [QueueMessage],
) -> &'a [QueueMessage] {
    let ended = Group::new(context, batch, name).run(messages).await;
    let others = running.fetch_sub(1, Ordering::Relaxed) > 1;
    let (done, rest) = messages
        .split_at_checked(ended.done)
        .unwrap_or((messages, &[]));
    let receipts = |some: &[QueueMessage]| -> Vec<String> {
        some.iter().map(|m| m.receipt_handle.clone()).collect()
    };
    let (done, back) = (receipts(done), receipts(rest));
    if others && !done.is_empty() {
        warn(context.queue.delete(&done).await);
    }
    if !back.is_empty() {
        let hidden = context.queue.change_visibility(&back, ended.back_s);
        warn(hidden.await);
    }
    rest
}

fn last_start_ms(now_ms: i64, deadline_ms: i64) -> i64 {
    let latest = deadline_ms.saturating_sub(CALL_MS);
    now_ms.saturating_add(BATCH_MS).min(latest)
}

/// A queue that was out of reach: its messages come back later than they might, and nothing else.
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
