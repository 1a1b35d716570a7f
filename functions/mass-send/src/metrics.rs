//! What is counted of batches.

use shared::{lambda::Counts, sends::campaign::verdict::Verdict};

/// Counts what became of a batch; where it failed, by class.
pub(crate) fn count(counts: &Counts, verdict: &Verdict) {
    match verdict {
        Verdict::Accepted { .. } => counts.add("MassBatchesAccepted", ""),
        Verdict::Again { failure, .. } => counts.add("MassBatchesRepeated", &failure.class),
        Verdict::AwaitingAdmin { .. } => counts.add("MassBatchesAwaitingAdmin", ""),
        Verdict::Failed(failure) => counts.add("MassBatchesFailed", &failure.class),
        Verdict::Unknown(_) => counts.add("MassBatchesFailed", "unknown"),
    }
}
