//! A batch: its groups side by side, so that no account waits for another's pace.

use crate::{
    content::groups,
    context::Context,
    group::{Batch, Group},
    release::{self, Report},
};
use futures_util::future::join_all;
use serde::Serialize;
use shared::{
    lambda::{
        BatchFailures, Classified as _, Counts, Invocation, QueueError, QueueEvent, QueueMessage,
    },
    time::Timestamp,
};
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

/// No call begins this close to the end of the invocation: connecting to every
/// host, and the call.
const CALL: Duration = Duration::from_secs(20);
/// Calls begin for this long.
const BATCH: Duration = Duration::from_secs(30);
/// The process is gone for sure this long after its deadline.
const GONE: Duration = Duration::from_secs(1);

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
    let deadline = invocation.deadline;
    match event {
        QueueEvent::Records(messages) => {
            let batch = Batch {
                me: invocation.id.clone(),
                deadline: deadline + GONE,
                last_start: last_start(context.clock.now(), deadline),
                counts: Counts::default(),
            };
            Done::Batch(work_off(context, batch, messages).await)
        }
        QueueEvent::Tick(_) => {
            let stop = deadline - CALL;
            Done::Release(release::run(context, stop).await)
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
    batch.counts.emit(context.clock.now());
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

fn last_start(now: Timestamp, deadline: Timestamp) -> Timestamp {
    let latest = deadline - CALL;
    (now + BATCH).min(latest)
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
        let now = Timestamp::from_secs(1_767_000_000);
        let last = |left_s| last_start(now, now + Duration::from_secs(left_s));
        assert_eq!(last(60), now + BATCH);
        assert_eq!(last(40), now + Duration::from_secs(20));
        assert!(last(10) < now, "none");
    }
}
