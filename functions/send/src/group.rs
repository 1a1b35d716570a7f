//! A group of a batch: one lane's messages, one after the other.

use crate::{
    event::{Content, Message},
    handler::Handler,
    tally::Tally,
    turn::{Trouble, Turns},
};
use shared::{
    lambda::{AccountsError, QueueError, clock},
    sends::lane::{Marker, lane_of},
    store::StoreError,
};
use thiserror::Error;

/// Waits up to this long are waited in the batch, in milliseconds; longer ones on the queue.
pub(crate) const SHORT_MS: i64 = 2_500;
/// A message comes back from the queue this much before its time, in milliseconds.
const EARLY_MS: i64 = 1_000;
/// How long a group rests when something it needs is out of reach, in milliseconds.
pub(crate) const TROUBLE_MS: i64 = 5_000;
/// How long when somebody has to set something right first, in milliseconds.
const FIX_MS: i64 = 60_000;
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
    pub(crate) tally: Tally,
}

/// Why a group does not go on.
#[derive(Debug, Error)]
pub(crate) enum Failed {
    #[error(transparent)]
    Account(#[from] AccountsError),
    #[error(transparent)]
    Lane(#[from] Trouble),
    #[error(transparent)]
    Queue(#[from] QueueError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a message does not serialize: {0}")]
    Encode(#[from] serde_json::Error),
}

impl Failed {
    pub(crate) fn error_type(&self) -> &'static str {
        match self {
            Self::Account(error) => error.error_type(),
            Self::Lane(Trouble::Store(error)) | Self::Store(error) => error.error_type(),
            Self::Lane(Trouble::Pace(_)) => "malformed_pace",
            Self::Lane(Trouble::Contended) => "lane_contended",
            Self::Queue(error) => error.error_type(),
            Self::Encode(_) => "not_encoded",
        }
    }

    fn rest_ms(&self) -> i64 {
        match self {
            Self::Account(AccountsError::Malformed { .. } | AccountsError::Setting(_))
            | Self::Lane(Trouble::Pace(_)) => FIX_MS,
            _ => TROUBLE_MS,
        }
    }
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
    pub(crate) handler: &'a Handler,
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
    pub(crate) fn new(handler: &'a Handler, batch: &'a Batch, name: &'a str) -> Self {
        let (app_id, lane) = lane_of(name).unwrap_or((name, 0));
        Self {
            handler,
            batch,
            name,
            app_id,
            lane,
            turns: handler.take_turns(name),
            left: 0,
            rest_s: 0,
        }
    }

    /// Does messages in order, up to the first that stays on the queue.
    pub(crate) async fn run(mut self, messages: &[Message]) -> Ended {
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
        self.handler.put_turns(self.name, self.turns);
        let back_ms = match after {
            After::Done => 0,
            After::Hold(at_ms) => at_ms.saturating_sub(clock::now_ms()).saturating_add(999),
            After::Turn(at_ms) => at_ms
                .saturating_sub(clock::now_ms())
                .saturating_sub(EARLY_MS),
        };
        let least_s = match after {
            After::Hold(_) => self.rest_s,
            // It would miss its turn each time.
            After::Done | After::Turn(_) => 0,
        };
        let back_s = (back_ms / 1000).clamp(least_s, LONGEST_S);
        Ended {
            done,
            back_s: i32::try_from(back_s).unwrap_or(0),
        }
    }

    async fn one(&mut self, message: &Message) -> After {
        let outcome = match message.content() {
            Some(Content::Job(job)) => {
                let sequence = &message.attributes.sequence_number;
                self.message(&job, sequence).await
            }
            Some(Content::Marker(marker)) => self.marker(&marker).await,
            None => self.poison(message).await,
        };
        outcome.unwrap_or_else(|error| {
            let group = self.name;
            tracing::error!(group, outcome = error.error_type(), detail = %error, "send");
            After::Hold(clock::now_ms().saturating_add(error.rest_ms()))
        })
    }

    /// A message that does not read goes to the dead letters at once.
    async fn poison(&self, message: &Message) -> Result<After, Failed> {
        tracing::error!(group = self.name, outcome = "poison", "send");
        self.handler
            .bury(self.name, &message.message_id, message.body.clone())
            .await?;
        self.batch.tally.poisoned();
        Ok(After::Done)
    }

    /// Everything before the marker is done: the lane opens, or goes round once more.
    async fn marker(&mut self, marker: &Marker) -> Result<After, Failed> {
        let (sends, now_ms) = (&self.handler.sends, clock::now_ms());
        if !self.turns.read(sends, self.name).await?.is_marked(marker) {
            return Ok(After::Done);
        }
        let empty = sends.parked(self.name, "", 1).await?.is_empty();
        let change = |lane: &shared::sends::lane::Lane| {
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
            self.handler
                .put_back(self.name, &lane, self.batch.last_start_ms)
                .await?;
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
