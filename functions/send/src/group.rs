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
};

/// Waits up to this long are waited in the batch, in milliseconds; longer ones on the queue.
pub(crate) const SHORT_MS: i64 = 2_500;
/// A message comes back from the queue this much before its time, in milliseconds.
const EARLY_MS: i64 = 1_000;
/// How long a group rests when something it needs is out of reach, in milliseconds.
pub(crate) const TROUBLE_MS: i64 = 5_000;
/// Longest time a message is hidden, in seconds: less than the queue's twelve hours.
const LONGEST_S: i64 = 21_600;
/// How long, in seconds, a message stays away at least that was received more often than that: an
/// outage of eight days does not use up the 1,000 receives after which the queue gives it up. A try
/// may take two: one to learn its turn, one in it.
const RESTS_S: [(u32, i64); 2] = [(200, 1_800), (60, 60)];

/// What an invocation has to go by.
pub(crate) struct Batch {
    /// Who calls: new for each invocation.
    pub(crate) me: String,
    /// When the process may be stopped, in milliseconds since 1970.
    pub(crate) deadline_ms: i64,
    /// No call is begun after this.
    pub(crate) last_start_ms: i64,
    pub(crate) counts: Counts,
}

/// What became of a message on the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// It leaves the queue.
    Done,
    /// It stays, and comes again at about that time, in milliseconds since 1970.
    Hold(i64),
    /// It stays and comes again a little before that time: its turn.
    Turn(i64),
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
    /// How long this one stays away at least if it must wait, in seconds.
    pub(crate) rest_s: i64,
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
            rest_s: 0,
        }
    }

    /// Does messages in order, up to the first that stays on the queue.
    pub(crate) async fn run(mut self, messages: &[QueueMessage]) -> Ended {
        let mut done = 0;
        let mut after = After::Done;
        for message in messages {
            self.left = u32::try_from(messages.len().saturating_sub(done)).unwrap_or(1);
            self.rest_s = rest_s(message.attributes.approximate_receive_count);
            after = self.one(message).await;
            if after != After::Done {
                break;
            }
            done = done.saturating_add(1);
        }
        let back_ms = match after {
            After::Done => 0,
            After::Hold(at_ms) => at_ms.saturating_sub(self.now_ms()).saturating_add(999),
            After::Turn(at_ms) => at_ms.saturating_sub(self.now_ms()).saturating_sub(EARLY_MS),
        };
        let least_s = match after {
            After::Hold(_) => self.rest_s,
            // It would miss its turn each time.
            After::Done | After::Turn(_) => 0,
        };
        self.context.put_turns(self.name, self.turns);
        let back_s = (back_ms / 1000).clamp(least_s, LONGEST_S);
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
            let rest = problem.retry_after();
            let rest_ms = rest.and_then(|rest| i64::try_from(rest.as_millis()).ok());
            let rest_ms = rest_ms.unwrap_or(TROUBLE_MS);
            After::Hold(self.now_ms().saturating_add(rest_ms))
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

    pub(crate) fn now_ms(&self) -> i64 {
        self.context.clock.now_ms()
    }

    /// Everything before the marker is done: the lane opens, or goes round once more.
    async fn marker(&mut self, marker: &Marker) -> Result<After, Problem> {
        let (sends, now_ms) = (&self.context.sends, self.now_ms());
        if !self.turns.read(sends, self.name).await?.is_marked(marker) {
            return Ok(After::Done);
        }
        let empty = sends.parked(self.name, "", 1).await?.is_empty();
        let change = |lane: &Lane| {
            let next = if empty {
                lane.open()
            } else {
                lane.next_release(now_ms)
            };
            lane.is_marked(marker).then_some(next)
        };
        self.turns.change(sends, self.name, change).await?;
        if !empty {
            let lane = self.turns.lane().clone();
            let stop_ms = self.batch.last_start_ms;
            release::put_back(self.context, self.name, &lane, stop_ms).await?;
            self.turns.read(sends, self.name).await?;
        }
        Ok(After::Done)
    }
}

/// How long a message rests at least that is still waiting after it was received so often.
fn rest_s(received: u32) -> i64 {
    let rest = RESTS_S.iter().find(|(often, _)| received > *often);
    rest.map_or(0, |(_, rest_s)| *rest_s)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_of_a_week_leaves_receives_over() {
        let (mut waited_s, mut received) = (0, 0);
        while waited_s < 8 * 86_400 {
            received += 2;
            waited_s += rest_s(received).max(TROUBLE_MS / 1000);
        }
        assert!(received < 1_000, "{received}");
        assert_eq!((rest_s(60), rest_s(61)), (0, 60));
    }
}
