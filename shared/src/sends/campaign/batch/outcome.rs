//! What became of a batch, and of its tries before.

use serde::{Deserialize, Serialize};

/// How many a batch meant and reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Followers it meant: TotalCount.
    pub total: u64,
    /// Left after WeChat's filters: FilterCount. The API shows those filtered out.
    pub filtered: u64,
    /// Delivered: SentCount.
    pub sent: u64,
    /// Failed: ErrorCount.
    pub failed: u64,
}

/// A try of a batch that failed, before it was sent again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Earlier {
    /// Its id at WeChat then.
    pub clientmsgid: String,
    /// WeChat's id, where it took it.
    pub msg_id: Option<String>,
    /// Why it failed, in one word.
    pub class: Option<String>,
}
