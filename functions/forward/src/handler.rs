//! Calls the team's own function with a push and files its answer.

use aws_sdk_lambda::primitives::Blob;
use lambda_runtime::{Context, Diagnostic};
use serde::Deserialize;
use serde_json::Value;
use shared::{
    callback::{
        Answerable, Change, Reply,
        inbox::{Run, next_run},
    },
    lambda::{Aws, Metric, Settings, Unit, clock, emit_metrics, log_id},
    sends::SendJob,
    store::{Inbox, StoreError, sdk_reason},
};
use std::time::Duration;
use thiserror::Error;

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

/// Why a task is not done; Lambda tries it twice more, then it lies in the dead letters.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the function '{function}' failed: {reason}")]
    Function { function: String, reason: String },
    #[error("the function '{function}' gave no answer within {ms} ms")]
    Slow { function: String, ms: i64 },
    #[error("the answer of '{function}' is no reply: {reason}")]
    NoReply { function: String, reason: String },
    #[error("the late answer cannot be queued: {0}")]
    Queue(String),
}

impl Failure {
    fn error_type(&self) -> &'static str {
        match self {
            Self::Store(error) => error.error_type(),
            Self::Function { .. } => "forward_failed",
            Self::Slow { .. } => "forward_slow",
            Self::NoReply { .. } => "forward_no_reply",
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
    pub(crate) async fn handle(&self, task: &Task, context: &Context) -> Result<(), Failure> {
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
            Ok(outcome) => tracing::info!(account, function, id, outcome, ms, "forward"),
            Err(e) => {
                tracing::error!(account, function, id, outcome = e.error_type(), detail = %e, ms, "forward")
            }
        }
        done.map(drop)
    }

    async fn run(
        &self,
        task: &Task,
        runner: &str,
        deadline_ms: i64,
    ) -> Result<&'static str, Failure> {
        let begun = self
            .inbox
            .begin(&task.id, &task.owner, runner, deadline_ms)
            .await?;
        let next = match next_run(&begun, runner) {
            Run::Go => {
                let answer = self
                    .call(task, deadline_ms.saturating_sub(FILING_MS))
                    .await?;
                let (reply, change) = answer.fitted(task.answerable());
                count(&task.account, change);
                let clear = reply.render(&task.openid, &task.original_id, clock::now_ms() / 1000);
                let answer = serde_json::to_string(&reply).map_err(|e| no_reply(task, &e))?;
                next_run(
                    &self.inbox.finish(&task.id, runner, &clear, &answer).await?,
                    runner,
                )
            }
            begun => begun,
        };
        match next {
            Run::SendLate(answer) => self.send_late(task, &answer).await,
            Run::Go | Run::Leave => Ok("filed"),
        }
    }

    async fn call(&self, task: &Task, until_ms: i64) -> Result<Reply, Failure> {
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
        if let Some(kind) = output.function_error() {
            return Err(failed(kind.to_owned()));
        }
        let payload = output.payload.map(Blob::into_inner).unwrap_or_default();
        serde_json::from_slice(&payload)
            .and_then(Reply::from_answer)
            .map_err(|e| no_reply(task, &e))
    }

    async fn send_late(&self, task: &Task, answer: &str) -> Result<&'static str, Failure> {
        let reply: Reply = serde_json::from_str(answer).map_err(|e| no_reply(task, &e))?;
        let Some(job) = SendJob::late_reply(&task.account, &task.id, &task.openid, &reply) else {
            return Ok("late_without_message");
        };
        let body = job.to_text().map_err(|e| Failure::Queue(e.to_string()))?;
        let request = self
            .sqs
            .send_message()
            .queue_url(&self.queue_url)
            .message_group_id(&task.message_group)
            .message_deduplication_id(&job.client_msg_id)
            .message_body(body);
        request
            .send()
            .await
            .map_err(|e| Failure::Queue(sdk_reason(&e)))?;
        Ok("late_queued")
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

fn no_reply(task: &Task, error: &serde_json::Error) -> Failure {
    Failure::NoReply {
        function: task.function.clone(),
        reason: error.to_string(),
    }
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
