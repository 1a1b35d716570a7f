//! How many names without an account may be looked up: Parameter Store answers 40 requests a second
//! for the whole AWS account, and a stranger who tries names must not use them up.

use crate::time::Timestamp;
use std::{
    sync::atomic::{AtomicI64, Ordering::Relaxed},
    time::Duration,
};

/// Misses at once.
const BURST: u32 = 5;
/// One more after this long.
const EVERY: Duration = Duration::from_secs(1);

/// A bucket that fills with misses and empties with time: the moment at which it will be empty.
#[derive(Debug, Default)]
pub(super) struct Misses(AtomicI64);

impl Misses {
    pub(super) fn count(&self, now: Timestamp) {
        let empty_at = self.empty_at().max(now) + EVERY;
        self.0.store(empty_at.as_millis(), Relaxed);
    }

    pub(super) fn are_too_many(&self, now: Timestamp) -> bool {
        self.empty_at().since(now) > EVERY * (BURST - 1)
    }

    fn empty_at(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_of_names_is_slowed_to_one_a_second() {
        let misses = Misses::default();
        let mut looked_up = 0;
        for now in (1_000_000..1_010_000)
            .step_by(10)
            .map(Timestamp::from_millis)
        {
            if !misses.are_too_many(now) {
                misses.count(now);
                looked_up += 1;
            }
        }
        assert!((14..=16).contains(&looked_up), "{looked_up}");
        assert!(!misses.are_too_many(Timestamp::from_secs(2_000)));
    }
}
