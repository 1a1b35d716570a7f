//! The send queue, for those who put messages on it, and queues of dead letters.

use crate::{problem::Classified, sends::Outgoing, store::sdk_reason};
use aws_sdk_sqs::{
    Client,
    types::{
        ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message,
        SendMessageBatchRequestEntry,
    },
};
use std::collections::BTreeSet;
use thiserror::Error;

/// Entries of one request.
const AT_ONCE: usize = 10;
/// Bytes of one request; the queue takes 256 KiB.
const BYTES: usize = 200_000;
/// How often a request is made for what the queue did not take.
const TRIES: usize = 3;

/// Requests for ten dead letters each, at most.
const ROUNDS: usize = 1_000;
/// How long dead letters that were read stay hidden, should their reader die.
const HIDDEN_S: i32 = 120;

/// A queue that does not do its work.
#[derive(Debug, Error)]
#[error("{operation}: queue out of reach: {reason}")]
pub struct QueueError {
    operation: &'static str,
    reason: String,
}

impl Classified for QueueError {
    fn error_type(&self) -> &str {
        "queue_unreachable"
    }

    fn status(&self) -> u16 {
        503
    }
}

/// The send queue, or its dead letters.
#[derive(Debug, Clone)]
pub struct SendQueue {
    client: Client,
    url: String,
}

impl SendQueue {
    /// The queue of that URL.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self {
            client,
            url: url.into(),
        }
    }

    /// Puts messages on the queue, in their order: a request never holds two messages to one
    /// receiver, for the queue may take the second and not the first.
    ///
    /// # Errors
    /// When the queue did not take them all; those before the first it did not take are there.
    pub async fn put(&self, messages: &[Outgoing]) -> Result<(), QueueError> {
        for some in requests(messages) {
            self.put_some(some).await?;
        }
        Ok(())
    }

    async fn put_some(&self, messages: &[Outgoing]) -> Result<(), QueueError> {
        let failed = failed("queue.put");
        let mut left: Vec<usize> = (0..messages.len()).collect();
        let mut reason = String::new();
        for _ in 0..TRIES {
            let mut entries = Vec::with_capacity(left.len());
            for (index, message) in left.iter().filter_map(|i| Some((i, messages.get(*i)?))) {
                let entry = SendMessageBatchRequestEntry::builder()
                    .id(index.to_string())
                    .message_group_id(&message.group)
                    .message_deduplication_id(&message.deduplication_id)
                    .message_body(&message.body);
                entries.push(entry.build().map_err(|e| failed(e.to_string()))?);
            }
            let request = self.client.send_message_batch();
            let request = request.queue_url(&self.url).set_entries(Some(entries));
            let output = request.send().await.map_err(|e| failed(sdk_reason(&e)))?;
            let refused = output.failed.iter();
            left = refused.filter_map(|f| f.id.parse().ok()).collect();
            if left.is_empty() {
                return Ok(());
            }
            let said = output.failed.first().map(|failed| failed.code.clone());
            reason = said.unwrap_or_default();
        }
        Err(failed(reason))
    }

    /// Hides received messages for so many seconds more; then they come again.
    ///
    /// # Errors
    /// When the queue is out of reach; then they come again when their time is over.
    pub async fn change_visibility(
        &self,
        receipts: &[String],
        seconds: i32,
    ) -> Result<(), QueueError> {
        let failed = failed("queue.change_visibility");
        for some in receipts.chunks(AT_ONCE) {
            let entries = entries(&failed, some, |id, receipt| {
                ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(id)
                    .receipt_handle(receipt)
                    .visibility_timeout(seconds)
                    .build()
            })?;
            let request = self.client.change_message_visibility_batch();
            let request = request.queue_url(&self.url).set_entries(Some(entries));
            request.send().await.map_err(|e| failed(sdk_reason(&e)))?;
        }
        Ok(())
    }

    /// Deletes received messages before their batch is over, so that their group goes on.
    ///
    /// # Errors
    /// When the queue is out of reach; then they are deleted with their batch.
    pub async fn delete(&self, receipts: &[String]) -> Result<(), QueueError> {
        let failed = failed("queue.delete");
        for some in receipts.chunks(AT_ONCE) {
            let entries = entries(&failed, some, |id, receipt| {
                DeleteMessageBatchRequestEntry::builder()
                    .id(id)
                    .receipt_handle(receipt)
                    .build()
            })?;
            let request = self.client.delete_message_batch();
            let request = request.queue_url(&self.url).set_entries(Some(entries));
            request.send().await.map_err(|e| failed(sdk_reason(&e)))?;
        }
        Ok(())
    }
}

/// Dead letters that are read one by one; those of a FIFO queue cannot be: who reads the first ones of a
/// group does not get at the rest.
#[derive(Debug, Clone)]
pub struct DeadLetters(SendQueue);

impl DeadLetters {
    /// The queue of that URL.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self(SendQueue::new(client, url))
    }

    /// Deletes those in which one of these texts stands, and says how many; the others can be read again
    /// at once.
    ///
    /// # Errors
    /// When the queue is out of reach, or holds more than ten thousand; then some may be left.
    pub async fn erase(&self, texts: &BTreeSet<String>) -> Result<usize, QueueError> {
        let failed = failed("dead_letters.erase");
        let (mut gone, mut others) = (0, Vec::new());
        for _ in 0..ROUNDS {
            let request = self.0.client.receive_message().queue_url(&self.0.url);
            let request = request.max_number_of_messages(10).wait_time_seconds(1);
            let received = request.visibility_timeout(HIDDEN_S).send().await;
            let received = received.map_err(|e| failed(sdk_reason(&e)))?;
            let letters = received.messages.unwrap_or_default();
            if letters.is_empty() {
                self.0.change_visibility(&others, 0).await?;
                return Ok(gone);
            }
            let named = |body: &str| texts.iter().any(|text| body.contains(text.as_str()));
            let (erased, kept): (Vec<_>, Vec<_>) = letters
                .into_iter()
                .partition(|letter| letter.body().is_some_and(named));
            let receipts = |letters: Vec<Message>| {
                let receipts = letters
                    .into_iter()
                    .filter_map(|letter| letter.receipt_handle);
                receipts.collect::<Vec<_>>()
            };
            others.extend(receipts(kept));
            let erased = receipts(erased);
            gone += erased.len();
            self.0.delete(&erased).await?;
        }
        Err(failed(
            "too many dead letters; run or purge them".to_owned(),
        ))
    }
}

/// An entry for each receipt, under its place as its id.
fn entries<T, E: ToString>(
    failed: impl Fn(String) -> QueueError,
    receipts: &[String],
    entry: impl Fn(String, &str) -> Result<T, E>,
) -> Result<Vec<T>, QueueError> {
    let numbered = receipts.iter().enumerate();
    numbered
        .map(|(n, receipt)| entry(n.to_string(), receipt))
        .collect::<Result<_, E>>()
        .map_err(|error| failed(error.to_string()))
}

fn failed(operation: &'static str) -> impl Fn(String) -> QueueError {
    move |reason| QueueError { operation, reason }
}

fn requests(mut messages: &[Outgoing]) -> Vec<&[Outgoing]> {
    let mut requests = Vec::new();
    while !messages.is_empty() {
        let (request, rest) = messages
            .split_at_checked(first_request(messages))
            .unwrap_or((messages, &[]));
        requests.push(request);
        messages = rest;
    }
    requests
}

/// How many of the messages the first request holds: at least one.
fn first_request(messages: &[Outgoing]) -> usize {
    let (mut bytes, mut receivers) = (0_usize, BTreeSet::new());
    for (n, message) in messages.iter().enumerate() {
        bytes += message.body.len();
        let again = !receivers.insert(&message.to_user);
        if n > 0 && (n >= AT_ONCE || again || bytes > BYTES) {
            return n;
        }
    }
    messages.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(to_user: &str, bytes: usize) -> Outgoing {
        Outgoing {
            group: "g".into(),
            deduplication_id: "d".into(),
            to_user: to_user.into(),
            body: "x".repeat(bytes),
        }
    }

    fn sizes(messages: &[Outgoing]) -> Vec<usize> {
        requests(messages).iter().map(|some| some.len()).collect()
    }

    #[test]
    fn a_request_holds_ten_messages_and_each_receiver_once() {
        let many: Vec<_> = (0..25).map(|n| message(&format!("o{n}"), 10)).collect();
        assert_eq!(sizes(&many), [10, 10, 5]);
        let same = ["a", "b", "a", "a", "c"].map(|to_user| message(to_user, 10));
        assert_eq!(sizes(&same), [2, 1, 2]);
        let large = ["a", "b", "c"].map(|to_user| message(to_user, BYTES / 2));
        assert_eq!(sizes(&large), [2, 1]);
        assert_eq!(sizes(&[message("a", 2 * BYTES), message("b", 1)]), [1, 1]);
        assert!(sizes(&[]).is_empty());
    }
}
