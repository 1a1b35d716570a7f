//! What became of a batch: MASSSENDJOBFINISH (protocol section 2.3) and `mass/get`.

use crate::sends::Failure;
use serde::{Deserialize, Serialize};

/// How many a batch meant and reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Followers it meant: TotalCount.
    pub total: u64,
    /// Left after WeChat's filters: FilterCount.
    pub filtered: u64,
    /// Delivered: SentCount.
    pub sent: u64,
    /// Failed: ErrorCount.
    pub failed: u64,
}

/// A MASSSENDJOBFINISH.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MassResult {
    /// The `MsgID`: `msg_id` of the send.
    pub msg_id: u64,
    /// WeChat's words: `send success`, `send fail`, `err(n)`, or others.
    pub status: String,
    /// The counts.
    pub counts: Counts,
    /// What the check for originality found, article by article, as JSON text; empty where none.
    #[serde(default)]
    pub copyright: String,
    /// Where the articles can be read, as JSON text; empty where nowhere.
    #[serde(default)]
    pub articles: String,
}

impl MassResult {
    /// Whether an id is one of a send over the API; ids of console sends are lower.
    pub fn is_of_api(&self) -> bool {
        self.msg_id > 1 << 31
    }

    /// Why the send failed; `None` when it did not. Words that are not known count as failed.
    pub fn failure(&self) -> Option<Failure> {
        let class = match self.status.as_str() {
            "send success" => return None,
            "send fail" => "wechat_failed",
            "err(40001)" => "admin_refused",
            "err(40002)" => "admin_silent",
            "err(30001)" | "err(30002)" | "err(30003)" => "reprint",
            status if status.starts_with("err(") => "content",
            _ => "unknown_status",
        };
        Some(Failure::new(None, &self.status, class))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_success_is_success() {
        for (status, class) in [
            ("send fail", "wechat_failed"),
            ("err(10001)", "content"),
            ("err(20431)", "content"),
            ("err(30003)", "reprint"),
            ("err(40002)", "admin_silent"),
            ("half sent", "unknown_status"),
        ] {
            let result = MassResult {
                status: status.into(),
                ..MassResult::default()
            };
            assert_eq!(result.failure().unwrap().class, class, "{status}");
        }
        let result = MassResult {
            status: "send success".into(),
            msg_id: 3_147_483_661,
            ..MassResult::default()
        };
        assert!(result.failure().is_none() && result.is_of_api());
    }
}
