//! One lane's messages in one invocation, one after the other.

use super::{
    content::Content,
    context::{Arrived, Outside, Worker},
    message::Message,
    pacer::Pacer,
    release,
};
use crate::{
    problem::Problem,
    sends::{
        Outgoing, Record, SendJob,
        lane::{Lane, LaneId, Marker},
        record::Claim,
        secs,
        verdict::Verdict,
    },
    time::Timestamp,
};
use serde_json::Value;
use std::time::Duration;

/// Waits up to this long are waited in the batch; longer ones on the queue.
pub(super) const SHORT: Duration = Duration::from_millis(2_500);
/// How much earlier than its turn a message comes back.
const EARLY: Duration = secs(1);
/// How long a lane rests when something it needs is out of reach.
pub(super) const TROUBLE: Duration = secs(5);
/// Longest time a message is hidden: less than the queue's twelve hours.
const LONGEST: Duration = secs(21_600);
/// How long a message stays away at least that was received more often than that: an
/// outage of eight days does not use up the 1,000 receives after which the queue gives it up. A try
/// may take two: one to learn its turn, one in it.
const RESTS: [(u32, Duration); 2] = [(200, secs(1_800)), (60, secs(60))];

/// How often the fate of a call is written down, and the pause between.
const WRITES: usize = 4;
const WRITE_AGAIN: Duration = Duration::from_millis(300);

/// What became of a message on the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// It leaves the queue.
    Done,
    /// It stays, and comes again at about that time.
    Hold(Timestamp),
    /// It stays and comes again a little before that time: its turn.
    Turn(Timestamp),
}

/// How far a lane came: so many messages are done, the rest comes again then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Messages that are done, from the first.
    pub done: usize,
    /// How long the others stay away, in seconds.
    pub back_s: i32,
}

pub(super) struct LaneRun<'w, O> {
    pub(super) worker: &'w Worker<'w, O>,
    pub(super) id: &'w LaneId,
    pub(super) pacer: Pacer,
    /// Messages that are left, this one included.
    pub(super) left: u32,
    /// How long this one stays away at least if it must wait.
    pub(super) rest: Duration,
}

impl<'w, O: Outside> LaneRun<'w, O> {
    pub(super) fn new(worker: &'w Worker<'w, O>, id: &'w LaneId) -> Self {
        Self {
            worker,
            id,
            pacer: worker.pacers.take(worker.sends, id),
            left: 0,
            rest: Duration::ZERO,
        }
    }

    pub(super) async fn run(mut self, messages: &[Arrived<'_>]) -> Ended {
        let mut done = 0;
        let mut after = After::Done;
        for message in messages {
            self.left = u32::try_from(messages.len() - done).unwrap_or(1);
            self.rest = rest(message.received);
            after = self.one(message).await;
            if after != After::Done {
                break;
            }
            done += 1;
        }
        let now = self.worker.clock.now();
        let back = match after {
            After::Done => Duration::ZERO,
            After::Hold(at) => (at.since(now) + Duration::from_millis(999)).max(self.rest),
            // At rest it would miss its turn each time.
            After::Turn(at) => at.since(now + EARLY),
        };
        self.worker.pacers.put(self.pacer);
        let back_s = i32::try_from(back.min(LONGEST).as_secs()).unwrap_or(0);
        Ended { done, back_s }
    }

    async fn one(&mut self, message: &Arrived<'_>) -> After {
        let outcome = match Content::read(message.body) {
            Some(Content::Job(job)) => Message::run(self, &job, message.sequence).await,
            Some(Content::Marker(marker)) => self.marker(&marker).await,
            None => {
                let group = self.id.to_string();
                let put = put_malformed(self.worker, &group, message);
                put.await.map(|()| After::Done)
            }
        };
        outcome.unwrap_or_else(|problem| {
            tracing::error!(lane = %self.id, outcome = problem.error_type(), detail = %problem, "send");
            After::Hold(self.worker.clock.now() + problem.retry_after().unwrap_or(TROUBLE))
        })
    }

    /// Whether a wait until then can be waited here.
    pub(super) fn fits(&self, at: Timestamp) -> bool {
        let short = at.since(self.worker.clock.now()) < SHORT;
        self.rest.is_zero() && short && at < self.worker.last_start
    }

    pub(super) fn claim(&self) -> Claim<'_> {
        Claim {
            me: self.worker.me,
            until: self.worker.deadline,
            now: self.worker.clock.now(),
        }
    }

    /// Puts a message into the dead letters: its id, without what names the user or what was written to
    /// them, for a dead letter of a FIFO queue cannot be erased. The row has the rest.
    pub(super) async fn bury(&self, row: &Record, job: &SendJob) -> Result<(), Problem> {
        let id = format!("{}/dead", row.deduplication_id());
        let nameless = SendJob {
            to_user: String::new(),
            body: Value::Null,
            filed: None,
            unfiled: false,
            ..job.clone()
        };
        let letter = Outgoing::of(self.id.to_string(), id, nameless.to_text()?);
        self.worker.outside.put_dead_letter(letter).await
    }

    /// The message is out whether or not this write succeeds: it is tried more than once.
    pub(super) async fn record(
        &self,
        row: &Record,
        verdict: &Verdict,
        until: Timestamp,
    ) -> Result<Option<Record>, Problem> {
        let Self { worker, .. } = self;
        let mut tries = 0;
        loop {
            tries += 1;
            let now = worker.clock.now();
            let settled = worker.sends.settle(row, verdict, until, worker.me, now);
            match settled.await {
                Err(error) if tries < WRITES => {
                    tracing::warn!(outcome = error.error_type(), "settle");
                    worker.clock.wait(WRITE_AGAIN).await;
                }
                settled => return Ok(settled?),
            }
        }
    }

    /// The message is settled: what follows it of an answer may be read, and it leaves.
    pub(super) async fn end(&self, job: &SendJob, place: &str) -> Result<After, Problem> {
        if let Some(piece) = &job.answer {
            let (app_id, outside) = (&self.id.app_id, self.worker.outside);
            outside.leave_rest(app_id, &job.to_user, piece).await?;
        }
        self.leave(job, place).await
    }

    /// The message is done, or was erased: it gives up its place, if it was parked.
    pub(super) async fn leave(&self, job: &SendJob, place: &str) -> Result<After, Problem> {
        if job.released.is_some() {
            self.worker.sends.leave(self.id, place).await?;
        }
        Ok(After::Done)
    }

    /// Everything before the marker is done: the lane opens, or goes round once more.
    async fn marker(&mut self, marker: &Marker) -> Result<After, Problem> {
        let (sends, now) = (self.worker.sends, self.worker.clock.now());
        if !self.pacer.read().await?.is_marked(marker) {
            return Ok(After::Done);
        }
        let empty = sends.parked(self.id, "", 1).await?.is_empty();
        let change = |lane: &Lane| {
            let next = match empty {
                true => lane.open(),
                false => lane.next_round(now).0,
            };
            lane.is_marked(marker).then_some(next)
        };
        let goes_on = !empty && self.pacer.lane().next_round(now).1;
        self.pacer.change(change).await?;
        if goes_on {
            release::put_back(self.worker, self.id, self.pacer.lane()).await?;
            self.pacer.read().await?;
        }
        Ok(After::Done)
    }
}

/// A message that does not read goes to the dead letters at once.
pub(super) async fn put_malformed<O: Outside>(
    worker: &Worker<'_, O>,
    group: &str,
    message: &Arrived<'_>,
) -> Result<(), Problem> {
    tracing::error!(group, outcome = "malformed", "send");
    let (id, body) = (message.id.to_owned(), message.body.to_owned());
    let letter = Outgoing::of(group.to_owned(), id, body);
    worker.outside.put_dead_letter(letter).await?;
    worker.outside.count("MessagesDead", "", "");
    Ok(())
}

/// How long a message rests at least that is still waiting after it was received so often.
fn rest(received: u32) -> Duration {
    let rest = RESTS.iter().find(|(often, _)| received > *often);
    rest.map_or(Duration::ZERO, |(_, rest)| *rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_of_a_week_leaves_receives_over() {
        let (mut waited, mut received) = (Duration::ZERO, 0);
        while waited < secs(8 * 86_400) {
            received += 2;
            waited += rest(received).max(TROUBLE);
        }
        assert!(received < 1_000, "{received}");
        let minute = secs(60);
        assert_eq!((rest(60), rest(61)), (Duration::ZERO, minute));
    }
}
