//! What users do that lets an account write to them (protocol 7.1).

use serde::{Deserialize, Serialize};

/// What a user does that opens the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interaction {
    /// Sends a message.
    Message,
    /// Clicks a menu entry of type click, scancode_push or scancode_waitmsg.
    Click,
    /// Follows.
    Follow,
    /// Scans a parametric QR code.
    Scan,
}

impl Interaction {
    /// What a push says the user did; none when it opens nothing.
    pub(crate) fn of(msg_type: &str, event: &str) -> Option<Self> {
        match (msg_type, event.to_ascii_lowercase().as_str()) {
            ("event", "click" | "scancode_push" | "scancode_waitmsg") => Some(Self::Click),
            ("event", "subscribe") => Some(Self::Follow),
            ("event", "scan") => Some(Self::Scan),
            ("event" | "", _) => None,
            _ => Some(Self::Message),
        }
    }
}
