//! Sees that the user gets what no attempt of WeChat gives.

mod delivered;

use delivered::Delivered;
pub(crate) use delivered::app_id;
use shared::{
    answers::{Kept, MOST_MESSAGES, answer_id},
    clock::{Clock, SharedClock},
    invocation::ForwardTask,
    lambda::{Context, Metric, SendQueue, emit_metrics},
    problem::Problem,
    sends::{Outgoing, SendJob},
    store::{Answers, Departure, Inbox},
    time::Timestamp,
};
use std::ops::Range;
use wechat_oa::callback::Reply;

/// What the pieces of that run are filed under: another run may get another answer.
pub(crate) fn set(task: &ForwardTask, runner: &str) -> String {
    answer_id(&format!("{}#{runner}", task.id))
}

/// Brings answers on their way.
pub(crate) struct Courier {
    inbox: Inbox,
    answers: Answers,
    queue: SendQueue,
    clock: SharedClock,
}

impl Courier {
    pub(crate) fn new(context: &mut Context) -> Self {
        Self {
            inbox: context.inbox(),
            answers: context.answers(),
            queue: context.send_queue(),
            clock: context.clock(),
        }
    }

    pub(crate) async fn put_pieces(
        &self,
        task: &ForwardTask,
        set: &str,
        pieces: &[Reply],
    ) -> Result<(), Problem> {
        let (app_id, now) = (app_id(task)?, self.clock.now());
        let put = self
            .answers
            .put_pieces(&app_id, &task.openid, set, pieces, now);
        Ok(put.await?)
    }

    /// Delivers the pieces behind the first `from`: service messages, as many as the account may send, and the rest to
    /// be collected. The word for it; none when there was nothing to deliver. Any number of times.
    pub(crate) async fn deliver(
        &self,
        task: &ForwardTask,
        kept: Kept,
        from: u32,
        asked: Timestamp,
    ) -> Result<Option<&'static str>, Problem> {
        let (set, pieces) = match kept {
            Kept::Pieces { set, pieces } => (set, pieces),
            Kept::Reply(Reply::Acknowledge) if from == 0 => {
                self.end_promise(task, asked).await?;
                return Ok(Some("nothing_to_say"));
            }
            Kept::Reply(reply) if from == 0 => {
                let set = set(task, "");
                self.put_pieces(task, &set, &[reply]).await?;
                (set, 1)
            }
            Kept::Reply(_) => return Ok(None),
        };
        if from >= pieces {
            self.end_promise(task, asked).await?;
            return Ok(None);
        }
        let delivered = Delivered::new(task, set, asked)?;
        let rest = (from + task.delivery.messages.min(MOST_MESSAGES)).min(pieces);
        let mut jobs = self.messages(&delivered, from, rest, pieces).await?;
        let is_sent = !jobs.is_empty();
        let word = match (rest == pieces, is_sent) {
            (false, _) => "late_waiting",
            (true, true) => "late_queued",
            (true, false) => "late_without_message",
        };
        if rest < pieces {
            // Behind messages it is `send` that says when the rest may be read: a user who writes before they left
            // would get the end first. Until then that user waits.
            let last = jobs.last_mut().and_then(|job| job.answer.as_mut());
            let ended = last.map(|last| last.then = Some(rest..pieces)).is_none();
            self.leave_to_collect(&delivered, rest..pieces, ended)
                .await?;
        }
        self.queue_jobs(task, &jobs).await?;
        Ok(Some(word))
    }

    /// Pieces as messages, in their order; those that are none are left out.
    async fn messages(
        &self,
        delivered: &Delivered<'_>,
        from: u32,
        to: u32,
        pieces: u32,
    ) -> Result<Vec<SendJob>, Problem> {
        let Delivered {
            task, app_id, set, ..
        } = delivered;
        let mut jobs = Vec::new();
        for number in from..to {
            let piece = self
                .answers
                .piece(app_id, &task.openid, set, number)
                .await?;
            let piece = piece.unwrap_or_default();
            let piece = match number + 1 == to && to < pieces {
                true => task.delivery.followed(piece),
                false => piece,
            };
            let (account, id, to_user) = (&task.account, &task.id, &task.openid);
            let place = delivered.piece(number);
            jobs.extend(SendJob::late_reply(
                account, id, to_user, place, &piece, task.ai,
            ));
        }
        Ok(jobs)
    }

    /// Notes that the rest of an answer is to come, so that the user's next message waits for it.
    pub(crate) async fn promise_rest(
        &self,
        task: &ForwardTask,
        runner: &str,
        asked: Timestamp,
    ) -> Result<(), Problem> {
        if task.delivery.messages > 0 {
            return Ok(());
        }
        let now = self.clock.now();
        let delivered = Delivered::new(task, set(task, runner), asked)?;
        let added = delivered.promised(1, now);
        let app_id = &delivered.app_id;
        Ok(self.answers.add(app_id, &task.openid, added, now).await?)
    }

    /// Nothing is to be collected after all: the user's next message need not wait for what an attempt promised.
    async fn end_promise(&self, task: &ForwardTask, asked: Timestamp) -> Result<(), Problem> {
        if task.delivery.messages > 0 {
            return Ok(());
        }
        let now = self.clock.now();
        let delivered = Delivered::new(task, String::new(), asked)?;
        let added = delivered.added(0, 0, now);
        let app_id = &delivered.app_id;
        Ok(self.answers.add(app_id, &task.openid, added, now).await?)
    }

    /// Leaves pieces to be collected, or promises them. A user who left meanwhile does not find them.
    async fn leave_to_collect(
        &self,
        delivered: &Delivered<'_>,
        pieces: Range<u32>,
        ended: bool,
    ) -> Result<(), Problem> {
        let (task, app_id) = (delivered.task, &delivered.app_id);
        let now = self.clock.now();
        let added = match ended {
            true => delivered.added(pieces.start, pieces.end, now),
            false => delivered.promised(pieces.start, now),
        };
        self.answers.add(app_id, &task.openid, added, now).await?;
        count(&*self.clock, &task.account, "AnswersWaiting");
        if self.inbox.read(&task.id).await?.is_none() {
            let left = Departure::after(now);
            self.answers.erase(app_id, &task.openid, left).await?;
        }
        Ok(())
    }

    pub(crate) async fn queue_jobs(
        &self,
        task: &ForwardTask,
        jobs: &[SendJob],
    ) -> Result<(), Problem> {
        let message = |job: &SendJob| {
            let (group, id) = (task.message_group.clone(), job.client_msg_id.clone());
            Outgoing::job(group, id, job).map_err(unwritten)
        };
        let messages = jobs.iter().map(message).collect::<Result<Vec<_>, _>>()?;
        if messages.is_empty() {
            return Ok(());
        }
        Ok(self.queue.put(&messages).await?)
    }
}

/// Counts one more of a metric.
pub(crate) fn count(clock: &dyn Clock, account: &str, name: &'static str) {
    let metric = Metric::count(name, 1);
    emit_metrics(clock.now(), &[], &[("account", account)], &[metric]);
}

pub(crate) fn unwritten(error: serde_json::Error) -> Problem {
    let why = format!("the reply cannot be written: {error}");
    Problem::new("forward_unwritten", 500, why)
}
