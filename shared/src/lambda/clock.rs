//! The one place that reads the clock and waits.

use crate::clock::{Clock, SharedClock, Wait};
use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl SystemClock {
    /// For those who own a clock together with others.
    pub fn shared() -> SharedClock {
        Arc::new(Self)
    }
}

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        now_ms()
    }

    fn wait(&self, time: Duration) -> Wait<'_> {
        Box::pin(wait(time))
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

/// How finely [`within`] measures.
const STEP: Duration = Duration::from_millis(100);

/// What the work yields, unless it takes longer than `limit` of the time in which this process runs.
/// Lambda freezes a process between invocations: work that is caught by that goes on when the next
/// one comes, and the freeze counts as one step of a tenth of a second.
pub async fn within<W: Future>(limit: Duration, work: W) -> Option<W::Output> {
    let mut work = pin!(work);
    let steps = limit.as_millis().div_ceil(STEP.as_millis());
    for _ in 0..steps {
        if let Ok(done) = tokio::time::timeout(STEP, &mut work).await {
            return Some(done);
        }
    }
    None
}
