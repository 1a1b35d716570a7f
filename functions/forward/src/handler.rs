//! Has a push answered and files its answer.

use crate::{
    courier::{Courier, count, set, unwritten},
    opening::{Heard, Opening},
    source::{Failure, Sources},
    task::{answerable, shown},
};
use serde::Serialize;
use shared::{
    answers::Kept,
    clock::SharedClock,
    inbox::{ATTEMPTS_END, Row, Run, is_late, next_run},
    invocation::ForwardTask,
    lambda::{Accounts, Context, Invocation, Metric, Unit, emit_metrics, log_id},
    problem::Problem,
    router::Source,
    sends::SendJob,
    store::{Inbox, Outcome},
    time::{Timestamp, millis},
};
use std::time::Duration;
use wechat_oa::callback::{ACKNOWLEDGEMENT, Answerable, Change, Reply};

/// Kept back from the function's time-out for filing the answer.
const FILING: Duration = Duration::from_secs(5);

/// How long a run has its push for itself, unless it says that it still works; less than the minute after which Lambda
/// runs a task again that failed.
const LEASE: Duration = Duration::from_secs(55);
/// How often it says so.
const RENEW: Duration = Duration::from_secs(40);

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
    /// What the user has got before them.
    opening: Option<Opening>,
    /// The state of the row.
    state: &'static str,
    /// Why it is not the source's own answer.
    detail: Option<String>,
}

/// Runs slow rules. A task that is not done Lambda tries twice more, then it lies in the dead
/// letters.
pub struct Handler {
    pub(crate) inbox: Inbox,
    pub(crate) clock: SharedClock,
    pub(crate) courier: Courier,
    pub(crate) sources: Sources,
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
        let end = lease_end(now, deadline);
        let begun = (self.inbox).begin(&task.id, &task.owner, runner, now, end);
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
                opening: None,
                state: "replied",
                detail: None,
            });
        }
        let said = self.listen(task, runner, row, until);
        tokio::pin!(said);
        let beside = async {
            tokio::join!(
                self.show_typing(task, row),
                self.keep_lease(task, runner, until)
            )
        };
        let said = tokio::select! {
            biased;
            said = &mut said => said,
            _ = beside => said.await,
        };
        let (failure, cause) = match said {
            Ok(heard) => return Ok(self.judge(task, heard)),
            Err(Failure::Slow { why }) => (Problem::new("forward_slow", 500, why), "slow"),
            Err(Failure::Failed { cause, why }) => {
                (Problem::new("forward_failed", 500, why), cause)
            }
        };
        count(&*self.clock, &task.account, "AnswersFailed");
        match &task.fallback {
            Some(fallback) => Ok(Judged {
                replies: vec![fallback.clone()],
                opening: Opening::of(row),
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

    /// What is no reply would be no better the next time: the rule's `fallback` stands for it.
    fn judge(&self, task: &ForwardTask, Heard { reply, opening }: Heard) -> Judged {
        let reply = reply.map(|reply| match reply {
            Reply::Text { content } => Reply::from(shown(task, &content)),
            reply => reply,
        });
        let reason = match reply {
            Ok(reply) if reply.is_usable(answerable(task)) => {
                return Judged {
                    replies: vec![reply],
                    opening,
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
            opening,
            state: "unusable",
            detail: Some(format!("the answer of '{}': {reason}", task.source.name())),
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
        let opening = judged.opening.as_ref();
        let before = opening.map(|opening| opening.piece(task));
        let (pieces, change) = (task.delivery).all_pieces(before, judged.replies, answerable(task));
        if change == Some(Change::Cut) {
            count(&*self.clock, &task.account, "RepliesCut");
        }
        let kept = match opening {
            Some(_) => self.keep_pieces(task, runner, &pieces).await?,
            None => self.keep(task, runner, &pieces).await?,
        };
        let now = self.clock.now();
        let clear = match opening {
            Some(opening) => opening.clear.clone(),
            None => first_reply(task, &pieces, now),
        };
        let written = Outcome {
            reply: &clear,
            answer: &serde_json::to_string(&kept).map_err(unwritten)?,
            state: judged.state,
            late: is_late(row, now).then_some(now),
        };
        let row = self.inbox.finish(&task.id, runner, &written).await?;
        if opening.is_none() && !pieces.is_empty() {
            self.took(task, &row);
        }
        let outcome = match (row.lease_owner.as_deref() == Some(runner), judged.state) {
            (false, _) => "answered",
            (true, "replied") if pieces.is_empty() => "nothing_to_say",
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
            pieces => self.keep_pieces(task, runner, pieces).await,
        }
    }

    async fn keep_pieces(
        &self,
        task: &ForwardTask,
        runner: &str,
        pieces: &[Reply],
    ) -> Result<Kept, Problem> {
        let set = set(task, runner);
        self.courier.put_pieces(task, &set, pieces).await?;
        let pieces = u32::try_from(pieces.len()).unwrap_or(u32::MAX);
        Ok(Kept::Pieces { set, pieces })
    }

    /// Keeps the lease of a source that takes its time. Of a run that is killed it ends before Lambda runs the task
    /// again, which is [a minute later](https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html).
    async fn keep_lease(&self, task: &ForwardTask, runner: &str, until: Timestamp) {
        loop {
            let now = self.clock.now();
            self.clock.wait_until((now + RENEW).min(until)).await;
            let now = self.clock.now();
            if now >= until {
                return;
            }
            let end = lease_end(now, until + FILING);
            let kept = self.inbox.begin(&task.id, &task.owner, runner, now, end);
            // One that is lost is told when the answer is filed.
            drop(kept.await);
        }
    }

    /// Counts how long a user waited.
    pub(crate) fn took(&self, task: &ForwardTask, row: &Row) {
        let now = self.clock.now();
        let value = now.since(row.received_at).as_secs_f64();
        let (name, unit) = ("AnswerSeconds", Unit::Seconds);
        let account = [("account", task.account.as_str())];
        emit_metrics(now, &[], &account, &[Metric { name, unit, value }]);
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

/// The reply that an attempt gives, in clear.
fn first_reply(task: &ForwardTask, pieces: &[Reply], now: Timestamp) -> String {
    let first = match pieces {
        [] => return ACKNOWLEDGEMENT.to_owned(),
        [first, _, ..] if task.delivery.messages == 0 => task.delivery.followed(first.clone()),
        [first, ..] => first.clone(),
    };
    first.render(&task.openid, &task.original_id, now.as_secs())
}

fn lease_end(now: Timestamp, deadline: Timestamp) -> Timestamp {
    (now + LEASE).min(deadline)
}
