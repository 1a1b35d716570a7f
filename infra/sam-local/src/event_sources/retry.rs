//! What happens to a batch of stream records whose attempt is over: a pure decision.

use serde_json::Value;

/// Records that are delivered together, and how often that failed so far.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Work {
    /// Stream records, oldest first.
    pub records: Vec<Value>,
    /// Failed attempts.
    pub attempts: u32,
}

/// The mapping's rules for failures.
#[derive(Debug, Clone, Copy)]
pub(super) struct Policy {
    /// `MaximumRetryAttempts`; none repeats without end.
    pub retries: Option<u32>,
    /// `BisectBatchOnFunctionError`.
    pub bisect: bool,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Next {
    /// Deliver these, in this order, before anything newer.
    Again(Vec<Work>),
    /// Give up: to the failure destination.
    Discard(Work),
}

/// Decides after a failure at record `failed_at`; what stands before it is done. Splitting does not count as an attempt.
pub(super) fn after_failure(mut work: Work, failed_at: usize, policy: Policy) -> Next {
    let progress = failed_at > 0;
    work.records = work.records.split_off(failed_at.min(work.records.len()));
    if policy.bisect && !progress && work.records.len() > 1 {
        let later = work.records.split_off(work.records.len() / 2);
        let later = Work {
            records: later,
            attempts: work.attempts,
        };
        return Next::Again(vec![work, later]);
    }
    work.attempts += 1;
    match policy.retries {
        Some(most) if work.attempts > most => Next::Discard(work),
        _ => Next::Again(vec![work]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn work(records: &[i32], attempts: u32) -> Work {
        Work {
            records: records.iter().map(|n| json!(n)).collect(),
            attempts,
        }
    }

    #[test]
    fn a_batch_is_repeated_then_discarded_whole() {
        let policy = Policy {
            retries: Some(1),
            bisect: false,
        };
        assert_eq!(
            after_failure(work(&[1, 2], 0), 0, policy),
            Next::Again(vec![work(&[1, 2], 1)])
        );
        assert_eq!(
            after_failure(work(&[1, 2], 1), 0, policy),
            Next::Discard(work(&[1, 2], 2))
        );
        let forever = Policy {
            retries: None,
            bisect: false,
        };
        assert_eq!(
            after_failure(work(&[1], 9_999), 0, forever),
            Next::Again(vec![work(&[1], 10_000)])
        );
    }

    #[test]
    fn bisecting_halves_without_counting_until_one_is_left() {
        let policy = Policy {
            retries: Some(0),
            bisect: true,
        };
        assert_eq!(
            after_failure(work(&[1, 2, 3], 0), 0, policy),
            Next::Again(vec![work(&[1], 0), work(&[2, 3], 0)])
        );
        assert_eq!(
            after_failure(work(&[2], 0), 0, policy),
            Next::Discard(work(&[2], 1))
        );
    }

    #[test]
    fn a_checkpoint_keeps_what_stands_before_it() {
        let policy = Policy {
            retries: Some(3),
            bisect: true,
        };
        assert_eq!(
            after_failure(work(&[1, 2, 3, 4], 0), 2, policy),
            Next::Again(vec![work(&[3, 4], 1)])
        );
    }
}
