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
mod tests {
    use super::*;
    use crate::time::ms;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const NOW: Timestamp = Timestamp::from_secs(1_767_000_000);

    fn whole(id: &str, pieces: u32) -> Added<'_> {
        Added {
            id,
            set: id,
            asked: NOW,
            from: 0,
            pieces,
            ended: true,
            until: NOW + KEEP,
        }
    }

    fn promised(id: &str) -> Added<'_> {
        Added {
            ended: false,
            ..whole(id, 0)
        }
    }

    fn add(row: &mut Uncollected, added: Added<'_>) {
        if let Some(next) = row.added(added, NOW) {
            *row = next;
        }
    }

    /// What the push gets, and the row after it.
    fn take(row: &mut Uncollected, push: &str, now: Timestamp) -> Option<(String, u32)> {
        let given = match row.collect(push, now) {
            Collecting::Had(given) => given,
            Collecting::Takes(given, next) => {
                *row = *next;
                given
            }
            Collecting::Waits | Collecting::Nothing => return None,
        };
        Some((given.set, given.piece))
    }

    #[test]
    fn each_push_collects_the_next_piece_and_its_repeats_the_same() {
        let mut row = Uncollected::default();
        add(&mut row, whole("a", 2));
        add(&mut row, whole("b", 1));
        let piece = |id: &str, n| Some((id.to_owned(), n));
        assert_eq!(take(&mut row, "p1", NOW), piece("a", 0));
        assert_eq!(take(&mut row, "p2", NOW), piece("a", 1));
        assert_eq!(take(&mut row, "p1", NOW), piece("a", 0));
        assert_eq!(take(&mut row, "p3", NOW), piece("b", 0));
        assert_eq!(row.collect("p4", NOW), Collecting::Nothing);
        assert_eq!(
            row.added(whole("a", 2), NOW),
            None,
            "a runner that comes again adds nothing"
        );
    }

    #[test]
    fn a_promised_answer_is_waited_for_and_keeps_its_place() {
        let mut row = Uncollected::default();
        add(&mut row, promised("a"));
        add(
            &mut row,
            Added {
                asked: NOW + ms(1),
                ..whole("b", 1)
            },
        );
        assert_eq!(row.collect("p1", NOW), Collecting::Waits);
        add(
            &mut row,
            Added {
                from: 1,
                ..whole("a", 3)
            },
        );
        add(&mut row, promised("a"));
        let order: Vec<_> = ["p1", "p2", "p3"]
            .map(|push| take(&mut row, push, NOW))
            .into();
        let order: Vec<_> = order
            .into_iter()
            .flatten()
            .map(|(id, n)| format!("{id}{n}"))
            .collect();
        assert_eq!(order, ["a1", "a2", "b0"]);
    }

    #[test]
    fn what_was_asked_first_is_read_first() {
        let mut row = Uncollected::default();
        add(
            &mut row,
            Added {
                from: 5,
                ..whole("rest", 6)
            },
        );
        add(
            &mut row,
            Added {
                asked: NOW + ms(1),
                ..whole("next", 1)
            },
        );
        // A message that WeChat would not take, of the first answer.
        add(
            &mut row,
            Added {
                from: 4,
                set: "rest",
                ..whole("rest/4", 5)
            },
        );
        let order: Vec<_> = ["p1", "p2", "p3"]
            .map(|push| take(&mut row, push, NOW))
            .into();
        let order: Vec<_> = order
            .into_iter()
            .flatten()
            .map(|(id, n)| format!("{id}{n}"))
            .collect();
        assert_eq!(order, ["rest4", "rest5", "next0"]);
    }

    #[test]
    fn a_stream_is_collected_as_it_comes() {
        let mut row = Uncollected::default();
        let some = |pieces, ended| Added {
            ended,
            ..whole("a", pieces)
        };
        add(&mut row, some(1, false));
        let Collecting::Takes(given, next) = row.collect("p1", NOW) else {
            panic!()
        };
        assert!(given.more);
        row = *next;
        assert_eq!(row.collect("p2", NOW), Collecting::Waits);
        add(&mut row, some(2, true));
        let Collecting::Takes(given, _) = row.collect("p2", NOW) else {
            panic!()
        };
        assert!(!given.more && given.piece == 1);
    }

    #[test]
    fn the_rest_of_a_stream_is_where_its_last_run_filed_it() {
        let mut row = Uncollected::default();
        let opened = Added {
            from: 1,
            ended: false,
            ..whole("a", 1)
        };
        add(&mut row, opened);
        let rest = Added {
            set: "again",
            from: 1,
            ..whole("a", 2)
        };
        add(&mut row, rest);
        assert_eq!(take(&mut row, "p1", NOW), Some(("again".to_owned(), 1)));
        assert_eq!(row.collect("p2", NOW), Collecting::Nothing);
    }

    #[test]
    fn what_is_not_collected_in_time_is_forgotten() {
        let mut row = Uncollected::default();
        add(
            &mut row,
            Added {
                until: NOW + ms(500),
                ..promised("a")
            },
        );
        assert_eq!(row.collect("p1", NOW + ms(499)), Collecting::Waits);
        assert_eq!(row.collect("p1", NOW + ms(500)), Collecting::Nothing);
    }

    proptest! {
        /// Whatever is added, repeated and collected: each piece goes to one push, in order.
        #[test]
        fn each_piece_goes_to_one_push(acts in prop::collection::vec((0u8..3, 0usize..3, 0u32..4), 1..60)) {
            let mut row = Uncollected::default();
            let mut got: BTreeMap<String, Vec<u32>> = BTreeMap::new();
            let mut pushes = 0;
            for (act, which, pieces) in acts {
                let id = ["a", "b", "c"][which];
                match act {
                    0 => add(&mut row, promised(id)),
                    1 => add(&mut row, Added { ended: pieces == 3, ..whole(id, pieces) }),
                    _ => {
                        pushes += 1;
                        let push = format!("p{pushes}");
                        if let Some((answer, piece)) = take(&mut row, &push, NOW) {
                            prop_assert_eq!(take(&mut row, &push, NOW), Some((answer.clone(), piece)));
                            got.entry(answer).or_default().push(piece);
                        }
                    }
                }
            }
            for pieces in got.values() {
                prop_assert!(pieces.iter().copied().eq(0..pieces.len() as u32), "{:?}", pieces);
            }
        }
    }
}
