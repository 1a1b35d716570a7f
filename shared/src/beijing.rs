//! Days in Beijing, where WeChat's allowances open at midnight.

const AHEAD_MS: i64 = 28_800_000;
const DAY_MS: i64 = 86_400_000;

/// The day, counted from 1970.
pub fn day(now_ms: i64) -> i64 {
    now_ms.saturating_add(AHEAD_MS).div_euclid(DAY_MS)
}

/// When that day is over, in milliseconds since 1970.
pub fn midnight_after(day: i64) -> i64 {
    day.saturating_add(1)
        .saturating_mul(DAY_MS)
        .saturating_sub(AHEAD_MS)
}
