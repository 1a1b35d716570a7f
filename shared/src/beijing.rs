//! Days in Beijing, where WeChat's allowances open at midnight.

const AHEAD_MS: i64 = 28_800_000;
const DAY_MS: i64 = 86_400_000;

/// The day, counted from 1970.
///
/// ```
/// use shared::beijing::{day, midnight_after};
///
/// let new_year = 1_767_196_800_000; // 2026-01-01T00:00:00+08:00
/// assert_eq!(day(new_year), day(new_year - 1) + 1);
/// assert_eq!(midnight_after(day(new_year - 1)), new_year);
/// ```
pub fn day(now_ms: i64) -> i64 {
    now_ms.saturating_add(AHEAD_MS).div_euclid(DAY_MS)
}

/// When that day is over, in milliseconds since 1970.
pub fn midnight_after(day: i64) -> i64 {
    day.saturating_add(1)
        .saturating_mul(DAY_MS)
        .saturating_sub(AHEAD_MS)
}
