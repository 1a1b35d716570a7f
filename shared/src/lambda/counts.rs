//! What was counted in an invocation, as metrics.

use super::{Metric, emit_metrics};
use crate::time::Timestamp;
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// Metrics by name and, where they have them, by account and class.
#[derive(Debug, Default)]
pub struct Counts(Mutex<BTreeMap<(&'static str, String, String), u32>>);

impl Counts {
    /// One more of an account; `class` is empty for a metric that has none.
    pub fn add(&self, name: &'static str, account: &str, class: &str) {
        self.change((name, account, class), |count| count + 1);
    }

    /// The last number of an account counts, which is empty where it is of none.
    pub fn set(&self, name: &'static str, account: &str, number: u32) {
        self.change((name, account, ""), |_| number);
    }

    fn change(
        &self,
        (name, account, class): (&'static str, &str, &str),
        next: impl Fn(u32) -> u32,
    ) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (name, account.to_owned(), class.to_owned());
        let count = counts.entry(key).or_default();
        *count = next(*count);
    }

    /// Writes the metrics.
    pub fn emit(self, now: Timestamp) {
        let counts = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        for ((name, account, class), count) in counts {
            let given = |name, value| {
                Some((name, value)).filter(|(_, value): &(_, &str)| !value.is_empty())
            };
            let (class, account) = (given("Class", &*class), given("account", &*account));
            let metric = [Metric::count(name, count)];
            emit_metrics(now, class.as_slice(), account.as_slice(), &metric);
        }
    }
}
