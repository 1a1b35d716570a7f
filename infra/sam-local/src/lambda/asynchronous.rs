//! Asynchronous invocations: repeats, event age, destinations (Lambda guide, "Asynchronous invocation").

use super::{InvokeError, Outcome, directory::Lambda};
use crate::{
    clock::now_ms,
    ids,
    logs::Logs,
    sqs::{Draft, Queues, text_attribute},
    state::{Change, State, StateError},
    tasks::Tasks,
    template::Asynchronous,
};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Lambda waits one minute before the first repeat, two before the second.
const FIRST_REPEAT: Duration = Duration::from_secs(60);
/// First wait after a throttle; it doubles up to five minutes.
const FIRST_THROTTLE_WAIT: Duration = Duration::from_secs(1);
const MOST_THROTTLE_WAIT: Duration = Duration::from_secs(300);

/// Where accepted events are kept until they have ended, by the request id that all their attempts have.
const PART: &str = "events";

/// Takes events in and sees them through.
#[derive(Debug)]
pub struct AsyncQueue {
    attendant: Arc<Attendant>,
    tasks: Arc<Tasks>,
    /// What the last run accepted and did not see through.
    left: Mutex<Vec<(String, Accepted)>>,
}

/// What every event is seen through with.
#[derive(Debug)]
struct Attendant {
    lambda: Arc<Lambda>,
    destinations: Destinations,
    state: State,
    /// How many times faster than Lambda it repeats.
    speed: f64,
}

/// An event and how far it has come.
#[derive(Debug, Serialize, Deserialize)]
struct Accepted {
    function: String,
    /// JSON text.
    payload: String,
    accepted_ms: u64,
    /// Attempts that failed.
    attempts: u32,
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
    /// A queue of the events that `state` keeps; `speed` above 1 shortens every wait.
    ///
    /// # Errors
    /// What it keeps cannot be read.
    pub fn new(
        lambda: Arc<Lambda>,
        destinations: Destinations,
        tasks: Arc<Tasks>,
        state: State,
        speed: f64,
    ) -> Result<Self, StateError> {
        let left = Mutex::new(state.all(PART)?);
        let attendant = Arc::new(Attendant {
            lambda,
            destinations,
            state,
            speed,
        });
        Ok(Self {
            attendant,
            tasks,
            left,
        })
    }

    /// Accepts an event for `function` and returns at once.
    pub fn accept(&self, function: &str, payload: Bytes) {
        let (request_id, event) = (
            ids::uuid(),
            Accepted {
                function: function.to_owned(),
                payload: String::from_utf8_lossy(&payload).into_owned(),
                accepted_ms: now_ms(),
                attempts: 0,
            },
        );
        self.attendant.keep(&request_id, Some(&event));
        self.attend(request_id, event);
    }

    /// Goes on with what the last run accepted.
    pub fn resume(&self) {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        for (request_id, event) in left.drain(..) {
            self.attend(request_id, event);
        }
    }

    fn attend(&self, request_id: String, event: Accepted) {
        let attendant = Arc::clone(&self.attendant);
        let attended = async move { attendant.see_through(request_id, event).await };
        self.tasks.spawn(attended);
    }
}

impl Attendant {
    fn keep(&self, request_id: &str, event: Option<&Accepted>) {
        let change = Change::new(PART, request_id, event);
        self.state.write(&[change]);
    }

    async fn see_through(&self, request_id: String, mut event: Accepted) {
        let pool = self.lambda.pool(&event.function);
        let config = pool.map(|pool| pool.function.asynchronous.clone());
        let config = config.unwrap_or_default();
        let arn = pool.map_or_else(|| event.function.clone(), |pool| pool.arn.clone());
        let ending = self.run(&request_id, &config, &mut event).await;
        self.destinations.deliver(&config, &arn, &event, &ending);
        // What ended is told before it is forgotten: a stop between the two runs it once more.
        self.keep(&request_id, None);
    }

    async fn run(&self, request_id: &str, config: &Asynchronous, event: &mut Accepted) -> Ending {
        let ended = |condition, attempts, outcome| Ending {
            request_id: request_id.to_owned(),
            condition,
            attempts,
            outcome,
        };
        let payload = Bytes::from(event.payload.clone());
        let max_age_ms = config.max_age.as_secs_f64() / self.speed * 1_000.0;
        let mut throttle_wait = FIRST_THROTTLE_WAIT;
        let mut last = None;
        loop {
            let (id, function) = (request_id.to_owned(), &event.function);
            let attempt = self.lambda.invoke_as(id, function, payload.clone());
            let wait = match attempt.await {
                Ok(outcome) if outcome.is_ok() => {
                    return ended("Success", event.attempts + 1, Some(outcome));
                }
                Ok(outcome) => {
                    event.attempts += 1;
                    last = Some(outcome);
                    if event.attempts > config.retries {
                        return ended("RetriesExhausted", event.attempts, last);
                    }
                    self.keep(request_id, Some(&*event));
                    FIRST_REPEAT * event.attempts
                }
                Err(InvokeError::Throttled) => {
                    let wait = throttle_wait;
                    throttle_wait = (throttle_wait * 2).min(MOST_THROTTLE_WAIT);
                    wait
                }
                // Nothing has ended: the next run makes this attempt.
                Err(InvokeError::Stopped) => std::future::pending().await,
                Err(error) => {
                    let outcome = Outcome::failed("Lambda.Unknown", &error.to_string());
                    return ended("RetriesExhausted", event.attempts + 1, Some(outcome));
                }
            };
            let wait = wait.div_f64(self.speed);
            let age = Duration::from_millis(now_ms().saturating_sub(event.accepted_ms)) + wait;
            if age.as_secs_f64() * 1_000.0 > max_age_ms {
                return ended("EventAgeExceeded", event.attempts, last);
            }
            tokio::time::sleep(wait).await;
        }
    }
}

impl Destinations {
    fn deliver(&self, config: &Asynchronous, arn: &str, event: &Accepted, ending: &Ending) {
        let (function, payload) = (event.function.as_str(), event.payload.as_str());
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
fn record(arn: &str, payload: &str, ending: &Ending) -> Value {
    let mut record = json!({
        "version": "1.0",
        "timestamp": iso_time(now_ms()),
        "requestContext": {
            "requestId": ending.request_id,
            "functionArn": format!("{arn}:$LATEST"),
            "condition": ending.condition,
            "approximateInvokeCount": ending.attempts,
        },
        "requestPayload": as_json(payload.as_bytes()),
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
fn dead_letter(function: &str, payload: &str, ending: &Ending) -> Draft {
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
        ..Draft::new(payload, function)
    }
}

fn as_json(payload: &[u8]) -> Value {
    serde_json::from_slice(payload).unwrap_or_else(|_| json!(String::from_utf8_lossy(payload)))
}

/// A time in the form AWS's records use.
pub fn iso_time(ms: u64) -> String {
    let time = jiff::Timestamp::from_millisecond(i64::try_from(ms).unwrap_or(i64::MAX))
        .unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
