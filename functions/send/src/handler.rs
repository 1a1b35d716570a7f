//! A batch: its lanes side by side, so that no account waits for another's pace.

use crate::context::{Context, World};
use futures_util::future::join_all;
use serde::Serialize;
use shared::{
    lambda::{BatchFailures, Counts, Invocation, QueueError, QueueEvent, QueueMessage},
    problem::Classified as _,
    sends::worker::{Arrived, Report, Worker},
};
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

/// No call begins this close to the end of the invocation: connecting to every
/// host, and the call.
const CALL: Duration = Duration::from_secs(20);
/// A tick begins nothing this close to the end of the invocation.
const TICK: Duration = Duration::from_secs(3);
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
    let world = World {
        context,
        counts: Counts::default(),
    };
    let worker = Worker {
        sends: &context.sends,
        outside: &world,
        clock: &*context.clock,
        pacers: &context.pacers,
        me: &invocation.id,
        deadline: invocation.deadline + GONE,
        last_start: match event {
            QueueEvent::Records(_) => (invocation.deadline - CALL).min(context.clock.now() + BATCH),
            // A tick makes no calls, and what is due before the next one waits in it.
            QueueEvent::Tick(_) => invocation.deadline - TICK,
        },
    };
    let done = match event {
        QueueEvent::Records(messages) => Done::Batch(work_off(context, &worker, messages).await),
        QueueEvent::Tick(_) => Done::Release(worker.release().await),
    };
    world.counts.emit(context.clock.now());
    done
}

async fn work_off(
    context: &Context,
    worker: &Worker<'_, World<'_>>,
    messages: Vec<QueueMessage>,
) -> BatchFailures {
    let groups = groups(messages);
    let running = AtomicUsize::new(groups.len());
    let ended = groups
        .iter()
        .map(|(group, messages)| work_off_group(context, worker, &running, group, messages));
    let mut failures = BatchFailures::default();
    for message in join_all(ended).await.into_iter().flatten() {
        failures.add(&message.message_id);
    }
    failures
}

/// Does a group; the messages that are not done. While others of the batch still run, its messages do
/// not wait for them: what is done is deleted here; what is not comes back when its time is there.
async fn work_off_group<'a>(
    context: &Context,
    worker: &Worker<'_, World<'_>>,
    running: &AtomicUsize,
    group: &str,
    messages: &'a [QueueMessage],
) -> &'a [QueueMessage] {
    let arrived = messages.iter().map(|message| Arrived {
        id: &message.message_id,
        body: &message.body,
        sequence: &message.attributes.sequence_number,
        received: message.attributes.approximate_receive_count,
    });
    let ended = worker.group(group, &arrived.collect::<Vec<_>>()).await;
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

/// Messages by their group, in the order they came.
fn groups(messages: Vec<QueueMessage>) -> Vec<(String, Vec<QueueMessage>)> {
    let mut groups: Vec<(String, Vec<QueueMessage>)> = Vec::new();
    for message in messages {
        let name = &message.attributes.message_group_id;
        match groups.iter_mut().find(|(group, _)| group == name) {
            Some((_, messages)) => messages.push(message),
            None => groups.push((name.clone(), vec![message])),
        }
    }
    groups
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
    use serde_json::{from_value, json};

    #[test]
    fn a_batch_falls_into_groups_that_keep_their_order() {
        let records = [("1", "b"), ("2", "a"), ("3", "b"), ("4", "a"), ("5", "b")];
        let records = records.map(|(id, group)| {
            json!({
                "messageId": id, "receiptHandle": format!("r-{id}"), "body": "{}",
                "attributes": {
                    "ApproximateReceiveCount": "1", "MessageGroupId": group, "SequenceNumber": "7",
                },
                "messageAttributes": {}, "eventSource": "aws:sqs",
            })
        });
        let ids: Vec<(String, String)> = groups(from_value(json!(records)).unwrap())
            .into_iter()
            .map(|(group, messages)| (group, messages.into_iter().map(|m| m.message_id).collect()))
            .collect();
        assert_eq!(ids, [("b".into(), "135".into()), ("a".into(), "24".into())]);
    }
}
