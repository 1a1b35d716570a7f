//! The states of a message.

use serde::{Deserialize, Serialize};

/// Where a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// On the queue.
    #[default]
    Queued,
    /// With a worker.
    Sending,
    /// WeChat has it.
    Sent,
    /// On the receiver's phone.
    Delivered,
    /// Never to be sent: refused.
    Failed,
    /// Perhaps sent.
    Unknown,
    /// Off the queue until its lane opens, or until it is time.
    Parked,
    /// Given up after five tries.
    Dead,
    /// Not to be sent: somebody cancelled it in time.
    Cancelled,
}

impl State {
    /// All states.
    pub const ALL: [Self; 9] = [
        Self::Queued,
        Self::Sending,
        Self::Sent,
        Self::Delivered,
        Self::Failed,
        Self::Unknown,
        Self::Parked,
        Self::Dead,
        Self::Cancelled,
    ];

    /// As in the table and in listings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Parked => "parked",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Whether it is a state that few messages stay in and somebody looks for: the others cost no
    /// write to an index when they change.
    pub fn is_exceptional(self) -> bool {
        matches!(
            self,
            Self::Failed | Self::Unknown | Self::Parked | Self::Dead | Self::Cancelled
        )
    }

    /// Whether a person may have such a message sent again.
    pub fn may_be_redriven(self) -> bool {
        matches!(self, Self::Failed | Self::Unknown | Self::Dead)
    }
}
