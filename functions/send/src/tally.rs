//! What became of the messages of an invocation, as metrics.

use shared::{
    lambda::{Metric, Unit, emit_metrics},
    sends::verdict::Verdict,
};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// Messages by what became of them and, where they failed, by class.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<BTreeMap<(&'static str, String), u32>>);

/// The word for a verdict, in logs, and the metric that counts it.
pub(crate) fn words(verdict: &Verdict) -> (&'static str, Option<&'static str>) {
    match verdict {
        Verdict::Sent { .. } => ("sent", Some("MessagesSent")),
        Verdict::Failed(_) => ("failed", Some("MessagesFailed")),
        Verdict::Unknown(_) => ("unknown", Some("MessagesUnknown")),
        Verdict::Dead(_) => ("dead", Some("MessagesDead")),
        Verdict::Quota(_) => ("parked", Some("MessagesParked")),
        Verdict::Again(_) => ("again", None),
    }
}

impl Tally {
    pub(crate) fn count(&self, verdict: &Verdict) {
        let class = match verdict {
            Verdict::Failed(failure) => failure.class.clone(),
            _ => String::new(),
        };
        if let (_, Some(metric)) = words(verdict) {
            self.add(metric, class);
        }
    }

    pub(crate) fn parked(&self) {
        self.add("MessagesParked", String::new());
    }

    pub(crate) fn poisoned(&self) {
        self.add("MessagesDead", String::new());
    }

    fn add(&self, metric: &'static str, class: String) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry((metric, class)).or_default();
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
            let class = [("Class", class.as_str())];
            let dimensions = if class[0].1.is_empty() {
                &class[..0]
            } else {
                &class[..]
            };
            emit_metrics(now_ms, dimensions, &[], &[metric]);
        }
    }
}
