//! `ReportBatchItemFailures`: what a function's answer says about its batch.

use serde_json::Value;
use std::collections::BTreeSet;

/// How a batch went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BatchResult {
    /// Every item is done.
    Done,
    /// No item is done.
    Failed,
    /// These items are not done.
    Partly(BTreeSet<String>),
}

/// Reads an answer. An empty or missing list is success; an answer that is no JSON, or an identifier that is
/// empty or not of the batch, fails the whole batch (Lambda guide, "Reporting batch item failures").
pub(super) fn read(payload: &[u8], batch: &BTreeSet<String>) -> BatchResult {
    if payload.is_empty() {
        return BatchResult::Done;
    }
    let Ok(answer) = serde_json::from_slice::<Value>(payload) else {
        return BatchResult::Failed;
    };
    let failures = match answer.get("batchItemFailures") {
        None | Some(Value::Null) => return BatchResult::Done,
        Some(Value::Array(failures)) => failures,
        Some(_) => return BatchResult::Failed,
    };
    let name = |f: &Value| {
        f.get("itemIdentifier")?
            .as_str()
            .map(str::to_owned)
            .filter(|n| batch.contains(n))
    };
    match failures.iter().map(name).collect::<Option<BTreeSet<_>>>() {
        None => BatchResult::Failed,
        Some(none) if none.is_empty() => BatchResult::Done,
        Some(some) => BatchResult::Partly(some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_documented_rules() {
        let batch: BTreeSet<String> = ["a", "b"].map(str::to_owned).into();
        let partly =
            |names: &[&str]| BatchResult::Partly(names.iter().map(|n| (*n).to_owned()).collect());
        for (answer, expected) in [
            ("", BatchResult::Done),
            ("null", BatchResult::Done),
            ("{}", BatchResult::Done),
            (r#"{"batchItemFailures":null}"#, BatchResult::Done),
            (r#"{"batchItemFailures":[]}"#, BatchResult::Done),
            (
                r#"{"batchItemFailures":[{"itemIdentifier":"b"}]}"#,
                partly(&["b"]),
            ),
            (
                r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#,
                BatchResult::Failed,
            ),
            (
                r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#,
                BatchResult::Failed,
            ),
            (
                r#"{"batchItemFailures":[{"itemIdentifier":"c"}]}"#,
                BatchResult::Failed,
            ),
            (
                r#"{"batchItemFailures":[{"item":"a"}]}"#,
                BatchResult::Failed,
            ),
            (r#"{"batchItemFailures":"a"}"#, BatchResult::Failed),
            ("nonsense", BatchResult::Failed),
        ] {
            assert_eq!(read(answer.as_bytes(), &batch), expected, "{answer}");
        }
    }
}
