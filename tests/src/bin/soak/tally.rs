//! What became of all pushes, in constant memory.

use crate::push::{Fate, Fault};
use std::{fmt::Write, time::Duration};

/// Attempts slower than this many milliseconds are counted as this slow; WeChat waits no longer.
const SLOWEST_MS: usize = 5_000;

/// Sums over all pushes.
#[derive(Debug)]
pub(crate) struct Tally {
    /// Pushes finished.
    pub(crate) pushes: u64,
    /// Pushes that got no reply.
    pub(crate) lost: u64,
    /// Attempts that brought a reply.
    pub(crate) asked: u64,
    attempts: u64,
    differed: u64,
    forged: u64,
    faults: [u64; 4],
    /// Attempts by milliseconds.
    by_ms: Vec<u64>,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            pushes: 0,
            lost: 0,
            asked: 0,
            attempts: 0,
            differed: 0,
            forged: 0,
            faults: [0; 4],
            by_ms: vec![0; SLOWEST_MS + 1],
        }
    }
}

impl Tally {
    /// Adds one push.
    pub(crate) fn add(&mut self, fate: &Fate) {
        self.pushes += 1;
        self.attempts += fate.attempts;
        self.asked += fate.replied_ms.len() as u64;
        self.lost += u64::from(!fate.is_answered());
        self.differed += u64::from(fate.differed);
        self.forged += u64::from(fate.forged);
        for ms in &fate.replied_ms {
            self.by_ms[(*ms as usize).min(SLOWEST_MS)] += 1;
        }
        match fate.fault {
            None => {}
            Some(Fault::Killed(_)) => self.faults[0] += 1,
            Some(Fault::HungUp(_)) => self.faults[1] += 1,
            Some(Fault::Forged) => self.faults[2] += 1,
            Some(Fault::Late) => self.faults[3] += 1,
        }
    }

    /// Whether each of `pushes` was answered, once, and is one row.
    pub(crate) fn kept(&self, pushes: u64, rows: u64) -> bool {
        self.pushes == pushes
            && rows == pushes
            && self.lost == 0
            && self.differed == 0
            && self.forged == 0
    }

    /// The milliseconds within which this share of the attempts was answered.
    fn within(&self, share: f64) -> usize {
        let wanted = (self.asked as f64 * share).ceil() as u64;
        let mut seen = 0;
        let reached = self.by_ms.iter().position(|count| {
            seen += count;
            seen >= wanted
        });
        reached.unwrap_or(SLOWEST_MS)
    }

    /// The figures, a line each.
    pub(crate) fn report(&self, took: Duration) -> String {
        let [killed, hung_up, forged, late] = self.faults;
        let rate = self.pushes as f64 / took.as_secs_f64().max(0.001);
        let mut text = String::new();
        for line in [
            format!(
                "pushes             {:>9} in {:.0} s, {rate:.0}/s",
                self.pushes,
                took.as_secs_f64()
            ),
            format!(
                "attempts           {:>9}, {} of them replied",
                self.attempts, self.asked
            ),
            format!(
                "faults             {:>9} kills, {hung_up} hang-ups, {forged} forgeries, {late} late repeats",
                killed
            ),
            format!(
                "attempt            {:>9} ms p50, {} ms p99",
                self.within(0.5),
                self.within(0.99)
            ),
            format!("lost               {:>9}", self.lost),
            format!("answered differently {:>7}", self.differed),
            format!("forgeries let in   {:>9}", self.forged),
        ] {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{line}");
        }
        text.trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered_in(ms: u64) -> Fate {
        Fate::of_one_reply(ms)
    }

    #[test]
    fn a_share_is_reached_at_the_attempt_that_completes_it() {
        let mut tally = Tally::default();
        for ms in [1, 2, 3, 900_000] {
            tally.add(&answered_in(ms));
        }
        assert_eq!(tally.within(0.5), 2);
        assert_eq!(tally.within(0.99), SLOWEST_MS);
        assert_eq!(Tally::default().within(0.5), 0);
    }

    #[test]
    fn a_push_without_reply_or_row_breaks_the_promise() {
        let mut tally = Tally::default();
        tally.add(&answered_in(1));
        assert!(tally.kept(1, 1));
        assert!(!tally.kept(1, 2), "one row too many");
        tally.add(&Fate::default());
        assert!(!tally.kept(2, 2), "one is lost");
    }
}
