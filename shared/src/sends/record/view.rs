//! The message as the API shows it.

use super::{Record, State};
use crate::sends::{Failure, FailureView, SendKind};
use serde::Serialize;
use serde_json::{Value, json};

/// A message, as it stands.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "MessageRow")
)]
pub struct MessageView<'a> {
    /// Its id.
    client_msg_id: &'a str,
    /// What is sent.
    kind: SendKind,
    /// The receiver.
    to_user: &'a str,
    /// Where it is.
    state: State,
    /// WeChat's id, once there is one.
    msgid: Option<&'a str>,
    /// Why it is not where it should be.
    error: Option<FailureView<'a>>,
    /// Where it has been.
    history: Vec<Stage>,
    /// When a parked message is tried, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<String>,
}

/// A state, and since when.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Stage {
    /// The state.
    state: State,
    /// Since when, in UTC.
    at: String,
}

impl Record {
    /// The row as the API shows it; times in UTC.
    pub fn view(&self) -> Value {
        let history = self.history.iter().map(|entry| Stage {
            state: entry.state,
            at: entry.at.utc(),
        });
        json!(MessageView {
            client_msg_id: &self.client_msg_id,
            kind: self.kind,
            to_user: &self.to_user,
            state: self.state,
            msgid: self.msgid.as_deref(),
            error: self.error.as_ref().map(Failure::view),
            history: history.collect(),
            not_before: (self.state == State::Parked).then(|| self.not_before.utc()),
        })
    }
}
