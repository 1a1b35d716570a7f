//! When a lane may call, so that an account keeps its pace whatever its lanes and workers do.
//!
//! Time is cut into slots, as wide as two calls must lie apart; slot `k` belongs to lane
//! `k mod lanes`, and the call comes at a random place in it. That place follows from the account
//! and the slot alone: lanes need not know of each other, and a worker that starts anew goes on
//! where the last one stopped.

use super::quiet::QuietTimes;
use crate::{account::Pace, time::Timestamp};
use std::time::Duration;

/// How late a call may be and still keep the pace.
pub const LATE: Duration = Duration::from_millis(50);

/// The pace of one lane.
///
/// ```
/// use shared::{account::Pace, sends::pace::Policy, time::Timestamp};
/// use std::time::Duration;
///
/// let pace = Pace { per_minute: 60, lanes: 2, ..Pace::default() };
/// let lane = Policy::of(&pace, "shop", 0).unwrap();
/// let first = lane.next(Timestamp::from_secs(1_767_000_000), 0, 1);
/// let second = lane.next(first.at, first.number, 1);
/// assert_eq!(second.number - first.number, 2);
/// assert!(second.at.since(first.at) >= Duration::from_secs(2));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    seed: u64,
    lane: i64,
    lanes: i64,
    /// In microseconds.
    width_us: i64,
    jitter_us: [i64; 2],
    /// Calls a day.
    pub share: u32,
    quiet: Option<QuietTimes>,
}

/// A lane's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Its number since 1970.
    pub number: i64,
    /// When the call is made.
    pub at: Timestamp,
}

impl Policy {
    /// The pace of lane `lane` of an account; `name` makes its random places its own.
    ///
    /// # Errors
    /// Quiet hours that do not read.
    pub fn of(pace: &Pace, name: &str, lane: u16) -> Result<Self, String> {
        let lanes = pace.lanes.max(1);
        let lane = lane % lanes;
        let [from_us, to_us] = pace.jitter_ms.map(|ms| i64::from(ms) * 1_000);
        let late_us = micros(LATE);
        let spread_us = to_us.max(from_us) - from_us + late_us;
        let by_rate = ceil_div(60_000_000 + spread_us, i64::from(pace.per_minute.max(1)));
        let by_gap = match i64::from(pace.gap_ms) * 1_000 + to_us {
            0 => 0,
            apart_us => apart_us + late_us,
        };
        let (all, left) = (
            pace.per_day / u32::from(lanes),
            pace.per_day % u32::from(lanes),
        );
        let quiet = pace.quiet_hours.as_ref().map(QuietTimes::of);
        Ok(Self {
            seed: name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            }),
            lane: i64::from(lane),
            lanes: i64::from(lanes),
            width_us: by_rate.max(by_gap).max(1),
            jitter_us: [from_us, to_us.max(from_us)],
            share: all + u32::from(u32::from(lane) < left),
            quiet: quiet.transpose()?,
        })
    }

    /// The lane's next turn: now or later, and after slot `after`. A lane slowed down by `slow`
    /// takes one of so many turns.
    pub fn next(&self, now: Timestamp, after: i64, slow: u32) -> Slot {
        let now_us = now.as_millis() * 1_000;
        let every = self.lanes * i64::from(slow.max(1));
        let [_, latest_us] = self.jitter_us;
        let first = (now_us - latest_us)
            .div_euclid(self.width_us)
            .max(after + 1);
        let mut number = first + (self.lane - first).rem_euclid(every);
        loop {
            let at_us = self.place_us(number);
            if at_us >= now_us {
                let at = Timestamp::from_millis(ceil_div(at_us, 1_000));
                return Slot { number, at };
            }
            number += every;
        }
    }

    /// When quiet hours that hold then are over.
    ///
    /// # Errors
    /// A time beyond what calendars reach.
    pub fn quiet_until(&self, at: Timestamp) -> Result<Option<Timestamp>, String> {
        match &self.quiet {
            Some(quiet) => quiet.until(at),
            None => Ok(None),
        }
    }

    fn place_us(&self, slot: i64) -> i64 {
        let [from_us, to_us] = self.jitter_us;
        let range = (to_us - from_us).unsigned_abs();
        let random = scatter(self.seed ^ slot.unsigned_abs()) % (range + 1);
        slot * self.width_us + from_us + i64::try_from(random).unwrap_or(0)
    }
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

fn ceil_div(a: i64, b: i64) -> i64 {
    (a + b - 1).div_euclid(b)
}

/// SplitMix64: neighbouring numbers go far apart.
fn scatter(n: u64) -> u64 {
    let n = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

#[cfg(test)]
mod tests;
