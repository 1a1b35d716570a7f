//! What of a push does not read, though WeChat signed it.

use serde::{Serialize, Serializer};
use thiserror::Error;

/// More are not told apart: a list may hold the same fault thousands of times.
const MOST: usize = 16;

/// Something in a push that does not read. It holds nothing of what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unread {
    /// The whole is not what a push looks like.
    #[error("body: {0}")]
    Malformed(&'static str),
    /// A field breaks its rule.
    #[error("{field}: {rule}")]
    Field {
        field: &'static str,
        rule: &'static str,
    },
}

impl Serialize for Unread {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The faults found so far; each once.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Unread>);

impl Faults {
    pub(super) fn add(&mut self, fault: Unread) {
        if self.0.len() < MOST && !self.0.contains(&fault) {
            self.0.push(fault);
        }
    }

    pub(super) fn field(&mut self, field: &'static str, rule: &'static str) {
        self.add(Unread::Field { field, rule });
    }

    pub(super) fn into_list(self) -> Vec<Unread> {
        self.0
    }
}
