//! Days in Beijing, where WeChat's allowances open at midnight, and what its clocks show.

use crate::time::Timestamp;
use jiff::civil::DateTime;

const AHEAD_S: i64 = 8 * 3_600;
const DAY_S: i64 = 86_400;

/// The day, counted from 1970.
///
/// ```
/// use shared::{beijing::{day, midnight_after}, time::Timestamp};
///
/// let before = Timestamp::parse("2025-12-31T23:59:59+08:00").unwrap();
/// let new_year = Timestamp::parse("2026-01-01T00:00:00+08:00").unwrap();
/// assert_eq!(day(new_year), day(before) + 1);
/// assert_eq!(midnight_after(day(before)), new_year);
/// ```
pub fn day(now: Timestamp) -> i64 {
    (now.as_secs() + AHEAD_S).div_euclid(DAY_S)
}

/// When that day is over.
pub fn midnight_after(day: i64) -> Timestamp {
    let days = day.clamp(0, i64::from(u32::MAX));
    Timestamp::from_secs((days + 1) * DAY_S - AHEAD_S)
}

/// What calendar and clock show there; the last moment there is beyond what they reach.
///
/// ```
/// use shared::{beijing::local, time::Timestamp};
///
/// let evening = Timestamp::parse("2026-03-01T23:05:00Z").unwrap();
/// assert_eq!(local(evening).strftime("%F %H:%M").to_string(), "2026-03-02 07:05");
/// ```
pub fn local(now: Timestamp) -> DateTime {
    let now = jiff::Timestamp::from_second(now.as_secs());
    let zone = jiff::tz::offset(8).to_time_zone();
    now.map_or(DateTime::MAX, |now| now.to_zoned(zone).datetime())
}
