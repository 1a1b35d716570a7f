//! Calls the team's own function with a push and files its answer.

use crate::answer;
use aws_sdk_lambda::primitives::Blob;
use lambda_runtime::{Context, Diagnostic};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::{
    inbox::{Row, Run, is_late, next_run},
    lambda::{Aws, Metric, Settings, Unit, clock, emit_metrics, log_id},
    sends::SendJob,
    store::{Inbox, Outcome, StoreError, sdk_reason},
};
use std::time::Duration;
use thiserror::Error;
use wechat_oa::callback::{Answerable, Change, Reply};

/// Kept back from the function's time-out for filing the answer, in milliseconds.
const FILING_MS: i64 = 5_000;
/// No answer is waited for longer than this, whatever the time-out.
const PATIENCE: Duration = Duration::from_secs(900);

/// What `callback` hands over.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Task {
    account: String,
    function: String,
    id: String,
    owner: String,
    openid: String,
    original_id: String,
    message_group: String,
    push: Value,
}

/// How a task was done.
#[derive(Debug, Serialize)]
pub(crate) struct Done {
    /// In a word: `filed`, `answered` by another run, `nothing_to_say`, `unusable`, `late_queued`,
    /// `late_without_message`, or `gone` with its row.
    outcome: &'static str,
    /// Why the function's answer is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl Done {
    fn with(outcome: &'static str) -> Self {
        Self {
            outcome,
            detail: None,
        }
    }
}

/// Why a task is not done; Lambda tries it twice more, then it lies in the dead letters.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the function '{function}' failed: {reason}")]
    Function { function: String, reason: String },
    #[error("the function '{function}' gave no answer within {ms} ms")]
    Slow { function: String, ms: i64 },
    #[error("another run has this push for {ms} ms more; try again when that is over")]
    Held { ms: i64 },
    #[error("the reply cannot be written: {0}")]
    Unwritten(#[from] serde_json::Error),
    #[error("the late answer cannot be queued: {0}")]
    Queue(String),
}

impl Failure {
    fn error_type(&self) -> &'static str {
        match self {
            Self::Store(error) => error.error_type(),
            Self::Function { .. } => "forward_failed",
            Self::Slow { .. } => "forward_slow",
            Self::Held { .. } => "forward_held",
            Self::Unwritten(_) => "forward_unwritten",
            Self::Queue(_) => "queue_unreachable",
        }
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self {
            error_type: failure.error_type().to_owned(),
            error_message: failure.to_string(),
        }
    }
}

/// Everything a task needs, built once.
pub(crate) struct Handler {
    inbox: Inbox,
    lambda: aws_sdk_lambda::Client,
    sqs: aws_sdk_sqs::Client,
    queue_url: String,
}

impl Handler {
    pub(crate) async fn from_environment() -> Result<Self, lambda_runtime::Error> {
        let settings = Settings::require(&["INBOX_TABLE", "SEND_QUEUE_URL"])?;
        let aws = Aws::load().await?;
        Ok(Self {
            inbox: Inbox::new(aws.dynamodb(), settings.get("INBOX_TABLE")),
            lambda: aws.patient_lambda(PATIENCE),
            sqs: aws.sqs(),
            queue_url: settings.get("SEND_QUEUE_URL").to_owned(),
        })
    }

    /// Does a task and writes its one log line.
    pub(crate) async fn handle(&self, task: &Task, context: &Context) -> Result<Done, Failure> {
        let started = clock::now_ms();
        let deadline_ms = i64::try_from(context.deadline).unwrap_or(i64::MAX);
        let done = self.run(task, &context.request_id, deadline_ms).await;
        let ms = clock::now_ms().saturating_sub(started);
        let Task {
            account,
            function,
            id,
            ..
        } = task;
        let id = log_id(id);
        match &done {
            Ok(Done {
                outcome,
                detail: None,
            }) => tracing::info!(account, function, id, outcome, ms, "forward"),
            Ok(Done {
                outcome,
                detail: Some(detail),
            }) => {
                tracing::error!(account, function, id, outcome, detail, ms, "forward");
            }
            Err(e) => {
                tracing::error!(account, function, id, outcome = e.error_type(), detail = %e, ms, "forward")
            }
        }
        done
    }

    async fn run(&self, task: &Task, runner: &str, deadline_ms: i64) -> Result<Done, Failure> {
        let now_ms = clock::now_ms();
        let row = self
            .inbox
            .begin(&task.id, &task.owner, runner, now_ms, deadline_ms)
            .await?;
        match next_run(&row, runner) {
            Run::Go => {
                let until_ms = deadline_ms.saturating_sub(FILING_MS);
                match self.call(task, until_ms).await {
                    Ok(payload) => self.file(task, runner, &row, &payload).await,
                    Err(failure) => {
                        // The failure is what counts; a lease that stays ends by itself.
                        drop(self.inbox.give_back(&task.id, runner).await);
                        Err(failure)
                    }
                }
            }
            next => self.conclude(task, next, "answered").await,
        }
    }

    /// Writes what the function said. What is no reply is written too, as an end: it would be no
    /// better the next time, and the attempts need not wait for it.
    async fn file(
        &self,
        task: &Task,
        runner: &str,
        row: &Row,
        payload: &[u8],
    ) -> Result<Done, Failure> {
        let (reply, change, detail) = match answer::read(payload) {
            Ok(reply) => {
                let (reply, change) = reply.fitted(task.answerable());
                (reply, change, None)
            }
            Err(reason) => (Reply::Acknowledge, Some(Change::Dropped), Some(reason)),
        };
        count(&task.account, change);
        let usable = change != Some(Change::Dropped);
        let outcome = match (&reply, usable) {
            (_, false) => "unusable",
            (Reply::Acknowledge, true) => "nothing_to_say",
            (_, true) => "filed",
        };
        let now_ms = clock::now_ms();
        let clear = reply.render(&task.openid, &task.original_id, now_ms / 1000);
        let written = Outcome {
            reply: &clear,
            answer: &serde_json::to_string(&reply)?,
            usable,
            late_ms: is_late(row, now_ms).then_some(now_ms),
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
            detail: Some(format!("the answer of '{}': {reason}", task.function)),
        })
    }

    /// What is left to do; `outcome` is the word when the reply stands there.
    async fn conclude(
        &self,
        task: &Task,
        next: Run,
        outcome: &'static str,
    ) -> Result<Done, Failure> {
        match next {
            Run::SendLate(answer) => self.send_late(task, &answer).await,
            Run::Answered => Ok(Done::with(outcome)),
            Run::Gone => Ok(Done::with("gone")),
            Run::Held { until_ms } => Err(Failure::Held {
                ms: until_ms.saturating_sub(clock::now_ms()).max(0),
            }),
            // Its lease is this run's although it ran: a write of its own was lost.
            Run::Go => Err(Failure::Held { ms: 0 }),
        }
    }

    async fn call(&self, task: &Task, until_ms: i64) -> Result<Vec<u8>, Failure> {
        let function = || task.function.clone();
        let failed = |reason: String| Failure::Function {
            function: function(),
            reason,
        };
        let left = until_ms.saturating_sub(clock::now_ms());
        let request = self
            .lambda
            .invoke()
            .function_name(&task.function)
            .payload(Blob::new(task.event().to_string()));
        let patience = Duration::from_millis(u64::try_from(left).unwrap_or(0));
        let output = tokio::time::timeout(patience, request.send())
            .await
            .map_err(|_| Failure::Slow {
                function: function(),
                ms: left,
            })?
            .map_err(|e| failed(sdk_reason(&e)))?;
        let payload = output.payload.map(Blob::into_inner).unwrap_or_default();
        match output.function_error {
            Some(kind) => Err(failed(format!("{kind} {}", error_type(&payload)))),
            None => Ok(payload),
        }
    }

    async fn send_late(&self, task: &Task, answer: &str) -> Result<Done, Failure> {
        let reply: Reply = serde_json::from_str(answer)?;
        let job = SendJob::late_reply(&task.account, &task.id, &task.openid, &reply);
        let Some(job) = job else {
            return Ok(Done::with(match reply {
                Reply::Acknowledge => "nothing_to_say",
                _ => "late_without_message",
            }));
        };
        let request = self
            .sqs
            .send_message()
            .queue_url(&self.queue_url)
            .message_group_id(&task.message_group)
            .message_deduplication_id(&job.client_msg_id)
            .message_body(job.to_text()?);
        request
            .send()
            .await
            .map_err(|e| Failure::Queue(sdk_reason(&e)))?;
        Ok(Done::with("late_queued"))
    }
}

/// Counts an answer that WeChat would not have taken as it was.
fn count(account: &str, change: Option<Change>) {
    let name = match change {
        None => return,
        Some(Change::Cut) => "RepliesCut",
        Some(Change::Dropped) => "RepliesDropped",
    };
    let metric = Metric {
        name,
        unit: Unit::Count,
        value: 1.0,
    };
    emit_metrics(clock::now_ms(), &[], &[("account", account)], &[metric]);
}

/// The kind of a function's error; its message may hold what the user wrote.
fn error_type(payload: &[u8]) -> String {
    let document: Value = serde_json::from_slice(payload).unwrap_or_default();
    let kind = document.get("errorType").and_then(Value::as_str);
    kind.unwrap_or_default().chars().take(100).collect()
}

impl Task {
    /// What the push can be answered with.
    fn answerable(&self) -> Answerable {
        let text = |name: &str| self.push.get(name).and_then(Value::as_str);
        Answerable::of(
            text("kind").unwrap_or_default(),
            text("event"),
            &self.openid,
        )
    }

    /// What the team's own function is called with: the push, and whose it is.
    fn event(&self) -> Value {
        let mut event = self.push.clone();
        if let Some(fields) = event.as_object_mut() {
            fields.insert("account".to_owned(), Value::String(self.account.clone()));
        }
        event
    }
}
