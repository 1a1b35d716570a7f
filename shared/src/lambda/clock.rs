//! The one place that reads the clock and waits.

use crate::{
    clock::{Clock, SharedClock, Wait},
    time::Timestamp,
};
use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, SystemTime},
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
    fn now(&self) -> Timestamp {
        now()
    }

    fn wait(&self, time: Duration) -> Wait<'_> {
        Box::pin(wait(time))
    }
}

/// The time by the clock of this machine.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the edge where time becomes an input"
)]
pub fn now() -> Timestamp {
    SystemTime::now().into()
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
