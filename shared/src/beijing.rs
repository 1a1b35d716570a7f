//! Days in Beijing, where WeChat's allowances open at midnight.

use crate::time::Timestamp;

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
