//! SQS event source mapping: batches, filters, partial failures (Lambda guide, "Using Lambda with Amazon SQS").

use super::{
    Sources,
    batch::{self, BatchResult},
};
use crate::{
    filter,
    lambda::{InvokeError, Outcome},
    sqs::{Message, md5_of_body},
    template::QueueSource,
};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::{sync::Semaphore, task::JoinSet, time::Instant};

/// Batches at once when the mapping names no `MaximumConcurrency`: what Lambda starts with.
const DEFAULT_CONCURRENCY: usize = 5;
/// Most messages of one receive.
const RECEIVE_MAX: usize = 10;
/// Length of one long poll.
const LONG_POLL: Duration = Duration::from_secs(20);

/// Feeds `function` from its queue until the task ends.
pub(super) async fn poll(sources: Arc<Sources>, function: String, source: QueueSource) {
    let slots = Arc::new(Semaphore::new(
        source.max_concurrency.unwrap_or(DEFAULT_CONCURRENCY),
    ));
    let source = Arc::new(source);
    let mut running = JoinSet::new();
    while let Ok(slot) = Arc::clone(&slots).acquire_owned().await {
        while running.try_join_next().is_some() {}
        let batch = collect(&sources, &source).await;
        let batch = drop_filtered(&sources, &source, batch);
        if batch.is_empty() {
            continue;
        }
        let (sources, source, function) =
            (Arc::clone(&sources), Arc::clone(&source), function.clone());
        running.spawn(async move {
            deliver(&sources, &source, &function, batch).await;
            drop(slot);
        });
    }
}

/// Waits for the first message, then for a full batch or the end of the window.
async fn collect(sources: &Sources, source: &QueueSource) -> Vec<Message> {
    let receive = |max: usize, wait: Duration| {
        sources
            .queues
            .receive(&source.queue_arn, max.min(RECEIVE_MAX), None, wait)
    };
    let mut batch = receive(source.batch_size, LONG_POLL)
        .await
        .unwrap_or_default();
    let end = Instant::now() + source.window;
    while !batch.is_empty() && batch.len() < source.batch_size && Instant::now() < end {
        let rest = source.batch_size - batch.len();
        let more = receive(rest, end.saturating_duration_since(Instant::now())).await;
        batch.extend(more.unwrap_or_default());
    }
    batch
}

/// Deletes the messages no pattern matches, as Lambda does.
fn drop_filtered(sources: &Sources, source: &QueueSource, batch: Vec<Message>) -> Vec<Message> {
    let (wanted, rest): (Vec<_>, Vec<_>) = batch
        .into_iter()
        .partition(|m| filter::any_matches(&source.filters, &filterable(m)));
    for message in rest {
        let _ = sources.queues.delete(&source.queue_arn, &message.receipt());
    }
    wanted
}

/// The message as filters see it: a JSON body is looked into.
fn filterable(message: &Message) -> Value {
    let body = serde_json::from_str(&message.draft.body)
        .ok()
        .filter(Value::is_object);
    json!({
        "messageId": message.id,
        "body": body.unwrap_or_else(|| json!(message.draft.body)),
        "attributes": message.system_attributes(),
        "messageAttributes": attributes(message),
    })
}

async fn deliver(sources: &Sources, source: &QueueSource, function: &str, batch: Vec<Message>) {
    let records: Vec<Value> = batch.iter().map(|m| record(sources, source, m)).collect();
    let event = Bytes::from(json!({ "Records": records }).to_string());
    let ids: BTreeSet<String> = batch.iter().map(|m| m.id.clone()).collect();
    let result = match invoke(sources, source, function, event).await {
        Some(Outcome::Answered(answer)) if source.report_failures => batch::read(&answer, &ids),
        Some(Outcome::Answered(_)) => BatchResult::Done,
        Some(Outcome::Failed(_)) | None => BatchResult::Failed,
    };
    let done = |m: &&Message| match &result {
        BatchResult::Done => true,
        BatchResult::Failed => false,
        BatchResult::Partly(failed) => !failed.contains(&m.id),
    };
    // What failed shows itself again when its visibility time-out is over.
    for message in batch.iter().filter(done) {
        if let Err(error) = sources.queues.delete(&source.queue_arn, &message.receipt()) {
            sources.logs.say(
                function,
                format!("message {} comes again: {error}", message.id),
            );
        }
    }
}

/// Invokes, waiting out throttles while the batch stays hidden. None means the batch goes back to the queue.
async fn invoke(
    sources: &Sources,
    source: &QueueSource,
    function: &str,
    event: Bytes,
) -> Option<Outcome> {
    let hidden = sources
        .queues
        .settings(&source.queue_arn)
        .ok()?
        .visibility_timeout;
    let end = Instant::now() + hidden;
    let mut wait = Duration::from_millis(100);
    loop {
        match sources.lambda.invoke(function, event.clone()).await {
            Ok(outcome) => return Some(outcome),
            Err(InvokeError::Throttled) if Instant::now() + wait < end => {
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(Duration::from_secs(10));
            }
            Err(error) => {
                sources.logs.say(
                    function,
                    format!("batch goes back to {}: {error}", source.queue_arn),
                );
                return None;
            }
        }
    }
}

/// One entry of `Records`.
fn record(sources: &Sources, source: &QueueSource, message: &Message) -> Value {
    json!({
        "messageId": message.id,
        "receiptHandle": message.receipt(),
        "body": message.draft.body,
        "attributes": message.system_attributes(),
        "messageAttributes": attributes(message),
        "md5OfBody": md5_of_body(&message.draft.body),
        "eventSource": "aws:sqs",
        "eventSourceARN": source.queue_arn,
        "awsRegion": sources.stack.region,
    })
}

/// Message attributes in the event's spelling.
fn attributes(message: &Message) -> Value {
    let convert = |value: &Value| {
        let mut out = Map::from_iter([
            ("stringListValues".to_owned(), json!([])),
            ("binaryListValues".to_owned(), json!([])),
        ]);
        for (from, to) in [
            ("DataType", "dataType"),
            ("StringValue", "stringValue"),
            ("BinaryValue", "binaryValue"),
        ] {
            if let Some(v) = value.get(from) {
                out.insert(to.to_owned(), v.clone());
            }
        }
        Value::Object(out)
    };
    Value::Object(
        message
            .draft
            .attributes
            .iter()
            .map(|(name, v)| (name.clone(), convert(v)))
            .collect(),
    )
}
