//! One attempt of WeChat at a push that a slow rule answers.

use shared::{
    account::{Account, LateReply},
    answers::{Added, Delivery, PROMISED, answer_id},
    clock::Clock,
    inbox::{HUNG_UP, Lapse, Row, Step, at_deadline, next_step},
    invocation::{ForwardCall, ForwardTask},
    lambda::Functions,
    problem::Problem,
    router::Slow,
    sends::lane::LaneId,
    store::{Answers, Filing, Inbox},
    time::Timestamp,
};
use std::time::Duration;
use wechat_oa::callback::Reply;

/// How often a waiting attempt looks at the row in its first second, and after.
const LOOK_EVERY: [Duration; 2] = [Duration::from_millis(150), Duration::from_millis(250)];

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
        let said = match (&row.opening, row.acknowledged_at) {
            (Some(_), _) => &row.opening,
            (None, None) => &row.reply,
            (None, Some(_)) => &row.told,
        };
        said.clone().map_or(Self::Acknowledge, Self::Reply)
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

    pub(crate) async fn start(&self, call: &ForwardCall) -> Result<(), Problem> {
        let call = serde_json::to_string(call)?;
        let started = self.functions.start(&self.name, call).await;
        started.map_err(|reason| {
            let why = format!("the function '{}' cannot be started: {reason}", self.name);
            Problem::new("forward_not_started", 500, why)
        })
    }
}

/// One attempt and what it works with.
pub(crate) struct Attempt<'a> {
    pub(crate) inbox: &'a Inbox,
    pub(crate) answers: &'a Answers,
    pub(crate) forward: &'a Forward,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) account: &'a Account,
    pub(crate) filing: Filing<'a>,
    pub(crate) original_id: &'a str,
    pub(crate) me: &'a str,
    pub(crate) started: Timestamp,
    /// When the gateway took it.
    pub(crate) arrived: Timestamp,
    pub(crate) delivery: &'a Delivery,
    /// Whether the push takes an answer; one that does not is acknowledged once its rule was started.
    pub(crate) is_answered: bool,
}

impl Attempt<'_> {
    /// When it has to be answered.
    pub(crate) fn deadline(&self) -> Timestamp {
        self.arrived + self.account.answer_within()
    }

    /// Files the push with the reply of a rule, in clear; also says which attempt this was.
    pub(crate) async fn reply(&self, clear: &str) -> Result<(Answer, u32), Problem> {
        let row = self.inbox.answer(&self.filing, clear).await?;
        Ok((Answer::of(&row), row.attempts))
    }

    /// Gets the answer of a slow rule, or first what waits to be collected where the push `collects`; also says which
    /// attempt this was.
    pub(crate) async fn run(&self, slow: &Slow, collects: bool) -> Result<(Answer, u32), Problem> {
        let id = self.filing.id();
        let received = self.inbox.receive(&self.filing, self.me);
        let row = match collects {
            false => received.await?,
            true => {
                let (row, waits) = tokio::join!(received, self.uncollected());
                let row = row?;
                if let Some(answer) = self.collect_first(&row, waits).await? {
                    return Ok((answer, row.attempts));
                }
                row
            }
        };
        let attempt = row.attempts;
        Ok((self.wait(slow, &id, row).await?, attempt))
    }

    /// Starts the rule, or waits for who did.
    async fn wait(&self, slow: &Slow, id: &str, mut row: Row) -> Result<Answer, Problem> {
        let attempt = row.attempts;
        let mut started = false;
        loop {
            let now = self.clock.now();
            match next_step(&row, self.me, now) {
                Step::Answer(reply) => return Ok(Answer::Reply(reply)),
                Step::Acknowledge => return Ok(Answer::Acknowledge),
                Step::Start if !started => {
                    let task = Box::new(self.task(id, slow));
                    self.forward.start(&ForwardCall::Answer(task)).await?;
                    started = true;
                }
                Step::TakeOver { from } => {
                    row = self.inbox.take_over(id, &from, self.me, now).await?;
                    continue;
                }
                Step::Start | Step::Wait => {}
            }
            let said_at_once = slow.at_once.is_some() || !self.is_answered;
            if now >= self.deadline() || (started && said_at_once) {
                return self.lapse(id, attempt, slow.at_once.as_ref()).await;
            }
            self.look_again(row.attempts > attempt).await;
            row = self.inbox.read(id).await?.unwrap_or(row);
        }
    }

    /// Waits until it is time for another look. Of several attempts at a push only the last looks time and again: the
    /// others see at their deadline what there is to give, for WeChat has hung up on them.
    pub(crate) async fn look_again(&self, is_followed: bool) {
        let now = self.clock.now();
        let [soon, later] = LOOK_EVERY;
        let at = match (
            is_followed,
            now.since(self.started) < Duration::from_secs(1),
        ) {
            (true, _) => self.deadline(),
            (false, true) => now + soon,
            (false, false) => now + later,
        };
        self.clock.wait_until(at).await;
    }

    /// Answers without the answer: with what the rule says at once, that the answer waits, or nothing.
    async fn lapse(
        &self,
        id: &str,
        attempt: u32,
        at_once: Option<&Reply>,
    ) -> Result<Answer, Problem> {
        let late = self.account.late();
        let lapse = at_deadline(late, self.account.waiting, attempt);
        if self.is_answered && at_once.is_none() && lapse == Lapse::Hold {
            return Ok(self.hang_on().await);
        }
        let now = self.clock.now();
        let waits = self.is_answered && late == LateReply::Continue;
        let told = match at_once {
            Some(reply) if self.is_answered => Some(self.render(reply, now)),
            _ => waits.then(|| self.waiting(now)),
        };
        let row = self.inbox.acknowledge(id, told.as_deref(), now).await?;
        if waits && row.acknowledged_at.is_some() {
            self.promise(id, &row).await;
        }
        Ok(Answer::of(&row))
    }

    /// Lets WeChat hang up, so that it repeats the push.
    pub(crate) async fn hang_on(&self) -> Answer {
        self.clock.wait_until(self.arrived + HUNG_UP).await;
        Answer::Lapse
    }

    /// What a user is told whose answer waits.
    pub(crate) fn waiting(&self, now: Timestamp) -> String {
        self.render(&Reply::from(self.account.waiting_text.as_str()), now)
    }

    pub(crate) fn render(&self, reply: &Reply, now: Timestamp) -> String {
        reply.render(self.filing.openid, self.original_id, now.as_secs())
    }

    /// Notes that an answer is to come, so that the user's next message waits for it. Without that it is collected all
    /// the same once it is there.
    async fn promise(&self, id: &str, row: &Row) {
        let now = self.clock.now();
        let added = Added {
            id: &answer_id(id),
            set: "",
            asked: row.received_at,
            from: 0,
            pieces: 0,
            ended: false,
            until: now + PROMISED,
        };
        let (app_id, openid) = (self.account.app_id(), self.filing.openid);
        if let Err(error) = self.answers.add(app_id, openid, added, now).await {
            let problem = Problem::from(error);
            tracing::warn!(outcome = problem.error_type(), detail = %problem, "not promised");
        }
    }

    fn task(&self, id: &str, slow: &Slow) -> ForwardTask {
        let (account, openid) = (self.account, self.filing.openid);
        ForwardTask {
            account: account.name.to_string(),
            source: slow.source.clone(),
            secret_parameter: slow.secret_parameter.clone(),
            fallback: slow.fallback.clone(),
            delivery: self.delivery.clone(),
            markdown: slow.markdown,
            ai: slow.ai,
            id: id.to_owned(),
            message_group: LaneId::of(account.app_id(), openid, account.lanes).to_string(),
            openid: openid.to_owned(),
            original_id: self.original_id.to_owned(),
            owner: self.me.to_owned(),
            push: self.filing.push.clone(),
        }
    }
}
