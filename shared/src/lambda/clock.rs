//! The one place that reads the clock and waits.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl crate::token::Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        now_ms()
    }

    async fn wait(&self, time: Duration) {
        wait(time).await;
    }
}

/// Milliseconds since 1970, by the clock of this machine.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the edge where time becomes an input"
)]
pub fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |age| i64::try_from(age.as_millis()).unwrap_or(i64::MAX))
}

/// Waits until the clock shows `at_ms`, milliseconds since 1970; not at all when that is past.
pub async fn wait_until(at_ms: i64) {
    let left = u64::try_from(at_ms.saturating_sub(now_ms())).unwrap_or(0);
    wait(Duration::from_millis(left)).await;
}

/// Waits.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the edge where waiting is decided"
)]
pub async fn wait(time: Duration) {
    tokio::time::sleep(time).await;
}
