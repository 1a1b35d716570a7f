//! Advisors and their customers (protocol 7.2), as plain records.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// An advisor.
#[derive(Clone, Debug, Default)]
pub(crate) struct Advisor {
    pub(crate) account: String,
    pub(crate) openid: String,
    pub(crate) head_url: String,
    pub(crate) nickname: String,
}

/// Advisors under one name.
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) created_ms: i64,
    /// Advisors by key, and when they joined.
    pub(crate) advisors: BTreeMap<String, i64>,
}

/// A customer, bound to one advisor.
#[derive(Clone, Debug)]
pub(crate) struct Buyer {
    pub(crate) advisor: String,
    pub(crate) nickname: String,
    pub(crate) created_ms: i64,
    pub(crate) tags: BTreeSet<String>,
    pub(crate) display_tags: Vec<String>,
}

/// The guide feature of an account.
#[derive(Default)]
pub(crate) struct Guide {
    /// By guide_account, or by guide_openid where there is none.
    pub(crate) advisors: BTreeMap<String, Advisor>,
    /// Replies by advisor; the empty name is the default of all.
    pub(crate) replies: BTreeMap<String, Value>,
    pub(crate) config: Value,
    pub(crate) groups: BTreeMap<u64, Group>,
    pub(crate) buyers: BTreeMap<String, Buyer>,
    pub(crate) options: BTreeMap<String, Vec<String>>,
    pub(crate) cards: Vec<Value>,
    pub(crate) images: Vec<Value>,
    pub(crate) words: Vec<Value>,
    pub(crate) jobs: BTreeMap<u64, Value>,
    made: u64,
}

impl Guide {
    /// The next number of anything.
    pub(crate) fn number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }
}
