//! The send queue: messages go there in their order, ten at a time.

use crate::refusal::Refusal;
use aws_sdk_sqs::{
    Client,
    error::DisplayErrorContext,
    types::{BatchResultErrorEntry, SendMessageBatchRequestEntry},
};
use shared::{
    account::Account,
    sends::{Record, message_group},
};

/// Messages of one request, and their bytes, at most.
const MESSAGES: usize = 10;
const BYTES: usize = 200 * 1024;

/// The queue the function `send` reads.
#[derive(Debug, Clone)]
pub(crate) struct Queue {
    sqs: Client,
    url: String,
}

impl Queue {
    pub(crate) fn new(sqs: Client, url: &str) -> Self {
        Self {
            sqs,
            url: url.to_owned(),
        }
    }

    /// Puts messages on the queue; one that was put there within five minutes is there once.
    ///
    /// # Errors
    /// When not all could be put there; some may be.
    pub(crate) async fn put(&self, account: &Account, records: &[&Record]) -> Result<(), Refusal> {
        let entries = records
            .iter()
            .enumerate()
            .map(|(n, record)| entry(n, account, record))
            .collect::<Result<Vec<_>, _>>()?;
        for batch in batches(entries) {
            let refused = self.send(batch.clone()).await?;
            let again: Vec<_> = batch
                .into_iter()
                .filter(|entry| refused.iter().any(|error| error.id() == entry.id()))
                .collect();
            if !again.is_empty()
                && let Some(error) = self.send(again).await?.first()
            {
                return Err(Refusal::Queue(error.code().to_owned()));
            }
        }
        Ok(())
    }

    async fn send(
        &self,
        entries: Vec<SendMessageBatchRequestEntry>,
    ) -> Result<Vec<BatchResultErrorEntry>, Refusal> {
        let request = self
            .sqs
            .send_message_batch()
            .queue_url(&self.url)
            .set_entries(Some(entries));
        let output = request
            .send()
            .await
            .map_err(|e| Refusal::Queue(DisplayErrorContext(e).to_string()))?;
        Ok(output.failed)
    }
}

fn entry(
    n: usize,
    account: &Account,
    record: &Record,
) -> Result<SendMessageBatchRequestEntry, Refusal> {
    let unwritten = |reason: String| Refusal::Queue(reason);
    let job = record
        .job()
        .ok_or_else(|| unwritten("the row is not whole".into()))?;
    let body = serde_json::to_string(&job).map_err(|e| unwritten(e.to_string()))?;
    let group = message_group(&account.app_id, &record.to_user, account.pace.lanes);
    SendMessageBatchRequestEntry::builder()
        .id(n.to_string())
        .message_group_id(group)
        .message_deduplication_id(record.deduplication_id())
        .message_body(body)
        .build()
        .map_err(|e| unwritten(e.to_string()))
}

/// Cuts the messages into what one request takes.
fn batches(entries: Vec<SendMessageBatchRequestEntry>) -> Vec<Vec<SendMessageBatchRequestEntry>> {
    let mut batches: Vec<Vec<_>> = Vec::new();
    let mut bytes = 0;
    for entry in entries {
        let size = entry.message_body().len();
        bytes += size;
        match batches.last_mut() {
            Some(batch) if batch.len() < MESSAGES && bytes <= BYTES => batch.push(entry),
            _ => {
                bytes = size;
                batches.push(vec![entry]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(bodies: &[usize]) -> Vec<usize> {
        let entries = bodies.iter().enumerate().map(|(n, size)| {
            let entry = SendMessageBatchRequestEntry::builder().id(n.to_string());
            entry.message_body("x".repeat(*size)).build().unwrap()
        });
        batches(entries.collect()).iter().map(Vec::len).collect()
    }

    #[test]
    fn a_request_holds_ten_messages_and_what_fits() {
        assert_eq!(sizes(&[]), Vec::<usize>::new());
        assert_eq!(sizes(&[1; 25]), [10, 10, 5]);
        assert_eq!(sizes(&[BYTES / 2, BYTES / 2, 1, 1]), [2, 2]);
        assert_eq!(
            sizes(&[BYTES + 1, 1]),
            [1, 1],
            "one that is too long goes alone"
        );
    }
}
