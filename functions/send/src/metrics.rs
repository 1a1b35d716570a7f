//! What is counted of messages, and the words for what became of them.

use shared::{lambda::Counts, sends::verdict::Verdict};

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

/// Counts what became of a message; where it failed, by class.
pub(crate) fn count(counts: &Counts, verdict: &Verdict) {
    let class = match verdict {
        Verdict::Failed(failure) => failure.class.as_str(),
        _ => "",
    };
    if let (_, Some(metric)) = words(verdict) {
        counts.add(metric, class);
    }
}
