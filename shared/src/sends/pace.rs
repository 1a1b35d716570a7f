//! When a lane may call, so that an account keeps its pace whatever its lanes and workers do.
//!
//! Time is cut into slots, as wide as two calls must lie apart; slot `k` belongs to lane
//! `k mod lanes`, and the call comes at a random place in it. That place follows from the account
//! and the slot alone: lanes need not know of each other, and a worker that starts anew goes on
//! where the last one stopped.

use super::quiet::QuietTimes;
use crate::account::Pace;

/// How late a call may be and still keep the pace, in milliseconds.
pub const LATE_MS: i64 = 50;

/// The pace of one lane.
///
/// ```
/// use shared::{account::Pace, sends::pace::Policy};
///
/// let pace = Pace { per_minute: 60, lanes: 2, ..Pace::default() };
/// let lane = Policy::of(&pace, "shop", 0).unwrap();
/// let first = lane.next(1_767_000_000_000, 0, 1);
/// let second = lane.next(first.at_ms, first.number, 1);
/// assert_eq!(second.number - first.number, 2);
/// assert!(second.at_ms - first.at_ms >= 2_000);
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
    /// When the call is made, in milliseconds since 1970.
    pub at_ms: i64,
}

impl Policy {
    /// The pace of lane `lane` of an account; `name` makes its random places its own.
    ///
    /// # Errors
    /// Quiet hours that do not read.
    pub fn of(pace: &Pace, name: &str, lane: u16) -> Result<Self, String> {
        let lanes = pace.lanes.max(1);
        let lane = lane % lanes;
        let [from_us, to_us] = pace.jitter_ms.map(|ms| i64::from(ms).saturating_mul(1_000));
        let late_us = LATE_MS.saturating_mul(1_000);
        let spread_us = to_us.saturating_sub(from_us).max(0).saturating_add(late_us);
        let minute = 60_000_000_i64.saturating_add(spread_us);
        let by_rate = ceil_div(minute, i64::from(pace.per_minute.max(1)));
        let apart_us = i64::from(pace.gap_ms)
            .saturating_mul(1_000)
            .saturating_add(to_us);
        let by_gap = if apart_us > 0 {
            apart_us.saturating_add(late_us)
        } else {
            0
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
            share: all.saturating_add(u32::from(u32::from(lane) < left)),
            quiet: quiet.transpose()?,
        })
    }

    /// The lane's next turn: now or later, and after slot `after`. A lane slowed down by `slow`
    /// takes one of so many turns.
    pub fn next(&self, now_ms: i64, after: i64, slow: u32) -> Slot {
        let now_us = now_ms.saturating_mul(1_000);
        let every = self.lanes.saturating_mul(i64::from(slow.max(1)));
        let [_, latest_us] = self.jitter_us;
        let first = now_us
            .saturating_sub(latest_us)
            .div_euclid(self.width_us)
            .max(after.saturating_add(1));
        let missing = self.lane.saturating_sub(first).rem_euclid(every);
        let mut number = first.saturating_add(missing);
        loop {
            let at_us = self.place_us(number);
            if at_us >= now_us {
                let at_ms = ceil_div(at_us, 1_000);
                return Slot { number, at_ms };
            }
            number = number.saturating_add(every);
        }
    }

    /// When quiet hours that hold then are over, in milliseconds since 1970.
    ///
    /// # Errors
    /// A time beyond what calendars reach.
    pub fn quiet_until_ms(&self, at_ms: i64) -> Result<Option<i64>, String> {
        match &self.quiet {
            Some(quiet) => quiet.until_ms(at_ms),
            None => Ok(None),
        }
    }

    fn place_us(&self, slot: i64) -> i64 {
        let [from_us, to_us] = self.jitter_us;
        let range = u64::try_from(to_us.saturating_sub(from_us)).unwrap_or(0);
        let random = scatter(self.seed ^ slot.unsigned_abs()) % range.saturating_add(1);
        slot.saturating_mul(self.width_us)
            .saturating_add(from_us)
            .saturating_add(i64::try_from(random).unwrap_or(0))
    }
}

fn ceil_div(a: i64, b: i64) -> i64 {
    a.saturating_add(b.saturating_sub(1)).div_euclid(b)
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
