//! DynamoDB stream event source mapping: one shard, in order (Lambda guide, "Using Lambda with Amazon DynamoDB").

use super::{
    Sources,
    batch::{self, BatchResult},
    retry::{Next, Policy, Work, after_failure},
};
use crate::{
    clock::now_ms,
    filter, ids,
    lambda::{InvokeError, Outcome, iso_time},
    sqs::Draft,
    stack::name_of,
    state::{Change, StateError},
    template::StreamSource,
};
use bytes::Bytes;
use dynoxide::Database;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};
use tokio::time::timeout;

/// How long the poller sleeps when nobody wrote through the front; time-to-live deletions come without a write.
const IDLE: Duration = Duration::from_secs(1);
const FIRST_WAIT: Duration = Duration::from_millis(100);
const MOST_WAIT: Duration = Duration::from_secs(10);

/// Where a mapping starts to read.
#[derive(Debug)]
pub(super) struct Start(Result<Position, String>);

/// A place in a table's stream.
#[derive(Debug, Serialize, Deserialize)]
struct Position {
    shard: String,
    iterator: String,
}

/// Where it is kept how far each mapping has come.
const PART: &str = "positions";

impl Start {
    /// Where the last run left off. A mapping that is new takes its starting position now, so that records written from
    /// now on are after it.
    pub(super) fn of(
        sources: &Sources,
        function: &str,
        source: &StreamSource,
    ) -> Result<Self, StateError> {
        let kept = sources.state.all(PART)?.into_iter();
        let mut kept = kept.filter(|(key, _)| *key == key_of(function, source));
        if let Some((_, position)) = kept.next() {
            return Ok(Self(Ok(position)));
        }
        let first = Position::first(&sources.dynamodb.database, source);
        if let Ok(first) = &first {
            first.keep(sources, function, source);
        }
        Ok(Self(first))
    }
}

fn key_of(function: &str, source: &StreamSource) -> String {
    format!("{function} {}", source.stream_arn)
}

impl Position {
    fn first(database: &Database, source: &StreamSource) -> Result<Self, String> {
        let table = table_of(&source.stream_arn);
        let read = |e: &dyn std::fmt::Display| format!("stream of {table}: {e}");
        let request = |value: Value| serde_json::from_value(value).map_err(|e| read(&e));
        let streams = database
            .list_streams(request(json!({ "TableName": table }))?)
            .map_err(|e| read(&e))?;
        let arn = streams
            .streams
            .first()
            .map(|s| s.stream_arn.clone())
            .ok_or_else(|| read(&"none"))?;
        let described =
            serde_json::from_value(json!({ "StreamArn": arn })).map_err(|e| read(&e))?;
        let described = database.describe_stream(described).map_err(|e| read(&e))?;
        let shard = described
            .stream_description
            .shards
            .first()
            .map(|s| s.shard_id.clone())
            .ok_or_else(|| read(&"no shard"))?;
        let kind = if source.from_oldest {
            "TRIM_HORIZON"
        } else {
            "LATEST"
        };
        let wanted = json!({ "StreamArn": arn, "ShardId": shard, "ShardIteratorType": kind });
        let wanted = serde_json::from_value(wanted).map_err(|e| read(&e))?;
        let iterator = database
            .get_shard_iterator(wanted)
            .map_err(|e| read(&e))?
            .shard_iterator;
        let iterator = iterator.ok_or_else(|| read(&"no iterator"))?;
        Ok(Self { shard, iterator })
    }

    /// Has the next run go on from here.
    fn keep(&self, sources: &Sources, function: &str, source: &StreamSource) {
        let change = Change::new(PART, key_of(function, source), Some(self));
        sources.state.write(&[change]);
    }

    /// Records after this place, as event records, and the place after them.
    fn read(
        &self,
        sources: &Sources,
        source: &StreamSource,
    ) -> Result<(Vec<Value>, Option<String>), String> {
        let request =
            json!({ "ShardIterator": self.iterator, "Limit": source.batch_size.min(1_000) });
        let request = serde_json::from_value(request).map_err(|e| e.to_string())?;
        let page = sources
            .dynamodb
            .database
            .get_records(request)
            .map_err(|e| e.to_string())?;
        let records = page
            .records
            .iter()
            .filter_map(|r| serde_json::to_value(r).ok());
        let records = records.map(|r| event_record(r, sources, source)).collect();
        Ok((records, page.next_shard_iterator))
    }
}

/// `…:table/Name/stream/…` → `Name`.
fn table_of(stream_arn: &str) -> &str {
    let (table, _) = stream_arn
        .split_once("/stream/")
        .unwrap_or((stream_arn, ""));
    name_of(table)
}

/// The database's record with the ARN and region the template's functions know.
fn event_record(mut record: Value, sources: &Sources, source: &StreamSource) -> Value {
    if let Some(map) = record.as_object_mut() {
        map.insert("eventSourceARN".into(), json!(source.stream_arn));
        map.insert("awsRegion".into(), json!(sources.stack.region));
    }
    // The database writes whole seconds as a float; Lambda's events hold an integer.
    if let Some(time) = record.pointer_mut("/dynamodb/ApproximateCreationDateTime") {
        *time = json!(time.as_f64().unwrap_or_default() as u64);
    }
    record
}

/// Feeds `function` from its stream until the task ends.
pub(super) async fn poll(
    sources: Arc<Sources>,
    function: String,
    source: StreamSource,
    start: Start,
) {
    let mut position = match start.0 {
        Ok(position) => position,
        Err(reason) => return sources.logs.say(&function, reason),
    };
    let mut written = sources.dynamodb.changes();
    loop {
        written.mark_unchanged();
        let (records, next) = match position.read(&sources, &source) {
            Ok(page) => page,
            Err(reason) => {
                sources.logs.say(&function, reason);
                tokio::time::sleep(IDLE).await;
                continue;
            }
        };
        if records.is_empty() {
            position.iterator = next.unwrap_or(position.iterator);
            let _ = timeout(IDLE, written.changed()).await;
            continue;
        }
        let (records, next) = fill(&sources, &source, &position, records, next).await;
        let wanted: Vec<Value> = records
            .into_iter()
            .filter(|r| filter::any_matches(&source.filters, r))
            .collect();
        let mapping = Mapping {
            sources: &sources,
            source: &source,
            function: &function,
            shard: &position.shard,
        };
        mapping.see_through(wanted).await;
        position.iterator = next.unwrap_or(position.iterator);
        position.keep(&sources, &function, &source);
    }
}

/// Gives a batch that is not full the batching window, then reads again from the same place.
async fn fill(
    sources: &Sources,
    source: &StreamSource,
    position: &Position,
    records: Vec<Value>,
    next: Option<String>,
) -> (Vec<Value>, Option<String>) {
    if source.window.is_zero() || records.len() >= source.batch_size {
        return (records, next);
    }
    tokio::time::sleep(source.window).await;
    position.read(sources, source).unwrap_or((records, next))
}

/// One mapping while it works on a batch.
struct Mapping<'a> {
    sources: &'a Sources,
    source: &'a StreamSource,
    function: &'a str,
    shard: &'a str,
}

impl Mapping<'_> {
    /// Delivers records until each is done or discarded. Nothing newer is read before.
    async fn see_through(&self, records: Vec<Value>) {
        let policy = Policy {
            retries: self.source.retries,
            bisect: self.source.bisect,
        };
        let mut queue = VecDeque::from([Work {
            records,
            attempts: 0,
        }]);
        let mut wait = FIRST_WAIT;
        while let Some(work) = queue.pop_front() {
            let Some(work) = self.drop_old(work) else {
                continue;
            };
            match self.attempt(&work).await {
                Ok(None) => wait = FIRST_WAIT,
                Ok(Some(failed_at)) => match after_failure(work, failed_at, policy) {
                    Next::Again(parts) => parts.into_iter().rev().for_each(|p| queue.push_front(p)),
                    Next::Discard(work) => {
                        self.discard(&work, "RetryAttemptsExhausted");
                        continue;
                    }
                },
                Err(()) => queue.push_front(work),
            }
            if queue.front().is_some_and(|w| w.attempts > 0) {
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(MOST_WAIT);
            }
        }
    }

    /// Discards the records that are too old to be tried again.
    fn drop_old(&self, mut work: Work) -> Option<Work> {
        if let Some(max_age) = self.source.max_age {
            let oldest = now_ms() as f64 / 1_000.0 - max_age.as_secs_f64();
            let (old, rest) = work.records.into_iter().partition(|r| arrival(r) < oldest);
            work.records = rest;
            self.discard(
                &Work {
                    records: old,
                    attempts: work.attempts,
                },
                "RecordAgeExceeded",
            );
        }
        (!work.records.is_empty()).then_some(work)
    }

    /// One invocation. `Some(n)`: record `n` and those after it are not done. `Err`: it did not take place.
    async fn attempt(&self, work: &Work) -> Result<Option<usize>, ()> {
        let event = Bytes::from(json!({ "Records": work.records }).to_string());
        let outcome = match self.sources.lambda.invoke(self.function, event).await {
            Ok(outcome) => outcome,
            Err(InvokeError::Throttled) => {
                tokio::time::sleep(FIRST_WAIT).await;
                return Err(());
            }
            Err(error) => Outcome::failed("Lambda.Unknown", &error.to_string()),
        };
        let Outcome::Answered(answer) = outcome else {
            return Ok(Some(0));
        };
        if !self.source.report_failures {
            return Ok(None);
        }
        let ids: BTreeSet<String> = work.records.iter().map(sequence).collect();
        Ok(match batch::read(&answer, &ids) {
            BatchResult::Done => None,
            BatchResult::Failed => Some(0),
            BatchResult::Partly(failed) => work
                .records
                .iter()
                .position(|r| failed.contains(&sequence(r))),
        })
    }

    /// Tells the failure destination about records nobody will see again. The records themselves are not in the message.
    fn discard(&self, work: &Work, condition: &str) {
        let (Some(first), Some(last)) = (work.records.first(), work.records.last()) else {
            return;
        };
        let arn = self
            .sources
            .lambda
            .pool(self.function)
            .map(|p| p.arn.clone())
            .unwrap_or_default();
        let arrival_time = |r: &Value| iso_time((arrival(r) * 1_000.0) as u64);
        let message = json!({
            "requestContext": {
                "requestId": ids::uuid(),
                "functionArn": arn,
                "condition": condition,
                "approximateInvokeCount": work.attempts,
            },
            "responseContext": { "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" },
            "version": "1.0",
            "timestamp": iso_time(now_ms()),
            "DDBStreamBatchInfo": {
                "shardId": self.shard,
                "startSequenceNumber": sequence(first),
                "endSequenceNumber": sequence(last),
                "approximateArrivalOfFirstRecord": arrival_time(first),
                "approximateArrivalOfLastRecord": arrival_time(last),
                "batchSize": work.records.len(),
                "streamArn": self.source.stream_arn,
            },
        });
        self.sources.logs.say(
            self.function,
            format!(
                "{} stream records discarded: {condition}",
                work.records.len()
            ),
        );
        if let Some(queue) = &self.source.on_failure {
            self.sources.destinations.send(
                self.function,
                queue,
                Draft::new(message.to_string(), self.function),
            );
        }
    }
}

fn sequence(record: &Value) -> String {
    record
        .pointer("/dynamodb/SequenceNumber")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// When the record was written, in seconds since 1970.
fn arrival(record: &Value) -> f64 {
    record
        .pointer("/dynamodb/ApproximateCreationDateTime")
        .and_then(Value::as_f64)
        .unwrap_or_default()
}
