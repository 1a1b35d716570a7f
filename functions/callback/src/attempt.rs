//! One attempt of WeChat at a push that a slow rule answers.

use crate::handler::Failure;
use aws_sdk_lambda::{Client, primitives::Blob, types::InvocationType};
use serde_json::json;
use shared::{
    account::Account,
    inbox::{Lapse, Row, Step, at_deadline, next_step},
    lambda::clock,
    store::{Filing, Inbox},
};
use std::time::Duration;

/// How often a waiting attempt looks at the row.
const LOOK_EVERY: Duration = Duration::from_millis(150);
/// How long a start waits for a connection.
const CONNECT: Duration = Duration::from_secs(1);
/// An attempt that is to lapse answers when WeChat has hung up, this long after its deadline.
const LAPSE_AFTER_MS: i64 = 900;

/// The word for an attempt that lapsed on purpose.
pub(crate) const HELD: &str = "held";

/// What WeChat is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// This reply, in clear.
    Reply(String),
    /// "success".
    Acknowledge,
    /// Nothing it hears, so that it repeats the push.
    Lapse,
}

impl Answer {
    /// The answer a row holds once its reply is written.
    pub(crate) fn of(row: &Row) -> Self {
        match (row.acknowledged_at, &row.reply) {
            (None, Some(reply)) => Self::Reply(reply.clone()),
            _ => Self::Acknowledge,
        }
    }

    /// The word for the log.
    pub(crate) fn outcome(&self) -> &'static str {
        match self {
            Self::Reply(_) => "replied",
            Self::Acknowledge => "acknowledged",
            Self::Lapse => HELD,
        }
    }
}

/// Starts the `forward` function, which runs slow rules beside the attempts that wait for them.
pub(crate) struct Forward {
    lambda: Client,
    function: String,
}

impl Forward {
    pub(crate) fn new(lambda: Client, function: impl Into<String>) -> Self {
        Self {
            lambda,
            function: function.into(),
        }
    }

    /// Opens the connection that the first slow rule uses, by an invocation that runs nothing. A
    /// second at most: when it does not come about, the first slow rule opens it.
    pub(crate) async fn connect(&self) {
        let request = self.lambda.invoke().function_name(&self.function);
        let request = request.invocation_type(InvocationType::DryRun);
        if !matches!(clock::within(CONNECT, request.send()).await, Some(Ok(_))) {
            let outcome = "forward_unreachable";
            tracing::warn!(outcome, "forward not reached at the start");
        }
    }

    async fn start(&self, task: &serde_json::Value) -> Result<(), Failure> {
        let request = self
            .lambda
            .invoke()
            .function_name(&self.function)
            .invocation_type(InvocationType::Event)
            .payload(Blob::new(task.to_string()));
        request.send().await.map(drop).map_err(|e| Failure::Start {
            function: self.function.clone(),
            reason: shared::store::sdk_reason(&e),
        })
    }
}

/// One attempt and what it works with.
pub(crate) struct Attempt<'a> {
    pub(crate) inbox: &'a Inbox,
    pub(crate) forward: &'a Forward,
    pub(crate) account: &'a Account,
    pub(crate) filing: Filing<'a>,
    pub(crate) me: &'a str,
    pub(crate) deadline_ms: i64,
    /// Whether the push takes an answer; one that does not is acknowledged once its rule was started.
    pub(crate) is_answered: bool,
}

impl Attempt<'_> {
    /// Gets the answer of the rule that calls `function`; also says which attempt this was.
    pub(crate) async fn run(
        &self,
        function: &str,
        original_id: &str,
    ) -> Result<(Answer, u32), Failure> {
        let id = self.filing.id();
        let mut row = self.inbox.receive(&self.filing, self.me).await?;
        let attempt = row.attempts;
        let mut started = false;
        loop {
            let now_ms = clock::now_ms();
            match next_step(&row, self.me, now_ms) {
                Step::Answer(reply) => return Ok((Answer::Reply(reply), attempt)),
                Step::Acknowledge => return Ok((Answer::Acknowledge, attempt)),
                Step::Start if !started => {
                    self.forward
                        .start(&self.task(&id, function, original_id))
                        .await?;
                    started = true;
                }
                Step::TakeOver { from } => {
                    row = self.inbox.take_over(&id, &from, self.me, now_ms).await?;
                    continue;
                }
                Step::Start | Step::Wait => {}
            }
            if now_ms >= self.deadline_ms || (started && !self.is_answered) {
                return Ok((self.lapse(&id, attempt).await?, attempt));
            }
            clock::wait(LOOK_EVERY).await;
            row = self.inbox.read(&id).await?.unwrap_or(row);
        }
    }

    async fn lapse(&self, id: &str, attempt: u32) -> Result<Answer, Failure> {
        match at_deadline(self.account.late_reply, attempt) {
            Lapse::Hold if self.is_answered => {
                clock::wait_until(self.deadline_ms.saturating_add(LAPSE_AFTER_MS)).await;
                Ok(Answer::Lapse)
            }
            Lapse::Hold | Lapse::Acknowledge => Ok(Answer::of(
                &self.inbox.acknowledge(id, clock::now_ms()).await?,
            )),
        }
    }

    /// What the `forward` function reads.
    fn task(&self, id: &str, function: &str, original_id: &str) -> serde_json::Value {
        let group = shared::sends::message_group(
            self.account.app_id(),
            self.filing.openid,
            self.account.lanes,
        );
        json!({
            "account": self.account.name,
            "function": function,
            "id": id,
            "owner": self.me,
            "openid": self.filing.openid,
            "original_id": original_id,
            "message_group": group,
            "push": self.filing.push,
        })
    }
}
