//! Time, as an input.

use std::{fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

/// A wait on a [`Clock`].
pub type Wait<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A clock that several own.
pub type SharedClock = Arc<dyn Clock>;

/// Time, as an input.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Milliseconds since 1970.
    fn now_ms(&self) -> i64;

    /// Comes back after that time.
    fn wait(&self, time: Duration) -> Wait<'_>;

    /// Comes back when the clock shows `at_ms`, milliseconds since 1970; at once when that is past.
    fn wait_until(&self, at_ms: i64) -> Wait<'_> {
        let left = u64::try_from(at_ms.saturating_sub(self.now_ms())).unwrap_or(0);
        self.wait(Duration::from_millis(left))
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now_ms(&self) -> i64 {
        (**self).now_ms()
    }

    fn wait(&self, time: Duration) -> Wait<'_> {
        (**self).wait(time)
    }
}

/// A clock that shows what a test sets; whoever waits on it moves it.
#[cfg(any(test, feature = "emulated"))]
#[derive(Debug)]
pub struct ManualClock(std::sync::atomic::AtomicI64);

#[cfg(any(test, feature = "emulated"))]
impl ManualClock {
    /// Shows `now_ms`, milliseconds since 1970.
    pub fn new(now_ms: i64) -> Self {
        Self(now_ms.into())
    }
}

#[cfg(any(test, feature = "emulated"))]
impl Clock for ManualClock {
    fn now_ms(&self) -> i64 {
        self.0.load(std::sync::atomic::Ordering::SeqCst)
    }

    fn wait(&self, time: Duration) -> Wait<'_> {
        let ms = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        self.0.fetch_add(ms, std::sync::atomic::Ordering::SeqCst);
        Box::pin(std::future::ready(()))
    }
}
