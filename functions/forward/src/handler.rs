//! Has a push answered and files its answer.

use crate::{
    answer,
    courier::{Courier, count, set, unwritten},
    source::{Failure, Said, Sources},
};
use serde::Serialize;
use serde_json::Value;
use shared::{
    answers::Kept,
    clock::SharedClock,
    inbox::{ATTEMPTS_END, Row, Run, is_late, next_run},
    invocation::ForwardTask,
    lambda::{Accounts, Context, Invocation, log_id},
    markdown::to_phone,
    problem::Problem,
    router::{Markdown, Source},
    sends::SendJob,
    store::{Inbox, Outcome},
    time::{Timestamp, millis},
};
use std::time::Duration;
use wechat_oa::callback::{ACKNOWLEDGEMENT, Answerable, Change, Reply};

/// Kept back from the function's time-out for filing the answer.
const FILING: Duration = Duration::from_secs(5);

/// When WeChat's first attempt, or its last one, was let go.
const TYPING_AFTER: [Duration; 2] = [Duration::from_secs(5), ATTEMPTS_END];

/// How a task was done.
#[derive(Debug, Serialize)]
pub struct Done {
    /// In a word: `filed`, `marked`, `answered` by another run, `nothing_to_say`, `unusable`, `failed`, `late_queued`,
    /// `late_waiting` to be collected, `late_without_message`, or `gone` with its row.
    outcome: &'static str,
    /// Why the function's answer is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl Done {
    pub(crate) fn with(outcome: &'static str) -> Self {
        let detail = None;
        Self { outcome, detail }
    }
}

/// What a source said, judged.
struct Judged {
    /// One, or all that the rule has.
    replies: Vec<Reply>,
    /// The state of the row.
    state: &'static str,
    /// Why it is not the source's own answer.
    detail: Option<String>,
}

/// Runs slow rules. A task that is not done Lambda tries twice more, then it lies in the dead
/// letters.
pub struct Handler {
    inbox: Inbox,
    clock: SharedClock,
    courier: Courier,
    sources: Sources,
}

impl Handler {
    /// A handler in these surroundings.
    pub fn new(context: &mut Context) -> Self {
        Self {
            inbox: context.inbox(),
            clock: context.clock(),
            courier: Courier::new(context),
            sources: Sources::new(context),
        }
    }

    /// The accounts, to be renewed beside the work.
    pub fn accounts(&self) -> &Accounts {
        self.sources.accounts()
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
        let task = &self.sources.styled(task).await;
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
            Run::Go => {
                let judged = self.ask(task, runner, &row, deadline - FILING).await?;
                self.file(task, runner, &row, judged).await
            }
            next => self.conclude(task, next, &row, "answered").await,
        }
    }

    /// Asks the source. One that fails is as good as one that says the rule's `fallback`; without that, it is asked
    /// again, and the attempts need not wait for it.
    async fn ask(
        &self,
        task: &ForwardTask,
        runner: &str,
        row: &Row,
        until: Timestamp,
    ) -> Result<Judged, Problem> {
        if let Source::Replies(replies) = &task.source {
            return Ok(Judged {
                replies: replies.clone(),
                state: "replied",
                detail: None,
            });
        }
        let said = self.listen(task, until);
        tokio::pin!(said);
        let said = tokio::select! {
            biased;
            said = &mut said => said,
            () = self.show_typing(task, row) => said.await,
        };
        let (failure, cause) = match said {
            Ok(reply) => return Ok(self.judge(task, reply)),
            Err(Failure::Slow { why }) => (Problem::new("forward_slow", 500, why), "slow"),
            Err(Failure::Failed { cause, why }) => {
                (Problem::new("forward_failed", 500, why), cause)
            }
        };
        count(&*self.clock, &task.account, "AnswersFailed");
        match &task.fallback {
            Some(fallback) => Ok(Judged {
                replies: vec![fallback.clone()],
                state: "failed",
                detail: Some(format!("{cause}: {failure}")),
            }),
            None => {
                // The failure is what counts; a lease that stays ends by itself.
                drop(
                    self.inbox
                        .give_back(&task.id, runner, self.clock.now())
                        .await,
                );
                Err(failure)
            }
        }
    }

    /// Everything the source says: a reply, or why what it says is none. What was said before it failed stands.
    async fn listen(
        &self,
        task: &ForwardTask,
        until: Timestamp,
    ) -> Result<Result<Reply, String>, Failure> {
        let mut answer = self.sources.open(task, until);
        let mut text = String::new();
        while let Some(said) = answer.next().await {
            match said {
                Ok(Said::Whole(payload)) => return Ok(answer::read(&payload)),
                Ok(Said::Text(part)) => text.push_str(&part),
                Err(failure) if text.trim().is_empty() => return Err(failure),
                Err(Failure::Failed { why, .. } | Failure::Slow { why }) => {
                    count(&*self.clock, &task.account, "AnswersCutShort");
                    tracing::warn!(account = task.account, detail = why, "answer cut short");
                }
            }
        }
        Ok(Ok(Reply::from(text)))
    }

    /// What is no reply would be no better the next time: the rule's `fallback` stands for it.
    fn judge(&self, task: &ForwardTask, said: Result<Reply, String>) -> Judged {
        let reason = match said.map(|reply| self.shown(task, reply)) {
            Ok(reply) if reply.is_usable(answerable(task)) => {
                return Judged {
                    replies: vec![reply],
                    state: "replied",
                    detail: None,
                };
            }
            Ok(_) => "breaks a rule of WeChat's replies".to_owned(),
            Err(reason) => reason,
        };
        count(&*self.clock, &task.account, "RepliesDropped");
        Judged {
            replies: vec![task.fallback.clone().unwrap_or_default()],
            state: "unusable",
            detail: Some(format!("the answer of '{}': {reason}", task.source.name())),
        }
    }

    /// The reply as a phone shows it.
    fn shown(&self, task: &ForwardTask, reply: Reply) -> Reply {
        match (task.markdown, reply) {
            (Markdown::Plain, Reply::Text { content }) => Reply::from(to_phone(&content)),
            (_, reply) => reply,
        }
    }

    /// Writes what the source said, and sees that the user gets what no attempt gives.
    async fn file(
        &self,
        task: &ForwardTask,
        runner: &str,
        row: &Row,
        judged: Judged,
    ) -> Result<Done, Problem> {
        let (pieces, change) = (task.delivery).all_pieces(judged.replies, answerable(task));
        if change == Some(Change::Cut) {
            count(&*self.clock, &task.account, "RepliesCut");
        }
        let kept = self.keep(task, runner, &pieces).await?;
        let now = self.clock.now();
        let more = task.delivery.messages == 0 && pieces.len() > 1;
        let first = pieces.first().map(|first| match more {
            true => task.delivery.followed(first.clone()),
            false => first.clone(),
        });
        let clear = match &first {
            Some(first) => first.render(&task.openid, &task.original_id, now.as_secs()),
            None => ACKNOWLEDGEMENT.to_owned(),
        };
        let written = Outcome {
            reply: &clear,
            answer: &serde_json::to_string(&kept).map_err(unwritten)?,
            state: judged.state,
            late: is_late(row, now).then_some(now),
        };
        let row = self.inbox.finish(&task.id, runner, &written).await?;
        let outcome = match (row.lease_owner.as_deref() == Some(runner), judged.state) {
            (false, _) => "answered",
            (true, "replied") if first.is_none() => "nothing_to_say",
            (true, "replied") => "filed",
            (true, state) => state,
        };
        let done = self
            .conclude(task, next_run(&row, runner), &row, outcome)
            .await?;
        let outcome = match judged.detail {
            Some(_) => judged.state,
            None => done.outcome,
        };
        Ok(Done {
            outcome,
            detail: judged.detail,
        })
    }

    /// The answer as the row keeps it; one in several pieces is filed beside it first.
    async fn keep(
        &self,
        task: &ForwardTask,
        runner: &str,
        pieces: &[Reply],
    ) -> Result<Kept, Problem> {
        match pieces {
            [] => Ok(Kept::Reply(Reply::Acknowledge)),
            [whole] => Ok(Kept::Reply(whole.clone())),
            pieces => {
                let set = set(task, runner);
                self.courier.put_pieces(task, &set, pieces).await?;
                let pieces = u32::try_from(pieces.len()).unwrap_or(u32::MAX);
                Ok(Kept::Pieces { set, pieces })
            }
        }
    }

    /// What is left to do; `outcome` is the word when the reply stands there.
    async fn conclude(
        &self,
        task: &ForwardTask,
        next: Run,
        row: &Row,
        outcome: &'static str,
    ) -> Result<Done, Problem> {
        match next {
            Run::Deliver { answer, from } => {
                let kept = serde_json::from_str(&answer).map_err(unwritten)?;
                let asked = row.received_at;
                let delivered = self.courier.deliver(task, kept, from, asked).await?;
                Ok(Done::with(delivered.unwrap_or(outcome)))
            }
            Run::Answered => Ok(Done::with(outcome)),
            Run::Gone => Ok(Done::with("gone")),
            Run::Held { until } => Err(held(until.since(self.clock.now()))),
            // Its lease is this run's although it ran: a write of its own was lost.
            Run::Go => Err(held(Duration::ZERO)),
        }
    }

    /// Once WeChat was told "success" and the answer is to come as a message, shows the user that it is being written.
    async fn show_typing(&self, task: &ForwardTask, row: &Row) {
        if task.delivery.messages == 0 || answerable(task) == Answerable::Never {
            return;
        }
        for after in TYPING_AFTER {
            self.clock.wait_until(row.received_at + after).await;
            let row = self.inbox.read(&task.id).await.ok().flatten();
            if row.is_some_and(|row| row.acknowledged_at.is_some()) {
                let job = SendJob::typing(&task.account, &task.id, &task.openid);
                if let Err(problem) = self.courier.queue_jobs(task, &[job]).await {
                    let outcome = problem.error_type();
                    tracing::warn!(outcome, detail = %problem, "typing not shown");
                }
                return;
            }
        }
    }
}

fn held(left: Duration) -> Problem {
    let ms = left.as_millis();
    let why = format!("another run has this push for {ms} ms more; try again when that is over");
    Problem::new("forward_held", 500, why)
}

/// What the push can be answered with.
fn answerable(task: &ForwardTask) -> Answerable {
    let text = |name: &str| task.push.get(name).and_then(Value::as_str);
    let kind = text("kind").unwrap_or_default();
    Answerable::of(kind, text("event"), &task.openid)
}
