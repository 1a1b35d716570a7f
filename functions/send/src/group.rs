//! A group of a batch: one lane's messages, one after the other.

use crate::{
    content::{Content, content},
    context::Context,
    release,
    turn::Turns,
};
use shared::{
    lambda::{Counts, Problem, QueueMessage},
    sends::lane::{Lane, Marker, lane_of},
    time::Timestamp,
};
use std::time::Duration;

/// Waits up to this long are waited in the batch; longer ones on the queue.
pub(crate) const SHORT: Duration = Duration::from_millis(2_500);
/// A message comes back from the queue this much before its time.
const EARLY: Duration = Duration::from_secs(1);
/// How long a group rests when something it needs is out of reach.
pub(crate) const TROUBLE: Duration = Duration::from_secs(5);
/// Longest time a message is hidden: less than the queue's twelve hours.
const LONGEST: Duration = Duration::from_secs(21_600);
/// How long a message stays away at least that was received more often than that: an
/// outage of eight days does not use up the 1,000 receives after which the queue gives it up. A try
/// may take two: one to learn its turn, one in it.
const RESTS: [(u32, Duration); 2] = [
    (200, Duration::from_secs(1_800)),
    (60, Duration::from_secs(60)),
];

/// What an invocation has to go by.
pub(crate) struct Batch {
    /// Who calls: new for each invocation.
    pub(crate) me: String,
    /// When the process may be stopped.
    pub(crate) deadline: Timestamp,
    /// No call is begun after this.
    pub(crate) last_start: Timestamp,
    pub(crate) counts: Counts,
}

/// What became of a message on the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// It leaves the queue.
    Done,
    /// It stays, and comes again at about that time.
    Hold(Timestamp),
    /// It stays and comes again a little before that time: its turn.
    Turn(Timestamp),
}

/// One lane's messages in one invocation.
pub(crate) struct Group<'a> {
    pub(crate) context: &'a Context,
    pub(crate) batch: &'a Batch,
    /// The FIFO group.
    pub(crate) name: &'a str,
    pub(crate) app_id: &'a str,
    pub(crate) lane: u16,
    pub(crate) turns: Turns,
    /// Messages of the batch that are left, this one included.
    pub(crate) left: u32,
    /// How long this one stays away at least if it must wait.
    pub(crate) rest: Duration,
}

/// How far a group came: so many messages are done, the rest comes again then.
pub(crate) struct Ended {
    pub(crate) done: usize,
    pub(crate) back_s: i32,
}

impl<'a> Group<'a> {
    pub(crate) fn new(context: &'a Context, batch: &'a Batch, name: &'a str) -> Self {
        let (app_id, lane) = lane_of(name).unwrap_or((name, 0));
        Self {
            context,
            batch,
            name,
            app_id,
            lane,
            turns: context.take_turns(name),
            left: 0,
            rest: Duration::ZERO,
        }
    }

    /// Does messages in order, up to the first that stays on the queue.
    pub(crate) async fn run(mut self, messages: &[QueueMessage]) -> Ended {
        let mut done = 0;
        let mut after = After::Done;
        for message in messages {
            self.left = u32::try_from(messages.len() - done).unwrap_or(1);
            self.rest = rest(message.attributes.approximate_receive_count);
            after = self.one(message).await;
            if after != After::Done {
                break;
            }
            done += 1;
        }
        let back = match after {
            After::Done => Duration::ZERO,
            After::Hold(at) => at.since(self.now()) + Duration::from_millis(999),
            After::Turn(at) => at.since(self.now() + EARLY),
        };
        let least = match after {
            After::Hold(_) => self.rest,
            // It would miss its turn each time.
            After::Done | After::Turn(_) => Duration::ZERO,
        };
        self.context.put_turns(self.name, self.turns);
        let back_s = back.clamp(least, LONGEST).as_secs();
        Ended {
            done,
            back_s: i32::try_from(back_s).unwrap_or(0),
        }
    }

    async fn one(&mut self, message: &QueueMessage) -> After {
        let outcome = match content(message) {
            Some(Content::Job(job)) => {
                let sequence = &message.attributes.sequence_number;
                self.message(&job, sequence).await
            }
            Some(Content::Marker(marker)) => self.marker(&marker).await,
            None => self.malformed(message).await,
        };
        outcome.unwrap_or_else(|problem| {
            let group = self.name;
            tracing::error!(group, outcome = problem.error_type(), detail = %problem, "send");
            After::Hold(self.now() + problem.retry_after().unwrap_or(TROUBLE))
        })
    }

    /// A message that does not read goes to the dead letters at once.
    async fn malformed(&self, message: &QueueMessage) -> Result<After, Problem> {
        tracing::error!(group = self.name, outcome = "poison", "send");
        let (id, body) = (&message.message_id, message.body.clone());
        self.context.put_dead_letter(self.name, id, body).await?;
        self.batch.counts.add("MessagesDead", "");
        Ok(After::Done)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.context.clock.now()
    }

    /// Everything before the marker is done: the lane opens, or goes round once more.
    async fn marker(&mut self, marker: &Marker) -> Result<After, Problem> {
        let (sends, now) = (&self.context.sends, self.now());
        if !self.turns.read(sends, self.name).await?.is_marked(marker) {
            return Ok(After::Done);
        }
        let empty = sends.parked(self.name, "", 1).await?.is_empty();
        let change = |lane: &Lane| {
            let next = if empty {
                lane.open()
            } else {
                lane.next_release(now)
            };
            lane.is_marked(marker).then_some(next)
        };
        self.turns.change(sends, self.name, change).await?;
        if !empty {
            let lane = self.turns.lane().clone();
            let stop = self.batch.last_start;
            release::put_back(self.context, self.name, &lane, stop).await?;
            self.turns.read(sends, self.name).await?;
        }
        Ok(After::Done)
    }
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
        while waited < Duration::from_secs(8 * 86_400) {
            received += 2;
            waited += rest(received).max(TROUBLE);
        }
        assert!(received < 1_000, "{received}");
        let minute = Duration::from_secs(60);
        assert_eq!((rest(60), rest(61)), (Duration::ZERO, minute));
    }
}
