//! What was counted in an invocation, as metrics.

use super::{Metric, emit_metrics};
use crate::time::Timestamp;
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// Metrics by name and, where they have one, by class.
#[derive(Debug, Default)]
pub struct Counts(Mutex<BTreeMap<(&'static str, String), u32>>);

impl Counts {
    /// One more; `class` is empty for a metric that has none.
    pub fn add(&self, name: &'static str, class: &str) {
        self.change(name, class, |count| count + 1);
    }

    /// The last number counts.
    pub fn set(&self, name: &'static str, number: u32) {
        self.change(name, "", |_| number);
    }

    fn change(&self, name: &'static str, class: &str, next: impl Fn(u32) -> u32) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry((name, class.to_owned())).or_default();
        *count = next(*count);
    }

    /// Writes the metrics.
    pub fn emit(self, now: Timestamp) {
        let counts = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        for ((name, class), count) in counts {
            let class = (!class.is_empty()).then_some(("Class", class.as_str()));
            emit_metrics(now, class.as_slice(), &[], &[Metric::count(name, count)]);
        }
    }
}
