//! One attempt of WeChat at a push that a slow rule answers.

use shared::{
    account::Account,
    clock::Clock,
    inbox::{Lapse, Row, Step, at_deadline, next_step},
    invocation::ForwardTask,
    lambda::Functions,
    problem::Problem,
    router::Slow,
    sends::lane::LaneId,
    store::{Filing, Inbox},
    time::Timestamp,
};
use std::time::Duration;

/// How often a waiting attempt looks at the row.
const LOOK_EVERY: Duration = Duration::from_millis(150);
/// An attempt that is to lapse answers when WeChat has hung up, this long after its deadline.
const LAPSE_AFTER: Duration = Duration::from_millis(900);

/// The word for an attempt that lapsed on purpose.
pub(crate) const HELD: &str = "held";

/// What WeChat gets.
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

/// The function `forward`, which runs slow rules beside the attempts that wait for them.
pub(crate) struct Forward {
    pub(crate) functions: Functions,
    pub(crate) name: String,
}

impl Forward {
    /// Opens the connection that the first slow rule uses.
    pub(crate) async fn connect(&self) {
        if !self.functions.connect(&self.name).await {
            let outcome = "forward_unreachable";
            tracing::warn!(outcome, "forward not reached at the start");
        }
    }

    async fn start(&self, task: &ForwardTask) -> Result<(), Problem> {
        let task = serde_json::to_string(task)?;
        let started = self.functions.start(&self.name, task).await;
        started.map_err(|reason| {
            let why = format!("the function '{}' cannot be started: {reason}", self.name);
            Problem::new("forward_not_started", 500, why)
        })
    }
}

/// One attempt and what it works with.
pub(crate) struct Attempt<'a> {
    pub(crate) inbox: &'a Inbox,
    pub(crate) forward: &'a Forward,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) account: &'a Account,
    pub(crate) filing: Filing<'a>,
    pub(crate) me: &'a str,
    pub(crate) deadline: Timestamp,
    /// Whether the push takes an answer; one that does not is acknowledged once its rule was started.
    pub(crate) is_answered: bool,
}

impl Attempt<'_> {
    /// Gets the answer of a slow rule; also says which attempt this was.
    pub(crate) async fn run(
        &self,
        slow: &Slow,
        original_id: &str,
    ) -> Result<(Answer, u32), Problem> {
        let id = self.filing.id();
        let mut row = self.inbox.receive(&self.filing, self.me).await?;
        let attempt = row.attempts;
        let mut started = false;
        loop {
            let now = self.clock.now();
            match next_step(&row, self.me, now) {
                Step::Answer(reply) => return Ok((Answer::Reply(reply), attempt)),
                Step::Acknowledge => return Ok((Answer::Acknowledge, attempt)),
                Step::Start if !started => {
                    let task = self.task(&id, slow, original_id);
                    self.forward.start(&task).await?;
                    started = true;
                }
                Step::TakeOver { from } => {
                    row = self.inbox.take_over(&id, &from, self.me, now).await?;
                    continue;
                }
                Step::Start | Step::Wait => {}
            }
            if now >= self.deadline || (started && !self.is_answered) {
                return Ok((self.lapse(&id, attempt).await?, attempt));
            }
            self.clock.wait(LOOK_EVERY).await;
            row = self.inbox.read(&id).await?.unwrap_or(row);
        }
    }

    async fn lapse(&self, id: &str, attempt: u32) -> Result<Answer, Problem> {
        match at_deadline(self.account.late_reply, attempt) {
            Lapse::Hold if self.is_answered => {
                self.clock.wait_until(self.deadline + LAPSE_AFTER).await;
                Ok(Answer::Lapse)
            }
            Lapse::Hold | Lapse::Acknowledge => {
                let row = self.inbox.acknowledge(id, self.clock.now()).await?;
                Ok(Answer::of(&row))
            }
        }
    }

    fn task(&self, id: &str, slow: &Slow, original_id: &str) -> ForwardTask {
        let (account, openid) = (self.account, self.filing.openid);
        ForwardTask {
            account: account.name.to_string(),
            source: slow.source.clone(),
            fallback: slow.fallback.clone(),
            markdown: slow.markdown,
            ai: slow.ai,
            id: id.to_owned(),
            message_group: LaneId::of(account.app_id(), openid, account.lanes).to_string(),
            openid: openid.to_owned(),
            original_id: original_id.to_owned(),
            owner: self.me.to_owned(),
            push: self.filing.push.clone(),
        }
    }
}
