//! The platform's clock: the machine's time plus an offset that tests move.

use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};
use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

/// WeChat counts days and months in Beijing time.
const BEIJING_OFFSET_MS: i64 = 8 * 3_600_000;
const DAY_MS: i64 = 86_400_000;

/// Wall clock plus a movable offset; every decision of the platform reads it.
#[derive(Debug, Default)]
pub struct Clock {
    offset_ms: AtomicI64,
}

/// How to move the clock: exactly one of the three.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClockMove {
    /// Milliseconds to add to the present time; negative moves back.
    pub advance_ms: Option<i64>,
    /// The time it shall be now, in milliseconds since 1970.
    pub set_ms: Option<i64>,
    /// `true`: back to the machine's time.
    pub reset: Option<bool>,
}

/// What the clock shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ClockView {
    /// The platform's time in milliseconds since 1970.
    pub now_ms: i64,
    /// How far that is from the machine's time, in milliseconds.
    pub offset_ms: i64,
}

impl Clock {
    /// The platform's time in milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        wall_ms().saturating_add(self.offset_ms.load(Ordering::SeqCst))
    }

    /// What the clock shows.
    pub fn view(&self) -> ClockView {
        let offset_ms = self.offset_ms.load(Ordering::SeqCst);
        ClockView {
            now_ms: wall_ms().saturating_add(offset_ms),
            offset_ms,
        }
    }

    /// Moves the clock. Refused when the request names none or several of the moves.
    pub fn shift(&self, by: &ClockMove) -> Result<ClockView, Refusal> {
        match (by.advance_ms, by.set_ms, by.reset) {
            (Some(ms), None, None) => {
                self.offset_ms.fetch_add(ms, Ordering::SeqCst);
            }
            (None, Some(ms), None) => self
                .offset_ms
                .store(ms.saturating_sub(wall_ms()), Ordering::SeqCst),
            (None, None, Some(true)) => self.offset_ms.store(0, Ordering::SeqCst),
            _ => {
                return Err(Refusal::field(
                    "clock",
                    "exactly one of advance_ms, set_ms, reset: true",
                ));
            }
        }
        Ok(self.view())
    }
}

/// The day in Beijing, counted from 1970.
pub(crate) fn beijing_day(now_ms: i64) -> i64 {
    (now_ms + BEIJING_OFFSET_MS).div_euclid(DAY_MS)
}

/// The month in Beijing, counted from January of the year 0 (civil calendar).
pub(crate) fn beijing_month(now_ms: i64) -> i64 {
    let days = beijing_day(now_ms) + 719_468; // days since 1 March 0000, from where leap days fall last
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let months_since_march = (5 * of_year + 2) / 153;
    (year_of_era + era * 400) * 12 + months_since_march + 2
}

fn wall_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_and_comes_back() {
        let clock = Clock::default();
        let before = clock.now_ms();
        clock
            .shift(&ClockMove {
                advance_ms: Some(3_600_000),
                ..ClockMove::default()
            })
            .unwrap();
        assert!(clock.now_ms() >= before + 3_600_000);
        clock
            .shift(&ClockMove {
                set_ms: Some(1_000),
                ..ClockMove::default()
            })
            .unwrap();
        assert!((1_000..60_000).contains(&clock.now_ms()));
        let view = clock
            .shift(&ClockMove {
                reset: Some(true),
                ..ClockMove::default()
            })
            .unwrap();
        assert_eq!(view.offset_ms, 0);
        assert!(clock.shift(&ClockMove::default()).is_err());
    }

    #[test]
    fn days_and_months_turn_at_midnight_in_beijing() {
        let new_year = 1_735_660_800_000; // 2025-01-01 00:00 in Beijing
        assert_eq!(beijing_day(new_year) - beijing_day(new_year - 1), 1);
        assert_eq!(beijing_month(new_year), 2025 * 12);
        assert_eq!(beijing_month(new_year - 1), 2024 * 12 + 11);
        let leap_day = 1_709_136_000_000; // 2024-02-29 00:00 in Beijing
        assert_eq!(beijing_month(leap_day), 2024 * 12 + 1);
        assert_eq!(beijing_month(leap_day + DAY_MS), 2024 * 12 + 2);
    }
}
