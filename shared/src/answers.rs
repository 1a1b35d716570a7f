//! Answers that wait for the user to collect them: those too long for one message, and those that came too late on an
//! account that may send none.
//!
//! Of each user there is one row with the answers that wait, oldest first. What the user sends next collects the next
//! piece: it is noted there which push got it, so that the push's repeats get the same, and nobody else.

mod delivery;
pub mod opening;
pub mod pieces;

pub use delivery::{Delivery, Kept, MOST_MESSAGES, PieceOf, answer_id};

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::{ops::Range, time::Duration};

/// How long an answer waits for its user.
pub const KEEP: Duration = Duration::from_secs(2 * 86_400);
/// How long a user's next message waits for an answer that was promised: `forward` is tried for that long.
pub const PROMISED: Duration = Duration::from_secs(600);
/// How long it is remembered which push got which piece: longer than WeChat repeats.
const REPEATS: Duration = Duration::from_secs(60);

/// The answers of one user that wait.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uncollected {
    #[serde(default)]
    pub version: u64,
    /// In the order in which they were asked for; those that are collected stay until their end, so that none is
    /// added twice.
    #[serde(default)]
    answers: Vec<Waiting>,
    /// What was collected lately.
    #[serde(default)]
    given: Vec<Given>,
}

/// An answer that waits, or will.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Waiting {
    id: String,
    /// What its pieces are filed under; empty while there is none.
    set: String,
    #[serde(rename = "asked_ms")]
    asked: Timestamp,
    /// The first piece of it when it was added.
    from: u32,
    /// The first piece that nobody got, from 0.
    next: u32,
    /// How many there are so far.
    pieces: u32,
    /// Whether there will be no more.
    ended: bool,
    /// When it is forgotten.
    #[serde(rename = "until_ms")]
    until: Timestamp,
}

/// A piece that a push got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// The push, by the key of its row.
    pub push: String,
    /// What the answer's pieces are filed under.
    pub set: String,
    /// Its piece, from 0.
    pub piece: u32,
    /// Whether more is to come.
    pub more: bool,
    #[serde(rename = "at_ms")]
    pub at: Timestamp,
}

/// What a push collects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Collecting {
    /// This, which it or its repeat got before.
    Had(Given),
    /// This, once the row is written so.
    Takes(Given, Box<Uncollected>),
    /// An answer that is being worked out: look again.
    Waits,
    /// Nothing: no answer waits.
    Nothing,
}

/// An answer as it is added.
#[derive(Debug, Clone, Copy)]
pub struct Added<'a> {
    /// Tells this answer from every other one to the user.
    pub id: &'a str,
    /// What its pieces are filed under.
    pub set: &'a str,
    /// When the user asked.
    pub asked: Timestamp,
    /// The first piece to collect; those before it went another way.
    pub from: u32,
    /// How many pieces there are so far.
    pub pieces: u32,
    /// Whether there will be no more.
    pub ended: bool,
    /// When it is forgotten.
    pub until: Timestamp,
}

impl PieceOf {
    /// Pieces of its answer, all there, as they are added to those that wait.
    pub fn added<'a>(&'a self, id: &'a str, pieces: Range<u32>, now: Timestamp) -> Added<'a> {
        Added {
            id,
            set: &self.set,
            asked: self.asked,
            from: pieces.start,
            pieces: pieces.end,
            ended: true,
            until: now + KEEP,
        }
    }
}

impl Uncollected {
    /// The row with an answer, or with more of it; `None` where that changes nothing. An answer that is there stays
    /// in its place, and what of it was collected stays collected.
    pub fn added(&self, added: Added<'_>, now: Timestamp) -> Option<Self> {
        let mut row = self.next_version(now);
        let answer = Waiting {
            id: added.id.to_owned(),
            set: added.set.to_owned(),
            asked: added.asked,
            from: added.from,
            next: added.from,
            pieces: added.pieces,
            ended: added.ended,
            until: added.until,
        };
        match row.answers.iter_mut().find(|known| known.id == added.id) {
            None => row.answers.push(answer),
            Some(known) if known.ended => return None,
            Some(known) if known.pieces == 0 => *known = answer,
            Some(known) => {
                // Another run may say the rest, and files it elsewhere.
                if known.next >= known.pieces {
                    known.set = answer.set;
                }
                known.pieces = known.pieces.max(added.pieces);
                known.ended = added.ended;
                known.until = added.until;
            }
        }
        row.answers
            .sort_by_key(|answer| (answer.asked, answer.from));
        (row.answers != self.answers).then_some(row)
    }

    /// What the push of that row collects now.
    pub fn collect(&self, push: &str, now: Timestamp) -> Collecting {
        if let Some(given) = self.given.iter().find(|given| given.push == push) {
            return Collecting::Had(given.clone());
        }
        let mut row = self.next_version(now);
        let waits = |answer: &&mut Waiting| answer.next < answer.pieces || !answer.ended;
        let Some(answer) = row.answers.iter_mut().find(waits) else {
            return Collecting::Nothing;
        };
        if answer.next >= answer.pieces {
            return Collecting::Waits;
        }
        let given = Given {
            push: push.to_owned(),
            set: answer.set.clone(),
            piece: answer.next,
            more: answer.next + 1 < answer.pieces || !answer.ended,
            at: now,
        };
        answer.next += 1;
        row.given.push(given.clone());
        Collecting::Takes(given, Box::new(row))
    }

    /// When the last of it was asked for.
    pub fn asked(&self) -> Timestamp {
        let asked = self.answers.iter().map(|answer| answer.asked);
        asked.max().unwrap_or_default()
    }

    /// When the last of it is forgotten.
    pub fn ends(&self) -> Timestamp {
        let ends = self.answers.iter().map(|answer| answer.until);
        ends.max().unwrap_or_default()
    }

    fn next_version(&self, now: Timestamp) -> Self {
        let mut row = self.clone();
        row.version += 1;
        row.answers.retain(|answer| answer.until > now);
        row.given.retain(|given| given.at + REPEATS > now);
        row
    }
}

#[cfg(test)]
mod tests;
