//! Time, as an input.

use crate::time::Timestamp;
use std::{fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

/// A wait on a [`Clock`].
pub type Wait<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A clock that several own.
pub type SharedClock = Arc<dyn Clock>;

/// Time, as an input.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The time that it shows at the moment.
    fn now(&self) -> Timestamp;

    /// Comes back after that time.
    fn wait(&self, time: Duration) -> Wait<'_>;

    /// Comes back when the clock shows `at`; at once when that is past.
    fn wait_until(&self, at: Timestamp) -> Wait<'_> {
        self.wait(at.since(self.now()))
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }

    fn wait(&self, time: Duration) -> Wait<'_> {
        (**self).wait(time)
    }
}

/// A clock that shows what a test sets; whoever waits on it moves it.
#[cfg(any(test, feature = "emulated"))]
#[derive(Debug)]
pub struct ManualClock(std::sync::Mutex<Timestamp>);

#[cfg(any(test, feature = "emulated"))]
impl ManualClock {
    /// Shows `now`.
    pub fn new(now: Timestamp) -> Self {
        Self(now.into())
    }

    /// Shows that from now on, which may be before.
    pub fn set(&self, now: Timestamp) {
        *self.shown() = now;
    }

    fn shown(&self) -> std::sync::MutexGuard<'_, Timestamp> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(any(test, feature = "emulated"))]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.shown()
    }

    fn wait(&self, time: Duration) -> Wait<'_> {
        let mut shown = self.shown();
        *shown += time;
        Box::pin(std::future::ready(()))
    }
}
