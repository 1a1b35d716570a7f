//! What of pushes is counted.

use crate::attempt::HELD;
use shared::{
    lambda::{Metric, emit_metrics},
    time::Timestamp,
};
use wechat_oa::callback::Change;

/// The metrics of what is not the rule: repeats, attempts that were let go on purpose, pushes that do
/// not read whole, replies that had to be changed. A push counts once for what its repeats share.
pub(crate) fn metrics(
    attempt: u32,
    outcome: &str,
    is_unread: bool,
    change: Option<Change>,
) -> Vec<&'static str> {
    let is_first = attempt <= 1;
    [
        (!is_first).then_some("PushesRepeated"),
        (outcome == HELD).then_some("PushesHeld"),
        (is_first && is_unread).then_some("PushesUnread"),
        (is_first && change == Some(Change::Cut)).then_some("RepliesCut"),
        (is_first && change == Some(Change::Dropped)).then_some("RepliesDropped"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The metric of a push that was not taken. The API counts attempts that are let go on purpose as failures as well.
pub(crate) fn failure(status: u16) -> Option<&'static str> {
    match status {
        500 => Some("PushesFailed"),
        401 | 403 => Some("PushesRefused"),
        _ => None,
    }
}

/// Counts one of each; `account` is empty where there is none of that name.
pub(crate) fn count(account: &str, names: &[&'static str], now: Timestamp) {
    let metrics: Vec<Metric> = names.iter().map(|name| Metric::count(name, 1)).collect();
    if !metrics.is_empty() {
        let account = (!account.is_empty()).then_some(("account", account));
        emit_metrics(now, &[], account.as_slice(), &metrics);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_taken_counts_by_whose_fault_it_is() {
        assert_eq!(failure(500), Some("PushesFailed"));
        assert_eq!([401, 403].map(failure), [Some("PushesRefused"); 2]);
        assert_eq!([400, 404, 405, 429].map(failure), [None; 4]);
    }

    #[test]
    fn a_push_counts_once_for_what_its_repeats_share() {
        assert_eq!(metrics(1, "replied", false, None), [""; 0]);
        assert_eq!(
            metrics(1, "replied", true, Some(Change::Cut)),
            ["PushesUnread", "RepliesCut"]
        );
        assert_eq!(
            metrics(2, HELD, true, Some(Change::Dropped)),
            ["PushesRepeated", "PushesHeld"]
        );
        assert_eq!(
            metrics(1, "acknowledged", false, Some(Change::Dropped)),
            ["RepliesDropped"]
        );
    }
}
