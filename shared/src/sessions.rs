//! State that handlers, functions and servers of the team's keep of a follower from push to push, by
//! account, openid and a name: pure decisions of one row.

use crate::{problem::Problem, time::Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a session is kept that does not say.
pub const DAY: Duration = Duration::from_secs(86_400);
/// The longest that a session is kept after it was written.
pub const LONGEST: Duration = Duration::from_secs(30 * 86_400);
/// What a session may hold, in bytes of JSON: the row has it twice, and DynamoDB takes 400 KB.
pub const LARGEST: usize = 65_536;
/// Longest name, in bytes: with what stands before it, it is part of a key, of which DynamoDB takes 1,024.
const LONGEST_NAME: usize = 128;
/// Pushes whose writes are told from new ones.
const MARKS: usize = 32;

/// The word of the [`Problem`] when another push changed a session after it was read.
pub const CONFLICT: &str = "session_conflict";

/// A session's row. It remembers which pushes wrote it, so that a push that is run again after a crash
/// changes nothing twice: the last one to write finds what was there before its own first run, and what an
/// earlier one writes again is in it already.
///
/// ```
/// use shared::{sessions::{DAY, Session}, time::Timestamp};
///
/// let now = Timestamp::from_secs(1_767_000_000);
/// let row = Session::default();
/// assert_eq!(row.seen_by("push 1", now), None);
/// let row = row.with("push 1", Some("1".to_owned()), DAY, now, now).unwrap();
/// assert_eq!(row.seen_by("push 1", now), None, "the first push, run again");
/// assert_eq!(row.seen_by("push 2", now), Some("1"));
/// assert_eq!(row.seen_by("push 2", now + DAY), None, "it has ended");
///
/// let row = row.with("push 2", Some("2".to_owned()), DAY, now, now).unwrap();
/// assert_eq!(row.with("push 1", Some("1".to_owned()), DAY, now, now), None, "it is in there already");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Session {
    /// As JSON; none when it was deleted.
    value: Option<String>,
    #[serde(rename = "ends_ms")]
    ends: Timestamp,
    /// What the last push to write it found.
    before: Option<String>,
    /// When the oldest of what it holds was asked for: it goes with a follower who left after that.
    #[serde(rename = "at_ms")]
    since: Timestamp,
    /// The marks of the pushes that wrote it, the last one last.
    pushes: Vec<String>,
    pub(crate) version: u64,
}

impl Session {
    /// What the push of that mark finds, as JSON.
    pub fn seen_by(&self, push: &str, now: Timestamp) -> Option<&str> {
        match self.is_last(push) {
            true => self.before.as_deref(),
            false => self.lives(now),
        }
    }

    /// The row when that push, which the follower made at `asked`, keeps `value` for that long, or deletes
    /// it; `None` where a later push built on what it wrote before.
    pub fn with(
        &self,
        push: &str,
        value: Option<String>,
        keep: Duration,
        asked: Timestamp,
        now: Timestamp,
    ) -> Option<Self> {
        let is_last = self.is_last(push);
        if !is_last && self.pushes.iter().any(|mark| mark == push) {
            return None;
        }
        let before = self.seen_by(push, now).map(ToOwned::to_owned);
        let mut pushes = self.pushes.clone();
        if !is_last {
            pushes.push(push.to_owned());
        }
        pushes.drain(..pushes.len().max(MARKS) - MARKS);
        Some(Self {
            value,
            ends: now + keep,
            since: match &before {
                Some(_) => self.since,
                None => asked,
            },
            before,
            pushes,
            version: self.version + 1,
        })
    }

    /// When the row is needed no more.
    pub fn ends(&self) -> Timestamp {
        self.ends
    }

    fn is_last(&self, push: &str) -> bool {
        self.pushes.last().is_some_and(|mark| mark == push)
    }

    /// DynamoDB deletes what ended some time later.
    fn lives(&self, now: Timestamp) -> Option<&str> {
        self.value.as_deref().filter(|_| now < self.ends)
    }
}

/// Checks a session before it is written.
///
/// # Errors
/// Its name, size or time, with the rule.
pub fn check(name: &str, json: &str, keep: Duration) -> Result<(), Problem> {
    check_name(name)?;
    if json.len() > LARGEST {
        let bytes = json.len();
        let why = format!(
            "session '{name}' has {bytes} bytes of JSON, and {LARGEST} are the most: keep less, or an id of what lies elsewhere"
        );
        return Err(Problem::new("session_too_large", 400, why));
    }
    if keep.is_zero() || keep > LONGEST {
        let why = format!("session '{name}' must be kept for 1 second to 30 days");
        return Err(Problem::new("session_time", 400, why));
    }
    Ok(())
}

/// Checks the name of a session.
///
/// # Errors
/// When it is none.
pub fn check_name(name: &str) -> Result<(), Problem> {
    if (1..=LONGEST_NAME).contains(&name.len()) {
        return Ok(());
    }
    let why = format!("the name of a session must have 1 to {LONGEST_NAME} bytes");
    Err(Problem::new("session_name", 400, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_767_000_000);
    const LATER: Timestamp = Timestamp::from_secs(1_767_000_600);

    fn put(row: &Session, push: &str, value: &str) -> Session {
        row.with(push, Some(value.to_owned()), DAY, NOW, NOW)
            .unwrap()
    }

    /// What a push leaves that counts what it finds.
    fn count(row: &Session, push: &str) -> Session {
        let found = row.seen_by(push, NOW).map_or(0, |n| n.parse().unwrap());
        let next = row.with(push, Some((found + 1_u8).to_string()), DAY, NOW, NOW);
        next.unwrap_or_else(|| row.clone())
    }

    #[test]
    fn whatever_runs_come_again_each_push_counts_once() {
        let mut row = Session::default();
        for push in ["a", "a", "b", "a", "b", "c", "a", "c", "b"] {
            row = count(&row, push);
        }
        assert_eq!(row.seen_by("d", NOW), Some("3"));
        assert_eq!(row.seen_by("c", NOW), Some("2"));
    }

    #[test]
    fn a_push_may_write_more_than_once_and_finds_the_same_when_it_is_run_again() {
        let row = put(
            &put(&put(&Session::default(), "a", "1"), "b", "2"),
            "b",
            "3",
        );
        assert_eq!(row.seen_by("b", NOW), Some("1"));
        assert_eq!(row.seen_by("c", NOW), Some("3"));
        let deleted = row.with("c", None, DAY, NOW, NOW).unwrap();
        assert_eq!(deleted.seen_by("d", NOW), None);
        assert_eq!(deleted.seen_by("c", LATER), Some("3"));
        // What it found does not end meanwhile.
        assert_eq!(deleted.seen_by("c", NOW + LONGEST), Some("3"));
    }

    #[test]
    fn a_session_is_as_old_as_the_oldest_of_what_it_holds() {
        let first = put(&Session::default(), "a", "1");
        let on = |row: &Session, push: &str, now| row.with(push, Some("2".into()), DAY, now, now);
        assert_eq!(on(&first, "b", LATER).unwrap().since, NOW);
        assert_eq!(on(&first, "b", NOW + DAY).unwrap().since, NOW + DAY);
        let deleted = first.with("b", None, DAY, LATER, LATER).unwrap();
        assert_eq!(deleted.since, NOW, "it still has what was before");
        assert_eq!(on(&deleted, "c", LATER).unwrap().since, LATER);
    }

    #[test]
    fn only_the_last_marks_are_kept() {
        let pushes: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let row = pushes
            .iter()
            .fold(Session::default(), |row, push| count(&row, push));
        assert_eq!((row.pushes.len(), row.version), (MARKS, 100));
        assert_eq!(row.seen_by("new", NOW), Some("100"));
    }

    #[test]
    fn what_cannot_be_kept_is_told_with_its_rule() {
        let told = |name: &str, bytes: usize, keep| {
            let checked = check(name, &"x".repeat(bytes), keep);
            checked.err().map(|problem| problem.error_type().to_owned())
        };
        assert_eq!(told(&"n".repeat(128), LARGEST, LONGEST), None);
        for (name, bytes, keep, word) in [
            ("", 1, DAY, "session_name"),
            (&"n".repeat(129), 1, DAY, "session_name"),
            ("n", LARGEST + 1, DAY, "session_too_large"),
            ("n", 1, Duration::ZERO, "session_time"),
            ("n", 1, LONGEST + Duration::from_secs(1), "session_time"),
        ] {
            assert_eq!(told(name, bytes, keep).as_deref(), Some(word));
        }
    }
}
