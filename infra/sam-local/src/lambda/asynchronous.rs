//! Asynchronous invocations: repeats, event age, destinations (Lambda guide, "Asynchronous invocation").

use super::{InvokeError, Outcome, directory::Lambda};
use crate::{
    clock::now_ms,
    ids,
    logs::Logs,
    sqs::{Draft, Queues, text_attribute},
    tasks::Tasks,
    template::Asynchronous,
};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use std::{sync::Arc, time::Duration};

/// Lambda waits one minute before the first repeat, two before the second.
const FIRST_REPEAT: Duration = Duration::from_secs(60);
/// First wait after a throttle; it doubles up to five minutes.
const FIRST_THROTTLE_WAIT: Duration = Duration::from_secs(1);
const MOST_THROTTLE_WAIT: Duration = Duration::from_secs(300);

/// Takes events in and sees them through.
#[derive(Debug)]
pub struct AsyncQueue {
    lambda: Arc<Lambda>,
    destinations: Destinations,
    tasks: Arc<Tasks>,
    /// How many times faster than Lambda it repeats.
    speed: f64,
}

/// Where results of asynchronous invocations go.
#[derive(Debug, Clone)]
pub struct Destinations {
    /// The stack's queues.
    pub queues: Arc<Queues>,
    /// Where a lost result is said.
    pub logs: Logs,
}

/// How an event ended.
struct Ending {
    /// The id all its attempts had.
    request_id: String,
    condition: &'static str,
    attempts: u32,
    outcome: Option<Outcome>,
}

impl AsyncQueue {
    /// An empty queue; `speed` above 1 shortens every wait.
    pub fn new(
        lambda: Arc<Lambda>,
        destinations: Destinations,
        tasks: Arc<Tasks>,
        speed: f64,
    ) -> Self {
        Self {
            lambda,
            destinations,
            tasks,
            speed,
        }
    }

    /// Accepts an event for `function` and returns at once.
    pub fn accept(&self, function: &str, payload: Bytes) {
        let (lambda, destinations, speed) = (
            Arc::clone(&self.lambda),
            self.destinations.clone(),
            self.speed,
        );
        let function = function.to_owned();
        self.tasks.spawn(async move {
            see_through(&lambda, &destinations, speed, &function, payload).await
        });
    }
}

async fn see_through(
    lambda: &Lambda,
    destinations: &Destinations,
    speed: f64,
    function: &str,
    payload: Bytes,
) {
    let config = lambda
        .pool(function)
        .map(|p| p.function.asynchronous.clone())
        .unwrap_or_default();
    let ending = run(lambda, &config, speed, function, &payload).await;
    let arn = lambda
        .pool(function)
        .map_or_else(|| function.to_owned(), |p| p.arn.clone());
    destinations.deliver(&config, function, &arn, &payload, &ending);
}

async fn run(
    lambda: &Lambda,
    config: &Asynchronous,
    speed: f64,
    function: &str,
    payload: &Bytes,
) -> Ending {
    let request_id = ids::uuid();
    let ended = |condition, attempts, outcome| Ending {
        request_id: request_id.clone(),
        condition,
        attempts,
        outcome,
    };
    let started = now_ms();
    let max_age_ms = config.max_age.as_secs_f64() / speed * 1_000.0;
    let mut attempts = 0;
    let mut throttle_wait = FIRST_THROTTLE_WAIT;
    let mut last = None;
    loop {
        let attempt = lambda.invoke_as(request_id.clone(), function, payload.clone());
        let wait = match attempt.await {
            Ok(outcome) if outcome.is_ok() => {
                return ended("Success", attempts + 1, Some(outcome));
            }
            Ok(outcome) => {
                attempts += 1;
                last = Some(outcome);
                if attempts > config.retries {
                    return ended("RetriesExhausted", attempts, last);
                }
                FIRST_REPEAT * attempts
            }
            Err(InvokeError::Throttled) => {
                let wait = throttle_wait;
                throttle_wait = (throttle_wait * 2).min(MOST_THROTTLE_WAIT);
                wait
            }
            Err(error) => {
                let outcome = Outcome::failed("Lambda.Unknown", &error.to_string());
                return ended("RetriesExhausted", attempts + 1, Some(outcome));
            }
        };
        let wait = wait.div_f64(speed);
        let age_ms = Duration::from_millis(now_ms().saturating_sub(started)) + wait;
        if age_ms.as_secs_f64() * 1_000.0 > max_age_ms {
            return ended("EventAgeExceeded", attempts, last);
        }
        tokio::time::sleep(wait).await;
    }
}

impl Destinations {
    fn deliver(
        &self,
        config: &Asynchronous,
        function: &str,
        arn: &str,
        payload: &Bytes,
        ending: &Ending,
    ) {
        let success = ending.condition == "Success";
        let target = if success {
            &config.on_success
        } else {
            &config.on_failure
        };
        if let Some(queue) = target {
            let record = record(arn, payload, ending).to_string();
            self.send(function, queue, Draft::new(record, function));
        }
        if let (Some(queue), false) = (&config.dead_letter, success) {
            self.send(function, queue, dead_letter(function, payload, ending));
        }
        if !success && config.on_failure.is_none() && config.dead_letter.is_none() {
            self.logs.say(
                function,
                format!("asynchronous event dropped: {}", ending.condition),
            );
        }
    }

    /// Sends to a queue of the stack, which may be FIFO; a refusal is said in the log.
    pub fn send(&self, function: &str, queue: &str, mut draft: Draft) {
        if queue.ends_with(".fifo") {
            draft.group = Some(function.to_owned());
            draft.deduplication_id = Some(ids::uuid());
        }
        if let Err(error) = self.queues.send(queue, draft) {
            self.logs
                .say(function, format!("could not send to {queue}: {error}"));
        }
    }
}

/// The invocation record of an asynchronous destination.
fn record(arn: &str, payload: &Bytes, ending: &Ending) -> Value {
    let mut record = json!({
        "version": "1.0",
        "timestamp": iso_time(now_ms()),
        "requestContext": {
            "requestId": ending.request_id,
            "functionArn": format!("{arn}:$LATEST"),
            "condition": ending.condition,
            "approximateInvokeCount": ending.attempts,
        },
        "requestPayload": as_json(payload),
    });
    if let (Some(outcome), Some(map)) = (&ending.outcome, record.as_object_mut()) {
        let mut context = json!({ "statusCode": 200, "executedVersion": "$LATEST" });
        if let (false, Some(context)) = (outcome.is_ok(), context.as_object_mut()) {
            context.insert("functionError".into(), json!("Unhandled"));
        }
        map.insert("responseContext".into(), context);
        map.insert("responsePayload".into(), as_json(outcome.payload()));
    }
    record
}

/// What a function's dead letter queue gets: the event itself, the error as attributes.
fn dead_letter(function: &str, payload: &Bytes, ending: &Ending) -> Draft {
    let document = ending
        .outcome
        .as_ref()
        .map(|o| as_json(o.payload()))
        .unwrap_or_default();
    let message = document
        .get("errorMessage")
        .and_then(Value::as_str)
        .unwrap_or(ending.condition);
    Draft {
        attributes: Map::from_iter([
            (
                "RequestID".to_owned(),
                text_attribute("String", &ending.request_id),
            ),
            ("ErrorCode".to_owned(), text_attribute("Number", "200")),
            ("ErrorMessage".to_owned(), text_attribute("String", message)),
        ]),
        ..Draft::new(String::from_utf8_lossy(payload), function)
    }
}

fn as_json(payload: &Bytes) -> Value {
    serde_json::from_slice(payload).unwrap_or_else(|_| json!(String::from_utf8_lossy(payload)))
}

/// A time in the form AWS's records use.
pub fn iso_time(ms: u64) -> String {
    let time = jiff::Timestamp::from_millisecond(i64::try_from(ms).unwrap_or(i64::MAX))
        .unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
