//! What travels on the send queue.

use crate::{answers::PieceOf, time::Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha1::{Digest as _, Sha1};

/// A message for the `send` function, as it travels on the queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SendJob {
    pub account: String,
    pub kind: SendKind,
    /// Tells this message from every other one of the account; a repeat of it is not sent again.
    pub client_msg_id: String,
    pub to_user: String,
    /// WeChat's own request body.
    pub body: Value,
    #[serde(default)]
    pub options: Options,
    /// Whether the worker files the row. Otherwise the row came first, and a message without one
    /// was erased on its way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unfiled: bool,
    /// How the row was filed, for a message that nobody began yet: its worker need not read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filed: Option<Filed>,
    /// When it is sent at the earliest; its row has that from the beginning, and it goes on the queue then.
    #[serde(skip)]
    pub not_before: Option<Timestamp>,
    /// Set when it comes back from being parked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<Released>,
    /// The piece of an answer that it carries: the user collects it where WeChat refuses the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<PieceOf>,
}

/// How a message is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Options {
    /// What happens when the fate of a call is not known and a repeat could be a second message.
    pub on_unknown: OnUnknown,
    /// Sent even where consent or allowance are known to be missing, or the account's class may not send it.
    pub force: bool,
    /// Makes a text differ invisibly from others that look the same, so that phones do not open
    /// the link they remember for it.
    pub cache_buster: bool,
}

/// What happens when the fate of a call is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OnUnknown {
    /// The message stays `unknown`.
    #[default]
    Keep,
    /// It is sent again, at the risk of a second message.
    Retry,
}

/// What the row of a message holds beside what its job says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filed {
    /// When it came.
    #[serde(rename = "created_ms")]
    pub created: Timestamp,
    /// The intake it came in with others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intake: Option<String>,
}

/// A message that was parked and is back on the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// Which release of its lane brought it back.
    pub generation: u64,
    /// Its place in the lane, as when it first came.
    pub order: String,
}

/// The kinds of message the queue carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SendKind {
    /// `POST /cgi-bin/message/template/send`.
    Template,
    /// `POST /cgi-bin/message/subscribe/bizsend`.
    Subscription,
    /// `POST /cgi-bin/message/template/subscribe`.
    OneTimeSubscription,
    /// `POST /cgi-bin/message/custom/send`; a body with `command` is `…/custom/typing`.
    CustomerService,
}

impl SendKind {
    /// All kinds, as the routes have them.
    pub const ALL: [Self; 4] = [
        Self::Template,
        Self::Subscription,
        Self::OneTimeSubscription,
        Self::CustomerService,
    ];

    /// As in the table and in listings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Template => "template",
            Self::Subscription => "subscription",
            Self::OneTimeSubscription => "one_time_subscription",
            Self::CustomerService => "customer_service",
        }
    }

    /// The last part of the route that accepts it.
    pub fn route(self) -> &'static str {
        match self {
            Self::Template => "template-messages",
            Self::Subscription => "subscription-messages",
            Self::OneTimeSubscription => "one-time-subscription-messages",
            Self::CustomerService => "customer-service-messages",
        }
    }

    /// WeChat's path for a body of this kind.
    pub fn path(self, body: &Value) -> &'static str {
        match self {
            Self::Template => "/cgi-bin/message/template/send",
            Self::Subscription => "/cgi-bin/message/subscribe/bizsend",
            Self::OneTimeSubscription => "/cgi-bin/message/template/subscribe",
            Self::CustomerService if is_typing(body) => "/cgi-bin/message/custom/typing",
            Self::CustomerService => "/cgi-bin/message/custom/send",
        }
    }

    /// Whether WeChat knows a repeat by its id.
    pub fn has_id(self) -> bool {
        self == Self::Template
    }
}

/// Whether a customer-service body shows or hides "typing" and carries no message.
pub fn is_typing(body: &Value) -> bool {
    body.get("command")
        .is_some_and(|command| !command.is_null())
}

impl SendJob {
    /// Longest `client_msg_id`, in bytes.
    pub const ID_LIMIT: usize = 64;

    /// Whether a text may be a `client_msg_id`: 1 to 64 letters, digits, `-`, `_`, `.` or `:`.
    pub fn is_id(text: &str) -> bool {
        let letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
        (1..=Self::ID_LIMIT).contains(&text.len()) && text.bytes().all(letter)
    }

    /// The job as the queue takes it: two characters that JSON may hold and SQS refuses are
    /// escaped.
    ///
    /// # Errors
    /// None: a job is always JSON.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        let text = serde_json::to_string(self)?;
        Ok(text
            .replace('\u{fffe}', "\\ufffe")
            .replace('\u{ffff}', "\\uffff"))
    }

    /// The template it names, if any.
    pub fn template_id(&self) -> Option<&str> {
        self.body.get("template_id")?.as_str()
    }

    /// The id by which the queue knows a repeat within five minutes. `round` tells a message that
    /// comes back, redriven or released, from its first time: behind a `/`, which no id has.
    pub fn deduplication_id(&self, round: &str) -> String {
        let (id, digest) = (&self.client_msg_id, hex::encode(Sha1::digest(round)));
        match round {
            "" => id.clone(),
            _ => format!("{id}/{digest:.16}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn a_job_is_text_that_the_queue_takes() {
        let job: SendJob = from_value(json!({
            "account": "demo", "kind": "customer_service", "client_msg_id": "a", "to_user": "oA",
            "body": {"text": {"content": "\u{fffe}\u{ffff}\u{7}\u{1f600}\\"}},
        }))
        .unwrap();
        let text = job.to_text().unwrap();
        let refused = |c| matches!(c, '\0'..=' ' | '\u{fffe}' | '\u{ffff}');
        assert!(!text.contains(refused), "{text}");
        assert_eq!(serde_json::from_str::<SendJob>(&text).unwrap(), job);
    }

    #[test]
    fn a_job_needs_no_more_than_it_did() {
        let job: SendJob = from_value(json!({
            "account": "demo", "kind": "customer_service", "client_msg_id": "late-1",
            "to_user": "oA", "body": {},
        }))
        .unwrap();
        assert_eq!(job.options.on_unknown, OnUnknown::Keep);
        assert!(!job.unfiled && job.released.is_none());
    }

    #[test]
    fn kinds_have_paths() {
        let kind = SendKind::CustomerService;
        assert_eq!(
            kind.path(&json!({"command": "Typing"})),
            "/cgi-bin/message/custom/typing"
        );
        assert_eq!(
            kind.path(&json!({"msgtype": "text"})),
            "/cgi-bin/message/custom/send"
        );
    }

    #[test]
    fn ids_are_short_and_plain() {
        assert!(SendJob::is_id("550e8400-e29b-41d4-a716-446655440000"));
        for wrong in ["", "a#b", "a b", "中", &"x".repeat(65)] {
            assert!(!SendJob::is_id(wrong), "{wrong}");
        }
    }
}
