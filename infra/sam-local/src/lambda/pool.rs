//! A function: its idle processes, its concurrency, its invocations.

use super::{
    environment::Environment,
    instance::{Instance, Launch},
    invocation::{Invocation, InvokeError, MAX_PAYLOAD, Outcome},
};
use crate::{clock::now_ms, ids, logs::Logs, template::Function};
use bytes::Bytes;
use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};
use texts::text;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// One function and its processes.
#[derive(Debug)]
pub struct Pool {
    /// What the template says.
    pub function: Function,
    /// ARN callers name.
    pub arn: String,
    binary: PathBuf,
    environment: Environment,
    logs: Logs,
    /// Processes that wait, with the generation they were started in.
    idle: Mutex<Vec<(u64, Instance)>>,
    started: AtomicU64,
    polled: AtomicBool,
    reserved: Option<Arc<Semaphore>>,
    unreserved: Arc<Semaphore>,
    kill: watch::Sender<u64>,
    /// Processes of an earlier one get no more invocations.
    generation: AtomicU64,
}

/// A function that did not come up to its first poll.
#[derive(Debug)]
pub struct Unstarted {
    /// Logical id.
    pub function: String,
    /// How it ended, or why it could not be run.
    pub reason: String,
    /// The lines it printed.
    pub said: Vec<String>,
}

impl std::fmt::Display for Unstarted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} did not start: {}", self.function, self.reason)?;
        f.write_str(&self.words())
    }
}

impl Unstarted {
    /// The same in the language of the process.
    pub fn told(&self) -> String {
        let (function, reason) = (&self.function, &self.reason);
        let told = text!("stack.unstarted", function = function, reason = reason);
        told + &self.words()
    }

    /// What it printed, each line on one of its own.
    fn words(&self) -> String {
        let lines = self.said.iter();
        let shown = lines.map(|line| line.replace(char::is_control, "\u{fffd}"));
        shown.map(|line| format!("\n    {line}")).collect()
    }
}

/// Held while an invocation runs.
struct Permits {
    _reserved: Option<OwnedSemaphorePermit>,
    _unreserved: Option<OwnedSemaphorePermit>,
}

impl Pool {
    /// A function without processes. `unreserved` is the concurrency all functions without a reservation share.
    pub fn new(
        function: Function,
        arn: String,
        binary: PathBuf,
        environment: Environment,
        logs: Logs,
        unreserved: Arc<Semaphore>,
    ) -> Self {
        Self {
            reserved: function.reserved.map(|n| Arc::new(Semaphore::new(n))),
            function,
            arn,
            binary,
            environment,
            logs,
            idle: Mutex::default(),
            started: AtomicU64::new(0),
            polled: AtomicBool::new(false),
            unreserved,
            kill: watch::Sender::new(0),
            generation: AtomicU64::new(0),
        }
    }

    /// Whether some process of this function has polled.
    pub fn has_polled(&self) -> bool {
        self.polled.load(Ordering::Relaxed)
    }

    /// How many processes were started so far.
    pub fn cold_starts(&self) -> u64 {
        self.started.load(Ordering::Relaxed)
    }

    /// Starts one process ahead of the first invocation.
    ///
    /// # Errors
    /// Why it did not come up to its first poll, and everything it said before.
    pub async fn warm(&self) -> Result<(), Unstarted> {
        let mut lines = self.logs.subscribe();
        let unstarted = |reason: String| Unstarted {
            function: self.function.id.clone(),
            reason,
            said: Vec::new(),
        };
        let (generation, mut instance) =
            self.start().await.map_err(|e| unstarted(e.to_string()))?;
        if let Err(outcome) = instance.ready("init").await {
            instance.heard_out().await;
            let mut unstarted = unstarted(outcome.reason());
            while let Ok(line) = lines.try_recv() {
                if line.function == self.function.id {
                    unstarted.said.push(line.text);
                }
            }
            return Err(unstarted);
        }
        self.polled.store(true, Ordering::Relaxed);
        self.keep(generation, instance);
        Ok(())
    }

    /// Kills every process, busy or idle; the next invocation starts a new one.
    pub fn kill_instances(&self) {
        self.kill.send_modify(|generation| *generation += 1);
        self.idle().clear();
    }

    /// Has the next invocation start a new process. Those that are idle end now, those that are busy when they have answered.
    pub fn retire_instances(&self) {
        let mut idle = self.idle();
        self.generation.fetch_add(1, Ordering::Relaxed);
        idle.clear();
    }

    /// Runs the function on `payload`, on an idle process if there is one. The repeats of an event have
    /// its `request_id`, as at Lambda
    /// (<https://repost.aws/knowledge-center/lambda-function-duplicate-invocations>).
    pub async fn invoke(&self, request_id: &str, payload: Bytes) -> Result<Outcome, InvokeError> {
        if payload.len() > MAX_PAYLOAD {
            return Err(InvokeError::TooLarge(MAX_PAYLOAD));
        }
        let _permits = self.admit()?;
        let (generation, mut instance) = match self.take_idle() {
            Some(instance) => instance,
            None => self.start().await?,
        };
        if let Err(outcome) = instance.ready(request_id).await {
            self.logs.say(
                &self.function.id,
                String::from_utf8_lossy(outcome.payload()),
            );
            return Ok(outcome);
        }
        self.polled.store(true, Ordering::Relaxed);
        let limit = self.function.timeout;
        let now = now_ms();
        let invocation = Invocation {
            request_id: request_id.to_owned(),
            payload,
            deadline_ms: now + u64::try_from(limit.as_millis()).unwrap_or(u64::MAX),
            function_arn: self.arn.clone(),
            trace_id: ids::trace_header(now),
        };
        let (outcome, reusable) = instance.invoke(invocation, limit).await;
        if reusable {
            self.keep(generation, instance);
        } else {
            self.logs.say(
                &self.function.id,
                String::from_utf8_lossy(outcome.payload()),
            );
        }
        Ok(outcome)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(u64, Instance)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_idle(&self) -> Option<(u64, Instance)> {
        let mut idle = self.idle();
        idle.retain(|(_, instance)| instance.is_alive());
        idle.pop()
    }

    /// Keeps a process for the next invocation, unless it was retired meanwhile.
    fn keep(&self, generation: u64, instance: Instance) {
        let mut idle = self.idle();
        if generation == self.generation.load(Ordering::Relaxed) {
            idle.push((generation, instance));
        }
    }

    fn admit(&self) -> Result<Permits, InvokeError> {
        let take = |semaphore: &Arc<Semaphore>| {
            Arc::clone(semaphore)
                .try_acquire_owned()
                .map_err(|_| InvokeError::Throttled)
        };
        Ok(match &self.reserved {
            Some(reserved) => Permits {
                _reserved: Some(take(reserved)?),
                _unreserved: None,
            },
            None => Permits {
                _reserved: None,
                _unreserved: Some(take(&self.unreserved)?),
            },
        })
    }

    async fn start(&self) -> Result<(u64, Instance), InvokeError> {
        let generation = self.generation.load(Ordering::Relaxed);
        let launch = Launch {
            function: &self.function.id,
            number: self.started.fetch_add(1, Ordering::Relaxed) + 1,
            binary: &self.binary,
            environment: &self.environment,
            logs: &self.logs,
            kill: self.kill.subscribe(),
        };
        let started = Instance::start(launch).await;
        let started = started.map(|instance| (generation, instance));
        started.map_err(|source| InvokeError::Start {
            binary: self.binary.display().to_string(),
            source,
        })
    }
}
