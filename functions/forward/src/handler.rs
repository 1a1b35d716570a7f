//! Calls the team's own function with a push and files its answer.

use crate::answer;
use serde::Serialize;
use serde_json::Value;
use shared::{
    clock::SharedClock,
    inbox::{Row, Run, is_late, next_run},
    invocation::ForwardTask,
    lambda::{Context, Functions, Invocation, Metric, SendQueue, emit_metrics, log_id},
    problem::Problem,
    sends::{Outgoing, SendJob},
    store::{Inbox, Outcome},
    time::{Timestamp, millis},
};
use std::time::Duration;
use wechat_oa::callback::{Answerable, Change, Reply};

/// Kept back from the function's time-out for filing the answer.
const FILING: Duration = Duration::from_secs(5);
/// No answer is waited for longer than this, whatever the time-out.
const PATIENCE: Duration = Duration::from_secs(900);

/// How a task was done.
#[derive(Debug, Serialize)]
pub struct Done {
    /// In a word: `filed`, `answered` by another run, `nothing_to_say`, `unusable`, `late_queued`,
    /// `late_without_message`, or `gone` with its row.
    outcome: &'static str,
    /// Why the function's answer is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl Done {
    fn with(outcome: &'static str) -> Self {
        let detail = None;
        Self { outcome, detail }
    }
}

/// Runs slow rules. A task that is not done Lambda tries twice more, then it lies in the dead
/// letters.
pub struct Handler {
    inbox: Inbox,
    functions: Functions,
    queue: SendQueue,
    clock: SharedClock,
}

impl Handler {
    /// A handler in these surroundings.
    pub fn new(context: &mut Context) -> Self {
        Self {
            inbox: context.inbox(),
            functions: context.patient_functions(PATIENCE),
            queue: context.send_queue(),
            clock: context.clock(),
        }
    }

    /// Does a task and writes its one log line.
    ///
    /// # Errors
    /// Why it is not done.
    pub async fn handle(
        &self,
        task: &ForwardTask,
        invocation: &Invocation,
    ) -> Result<Done, Problem> {
        let started = self.clock.now();
        let (me, deadline) = (&invocation.id, invocation.deadline);
        let done = self.run(task, me, deadline).await;
        let ms = millis(self.clock.now().since(started));
        let (account, function, id) = (&task.account, task.source.name(), log_id(&task.id));
        let (outcome, detail) = match &done {
            Ok(done) => (done.outcome, done.detail.clone()),
            Err(problem) => (problem.error_type(), Some(problem.to_string())),
        };
        match detail {
            None => tracing::info!(account, function, id, outcome, ms, "forward"),
            Some(detail) => {
                tracing::error!(account, function, id, outcome, detail, ms, "forward");
            }
        }
        done
    }

    async fn run(
        &self,
        task: &ForwardTask,
        runner: &str,
        deadline: Timestamp,
    ) -> Result<Done, Problem> {
        let now = self.clock.now();
        let begun = (self.inbox).begin(&task.id, &task.owner, runner, now, deadline);
        let row = begun.await?;
        match next_run(&row, runner) {
            Run::Go => match self.call(task, deadline - FILING).await {
                Ok(payload) => self.file(task, runner, &row, &payload).await,
                Err(failure) => {
                    // The failure is what counts; a lease that stays ends by itself.
                    drop(self.inbox.give_back(&task.id, runner).await);
                    Err(failure)
                }
            },
            next => self.conclude(task, next, "answered").await,
        }
    }

    /// Writes what the function said. What is no reply is written too, as an end: it would be no
    /// better the next time, and the attempts need not wait for it.
    async fn file(
        &self,
        task: &ForwardTask,
        runner: &str,
        row: &Row,
        payload: &[u8],
    ) -> Result<Done, Problem> {
        let ((reply, change), detail) = match answer::read(payload) {
            Ok(reply) => (reply.fitted(answerable(task)), None),
            Err(reason) => ((Reply::Acknowledge, Some(Change::Dropped)), Some(reason)),
        };
        self.count(&task.account, change);
        let usable = change != Some(Change::Dropped);
        let outcome = match (&reply, usable) {
            (_, false) => "unusable",
            (Reply::Acknowledge, true) => "nothing_to_say",
            (_, true) => "filed",
        };
        let now = self.clock.now();
        let clear = reply.render(&task.openid, &task.original_id, now.as_secs());
        let written = Outcome {
            reply: &clear,
            answer: &serde_json::to_string(&reply).map_err(unwritten)?,
            usable,
            late: is_late(row, now).then_some(now),
        };
        let row = self.inbox.finish(&task.id, runner, &written).await?;
        let outcome = match row.lease_owner.as_deref() == Some(runner) {
            true => outcome,
            false => "answered",
        };
        let done = self.conclude(task, next_run(&row, runner), outcome).await?;
        if usable {
            return Ok(done);
        }
        let reason = detail.unwrap_or_else(|| "breaks a rule of WeChat's replies".to_owned());
        Ok(Done {
            outcome: "unusable",
            detail: Some(format!("the answer of '{}': {reason}", task.source.name())),
        })
    }

    /// What is left to do; `outcome` is the word when the reply stands there.
    async fn conclude(
        &self,
        task: &ForwardTask,
        next: Run,
        outcome: &'static str,
    ) -> Result<Done, Problem> {
        match next {
            Run::SendLate(answer) => self.send_late(task, &answer).await,
            Run::Answered => Ok(Done::with(outcome)),
            Run::Gone => Ok(Done::with("gone")),
            Run::Held { until } => Err(held(until.since(self.clock.now()))),
            // Its lease is this run's although it ran: a write of its own was lost.
            Run::Go => Err(held(Duration::ZERO)),
        }
    }

    async fn call(&self, task: &ForwardTask, until: Timestamp) -> Result<Vec<u8>, Problem> {
        let function = task.source.name();
        let failed = |reason: String| {
            let why = format!("the function '{function}' failed: {reason}");
            Problem::new("forward_failed", 500, why)
        };
        let left = until.since(self.clock.now());
        let called = self.functions.call(function, event(task).to_string());
        let called = tokio::time::timeout(left, called).await;
        let invoked = called.map_err(|_| {
            let ms = left.as_millis();
            let why = format!("the function '{function}' gave no answer within {ms} ms");
            Problem::new("forward_slow", 500, why)
        })?;
        let invoked = invoked.map_err(failed)?;
        let Some(kind) = &invoked.function_error else {
            return Ok(invoked.payload);
        };
        // The message of its error may hold what the user wrote.
        let error_type = invoked.error_member("errorType").unwrap_or_default();
        let error_type: String = error_type.chars().take(100).collect();
        Err(failed(format!("{kind} {error_type}")))
    }

    async fn send_late(&self, task: &ForwardTask, answer: &str) -> Result<Done, Problem> {
        let reply: Reply = serde_json::from_str(answer).map_err(unwritten)?;
        let job = SendJob::late_reply(&task.account, &task.id, &task.openid, &reply);
        let Some(job) = job else {
            return Ok(Done::with(match reply {
                Reply::Acknowledge => "nothing_to_say",
                _ => "late_without_message",
            }));
        };
        let (group, id) = (task.message_group.clone(), job.client_msg_id.clone());
        let message = Outgoing::job(group, id, &job).map_err(unwritten)?;
        self.queue.put(&[message]).await?;
        Ok(Done::with("late_queued"))
    }

    /// Counts an answer that WeChat would not have taken as it was.
    fn count(&self, account: &str, change: Option<Change>) {
        let name = match change {
            None => return,
            Some(Change::Cut) => "RepliesCut",
            Some(Change::Dropped) => "RepliesDropped",
        };
        let metric = Metric::count(name, 1);
        emit_metrics(self.clock.now(), &[], &[("account", account)], &[metric]);
    }
}

fn held(left: Duration) -> Problem {
    let ms = left.as_millis();
    let why = format!("another run has this push for {ms} ms more; try again when that is over");
    Problem::new("forward_held", 500, why)
}

fn unwritten(error: serde_json::Error) -> Problem {
    let why = format!("the reply cannot be written: {error}");
    Problem::new("forward_unwritten", 500, why)
}

/// What the push can be answered with.
fn answerable(task: &ForwardTask) -> Answerable {
    let text = |name: &str| task.push.get(name).and_then(Value::as_str);
    let kind = text("kind").unwrap_or_default();
    Answerable::of(kind, text("event"), &task.openid)
}

/// What the team's own function is called with: the push, and whose it is.
fn event(task: &ForwardTask) -> Value {
    let mut event = task.push.clone();
    if let Some(fields) = event.as_object_mut() {
        fields.insert("account".to_owned(), Value::String(task.account.clone()));
    }
    event
}
