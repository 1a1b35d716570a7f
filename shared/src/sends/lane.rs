//! A lane: one FIFO message group of an account. Its row says whether the worker sends its messages.
//!
//! A lane closes when none of its messages may be sent for a while: the day's share is used up, or
//! the account has quiet hours. An allowance of WeChat's that is used up holds up one kind of message;
//! the others pass. The worker parks the messages of a closed lane: it takes them off the queue and
//! keeps them in the table under their sequence number. When the time is over the lane drains: a
//! release puts the parked messages back on the queue, with its generation on them, and behind them a
//! marker. Only these are sent now; a message that came later, and may stand before them on the queue,
//! is parked too. A message stays parked until it is done, so that no message loses its place to a
//! release that breaks off, or that goes on beside a lane closed again. When the marker comes through,
//! all messages before it are done: if none is parked the lane opens, else those are released the same
//! way. So no message overtakes another.

use super::{SendKind, nth, secs};
use crate::{beijing, time::Timestamp};
use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};
use std::{fmt, time::Duration};
use wechat_oa::ids::AppId;

/// A marker that does not come through in this time is sent again.
const MARKER: Duration = secs(300);
/// How long a lane stays slow.
const SLOW: Duration = secs(600);
/// A lane takes at least one of so many turns.
const SLOWEST: u32 = 8;
/// After how long a lane closed by a quota tries again: somebody may have raised
/// or cleared it. Each time in vain the next one is taken.
const PROBES: [Duration; 4] = [secs(60), secs(300), secs(900), secs(3_600)];
/// How many releases follow each other by way of the queue. Where Lambda is not told to let a function start itself, it
/// [stops it after about sixteen times](https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html).
const ROUNDS: u32 = 8;

/// Whether a lane sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// It sends.
    #[default]
    Open,
    /// It parks.
    Closed,
    /// It sends what was parked and parks the rest.
    Draining,
}

/// The row of a lane.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Lane {
    /// Raised by one with every write.
    pub version: u64,
    /// Whether it sends.
    pub gate: Gate,
    /// The one kind a lane that is not open holds up; none: it holds up all. It is narrow only from
    /// open on: then nothing of another kind is parked that a message could overtake.
    pub kind: Option<SendKind>,
    /// When it is looked after next, unless it is open.
    #[serde(rename = "until_ms")]
    pub until: Timestamp,
    /// Which release is under way, or was last.
    pub generation: u64,
    /// The place in the lane up to which it has put messages back.
    pub released_to: String,
    /// Releases that followed one which the schedule began.
    pub rounds: u32,
    /// The Beijing day of `counted`.
    pub day: i64,
    /// Calls made or reserved that day.
    pub counted: u32,
    /// It takes one of so many turns …
    pub slow: u32,
    /// … until then.
    #[serde(rename = "slow_until_ms")]
    pub slow_until: Timestamp,
    /// Quota refusals since a message was sent.
    pub probes: u32,
}

/// A marker on the queue: everything before it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marker {
    /// The lane, as its FIFO group is called.
    pub marks: String,
    /// The release it belongs to.
    pub generation: u64,
}

impl Lane {
    /// Whether a message may go on; otherwise it is parked. `release` is that of a message that
    /// was parked before.
    pub fn lets_pass(&self, kind: SendKind, release: Option<u64>) -> bool {
        match self.gate {
            Gate::Closed => !self.holds_up(kind),
            Gate::Draining => !self.holds_up(kind) || release == Some(self.generation),
            Gate::Open => true,
        }
    }

    /// Whether it sends nothing of that kind, released or not.
    pub fn is_closed_to(&self, kind: SendKind) -> bool {
        self.gate == Gate::Closed && self.holds_up(kind)
    }

    /// Whether that kind waits while the lane is not open.
    pub fn holds_up(&self, kind: SendKind) -> bool {
        self.kind.is_none_or(|held| held == kind)
    }

    /// Reserves up to `wanted` calls of that day; `None` when the share is used up. With the lane
    /// comes how many there are.
    pub fn reserve(&self, day: i64, share: u32, wanted: u32) -> Option<(Self, u32)> {
        let counted = if self.day == day { self.counted } else { 0 };
        let granted = wanted.min(share.max(counted) - counted);
        let next = Self {
            day,
            counted: counted + granted,
            ..self.next()
        };
        (granted > 0).then_some((next, granted))
    }

    /// The lane, closed to every kind until then.
    pub fn closed(&self, until: Timestamp) -> Self {
        Self {
            gate: Gate::Closed,
            kind: None,
            until,
            ..self.next()
        }
    }

    /// The lane, closed to a kind because WeChat's allowance of it is used up: until it opens, or
    /// until it is worth a try. Closed to all when another one waits already.
    pub fn closed_by_quota(&self, kind: SendKind, now: Timestamp) -> Self {
        let opens = beijing::midnight_after(beijing::day(now));
        let alone = self.gate == Gate::Open || self.kind == Some(kind);
        Self {
            kind: alone.then_some(kind),
            probes: self.probes + 1,
            ..self.closed((now + nth(&PROBES, self.probes)).min(opens))
        }
    }

    /// The lane at half its speed for a while.
    pub fn slowed(&self, now: Timestamp) -> Self {
        Self {
            slow: (self.slow(now) * 2).min(SLOWEST),
            slow_until: now + SLOW,
            ..self.next()
        }
    }

    /// It takes one of so many turns.
    pub fn slow(&self, now: Timestamp) -> u32 {
        match now < self.slow_until {
            true => self.slow.max(1),
            false => 1,
        }
    }

    /// The lane on its way to being open; `None` when its time has not come. The same release goes
    /// on when it did not come to its end.
    pub fn draining(&self, now: Timestamp) -> Option<Self> {
        match self.gate {
            _ if now < self.until => None,
            Gate::Open => None,
            Gate::Closed => Some(self.next_release(now)),
            Gate::Draining => Some(Self {
                until: now + MARKER,
                rounds: 0,
                ..self.next()
            }),
        }
    }

    /// The lane at the beginning of another release.
    pub fn next_release(&self, now: Timestamp) -> Self {
        Self {
            gate: Gate::Draining,
            generation: self.generation + 1,
            released_to: String::new(),
            until: now + MARKER,
            rounds: 0,
            ..self.next()
        }
    }

    /// The lane at the beginning of a release that follows another, and whether it goes on now: after so many the
    /// schedule goes on, within a minute, so that no lane keeps functions busy by itself.
    pub fn next_round(&self, now: Timestamp) -> (Self, bool) {
        let next = self.next_release(now);
        match self.rounds < ROUNDS {
            true => {
                let rounds = self.rounds + 1;
                (Self { rounds, ..next }, true)
            }
            false => (Self { until: now, ..next }, false),
        }
    }

    /// The draining lane, put back up to that place; `None` when that release is not under way.
    /// One that stops before its end is looked after at once.
    pub fn released(&self, generation: u64, to: &str, stops: Option<Timestamp>) -> Option<Self> {
        (self.gate == Gate::Draining && self.generation == generation).then(|| Self {
            released_to: to.to_owned(),
            until: stops.unwrap_or(self.until),
            ..self.next()
        })
    }

    /// The lane, open.
    pub fn open(&self) -> Self {
        Self {
            gate: Gate::Open,
            kind: None,
            until: Timestamp::default(),
            ..self.next()
        }
    }

    /// Whether that marker is of the release under way.
    pub fn is_marked(&self, marker: &Marker) -> bool {
        self.gate == Gate::Draining && self.generation == marker.generation
    }

    fn next(&self) -> Self {
        Self {
            version: self.version + 1,
            ..self.clone()
        }
    }
}

/// A lane of an account: one FIFO group, which is called `app_id#number`.
///
/// ```
/// use shared::sends::lane::LaneId;
/// use wechat_oa::ids::AppId;
///
/// let app_id = AppId::try_from("wx5f2c8a1d9e3b7046").unwrap();
/// let lane = LaneId::of(&app_id, "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI", 4);
/// assert!(lane.number < 4);
/// assert_eq!(LaneId::parse(&lane.to_string()), Some(lane));
/// assert_eq!(LaneId::parse("wx5f2c8a1d9e3b7046"), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LaneId {
    pub app_id: AppId,
    /// From 0.
    pub number: u16,
}

impl LaneId {
    /// The lane of a receiver: always the same. A change of `lanes` moves receivers: let the queue run
    /// empty first.
    pub fn of(app_id: &AppId, openid: &str, lanes: u16) -> Self {
        let digest = Sha1::digest(openid);
        let first = digest.iter().take(8);
        let number = first.fold(0_u64, |n, byte| (n << 8) | u64::from(*byte));
        Self {
            app_id: app_id.clone(),
            number: u16::try_from(number % u64::from(lanes.max(1))).unwrap_or(0),
        }
    }

    /// The lane that a FIFO group is.
    pub fn parse(group: &str) -> Option<Self> {
        let (app_id, number) = group.rsplit_once('#')?;
        Some(Self {
            app_id: AppId::try_from(app_id).ok()?,
            number: number.parse().ok()?,
        })
    }
}

impl fmt::Display for LaneId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.app_id, self.number)
    }
}

#[cfg(test)]
mod tests;
