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

use super::SendKind;
use crate::beijing;
use serde::{Deserialize, Serialize};

/// A marker that does not come through in this time is sent again, in milliseconds.
const MARKER_MS: i64 = 300_000;
/// How long a lane stays slow, in milliseconds.
const SLOW_MS: i64 = 600_000;
/// A lane takes at least one of so many turns.
const SLOWEST: u32 = 8;
/// After how long a lane closed by a quota tries again, in milliseconds: somebody may have raised
/// or cleared it. Each time in vain the next one is taken.
const PROBES_MS: [i64; 4] = [60_000, 300_000, 900_000, 3_600_000];

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

/// The row of a lane. All times in milliseconds since 1970.
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
    pub until_ms: i64,
    /// Which release is under way, or was last.
    pub generation: u64,
    /// The place in the lane up to which it has put messages back.
    pub released_to: String,
    /// The Beijing day of `counted`.
    pub day: i64,
    /// Calls made or reserved that day.
    pub counted: u32,
    /// It takes one of so many turns …
    pub slow: u32,
    /// … until then.
    pub slow_until_ms: i64,
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
        let granted = share.saturating_sub(counted).min(wanted);
        let next = Self {
            day,
            counted: counted.saturating_add(granted),
            ..self.next()
        };
        (granted > 0).then_some((next, granted))
    }

    /// The lane, closed to every kind until then.
    pub fn closed(&self, until_ms: i64) -> Self {
        Self {
            gate: Gate::Closed,
            kind: None,
            until_ms,
            ..self.next()
        }
    }

    /// The lane, closed to a kind because WeChat's allowance of it is used up: until it opens, or
    /// until it is worth a try. Closed to all when another one waits already.
    pub fn closed_by_quota(&self, kind: SendKind, now_ms: i64) -> Self {
        let probe = usize::try_from(self.probes)
            .unwrap_or(usize::MAX)
            .min(PROBES_MS.len().saturating_sub(1));
        let pause_ms = PROBES_MS.get(probe).copied().unwrap_or_default();
        let opens_ms = beijing::midnight_after(beijing::day(now_ms));
        let alone = self.gate == Gate::Open || self.kind == Some(kind);
        Self {
            kind: alone.then_some(kind),
            probes: self.probes.saturating_add(1),
            ..self.closed(now_ms.saturating_add(pause_ms).min(opens_ms))
        }
    }

    /// The lane at half its speed for a while.
    pub fn slowed(&self, now_ms: i64) -> Self {
        Self {
            slow: self.slow(now_ms).saturating_mul(2).min(SLOWEST),
            slow_until_ms: now_ms.saturating_add(SLOW_MS),
            ..self.next()
        }
    }

    /// It takes one of so many turns.
    pub fn slow(&self, now_ms: i64) -> u32 {
        if now_ms < self.slow_until_ms {
            self.slow.max(1)
        } else {
            1
        }
    }

    /// The lane on its way to being open; `None` when its time has not come. The same release goes
    /// on when it did not come to its end.
    pub fn draining(&self, now_ms: i64) -> Option<Self> {
        if self.gate == Gate::Open || now_ms < self.until_ms {
            return None;
        }
        Some(match self.gate {
            Gate::Closed => self.next_release(now_ms),
            Gate::Open | Gate::Draining => Self {
                until_ms: now_ms.saturating_add(MARKER_MS),
                ..self.next()
            },
        })
    }

    /// The lane at the beginning of another release.
    pub fn next_release(&self, now_ms: i64) -> Self {
        Self {
            gate: Gate::Draining,
            generation: self.generation.saturating_add(1),
            released_to: String::new(),
            until_ms: now_ms.saturating_add(MARKER_MS),
            ..self.next()
        }
    }

    /// The draining lane, put back up to that place; `None` when that release is not under way.
    /// One that stops before its end is looked after at once.
    pub fn released(&self, generation: u64, to: &str, stops_ms: Option<i64>) -> Option<Self> {
        (self.gate == Gate::Draining && self.generation == generation).then(|| Self {
            released_to: to.to_owned(),
            until_ms: stops_ms.unwrap_or(self.until_ms),
            ..self.next()
        })
    }

    /// The lane, open.
    pub fn open(&self) -> Self {
        Self {
            gate: Gate::Open,
            kind: None,
            until_ms: 0,
            ..self.next()
        }
    }

    /// Whether that marker is of the release under way.
    pub fn is_marked(&self, marker: &Marker) -> bool {
        self.gate == Gate::Draining && self.generation == marker.generation
    }

    fn next(&self) -> Self {
        Self {
            version: self.version.saturating_add(1),
            ..self.clone()
        }
    }
}

/// App id and number of the lane a FIFO group is.
pub fn lane_of(group: &str) -> Option<(&str, u16)> {
    let (app_id, lane) = group.rsplit_once('#')?;
    Some((app_id, lane.parse().ok()?))
}

#[cfg(test)]
mod tests;
