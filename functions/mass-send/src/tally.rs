//! What became of the batches of an invocation, as metrics.

use shared::{
    lambda::{Metric, Unit, emit_metrics},
    sends::campaign::verdict::Verdict,
};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// Metrics by name and, where batches failed, by class.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<BTreeMap<(&'static str, String), u32>>);

impl Tally {
    pub(crate) fn verdict(&self, verdict: &Verdict) {
        match verdict {
            Verdict::Accepted { .. } => self.add("MassBatchesAccepted", ""),
            Verdict::Again { failure, .. } => self.add("MassBatchesRepeated", &failure.class),
            Verdict::AwaitingAdmin { .. } => self.add("MassBatchesAwaitingAdmin", ""),
            Verdict::Failed(failure) => self.add("MassBatchesFailed", &failure.class),
            Verdict::Unknown(_) => self.add("MassBatchesFailed", "unknown"),
        }
    }

    /// A batch has no result although it is time.
    pub(crate) fn without_result(&self) {
        self.add("MassBatchesWithoutResult", "");
    }

    /// Calls an account has left today; the last number counts.
    pub(crate) fn left(&self, calls: u32) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.insert(("MassCallsLeft", String::new()), calls);
    }

    fn add(&self, metric: &'static str, class: &str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry((metric, class.to_owned())).or_default();
        *count = count.saturating_add(1);
    }

    /// Writes the metrics.
    pub(crate) fn emit(self, now_ms: i64) {
        let counts = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        for ((name, class), count) in counts {
            let metric = Metric {
                name,
                unit: Unit::Count,
                value: f64::from(count),
            };
            let class = (!class.is_empty()).then_some(("Class", class.as_str()));
            emit_metrics(now_ms, class.as_slice(), &[], &[metric]);
        }
    }
}
