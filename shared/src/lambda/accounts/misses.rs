//! How many names without an account may be looked up: Parameter Store answers 40 requests a second
//! for the whole AWS account, and a stranger who tries names must not use them up.

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

/// Misses at once.
const BURST: i64 = 5;
/// One more every so many milliseconds.
const EVERY_MS: i64 = 1_000;

/// A bucket that fills with misses and empties with time: the moment at which it will be empty.
#[derive(Debug, Default)]
pub(super) struct Misses(AtomicI64);

impl Misses {
    pub(super) fn count(&self, now_ms: i64) {
        let empty_at = self.0.load(Relaxed).max(now_ms);
        self.0.store(empty_at.saturating_add(EVERY_MS), Relaxed);
    }

    pub(super) fn are_too_many(&self, now_ms: i64) -> bool {
        self.0.load(Relaxed).saturating_sub(now_ms) > (BURST - 1) * EVERY_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_of_names_is_slowed_to_one_a_second() {
        let misses = Misses::default();
        let mut looked_up = 0;
        for now_ms in (1_000_000..1_010_000).step_by(10) {
            if !misses.are_too_many(now_ms) {
                misses.count(now_ms);
                looked_up += 1;
            }
        }
        assert!((14..=16).contains(&looked_up), "{looked_up}");
        assert!(!misses.are_too_many(2_000_000));
    }
}
