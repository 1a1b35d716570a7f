//! The answers of the routes, as the document shows them; tests hold the real ones to these.

use schemars::JsonSchema;
use serde::Serialize;
use shared::sends::{SendKind, State, record::MessageView};

/// The gateway's own answer, given before or in place of the function's.
#[derive(Serialize, JsonSchema)]
pub(crate) struct GatewayAnswer {
    /// `Forbidden`, `Too Many Requests`, `Request Entity Too Large`, `Service Unavailable`, …
    message: String,
}

/// Why a request was not done.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ErrorAnswer {
    /// What is wrong.
    error: ErrorDetail,
}

/// What is wrong.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ErrorDetail {
    /// In one word, such as `invalid_field`.
    #[serde(rename = "type")]
    kind: String,
    /// In a sentence.
    message: String,
    /// The field that breaks a rule, such as `[3].touser`.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// The rule it breaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    /// Where the JSON breaks off.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    /// Where the JSON breaks off.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    /// The allowance that is used up: `day` or `to_all`.
    #[serde(skip_serializing_if = "Option::is_none")]
    guard: Option<String>,
    /// When it opens again, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    opens_at: Option<String>,
    /// The ids of messages that may be filed; a repeat with them sends none twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_msg_ids: Option<Vec<String>>,
    /// What to do next, where it is the caller's to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Explained>,
    /// The page of WeChat's that a person opens, where such a page was called.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    /// What is still to be put into the link, in place of what stands in braces.
    #[serde(skip_serializing_if = "Option::is_none")]
    fill_in: Option<Vec<String>>,
    /// What kind of trouble it is that there is no valid token, in one word.
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<String>,
    /// What helps, where there is no valid token.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<Explained>,
    /// When it is tried again, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_at: Option<i64>,
    /// WeChat's code, where WeChat would refuse with it and was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    errcode: Option<i64>,
    /// The mass send as it stands, where something of it has gone that cannot be taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    campaign: Option<serde_json::Map<String, serde_json::Value>>,
}

/// A refusal of WeChat's, with every member it came with.
#[derive(Serialize, JsonSchema)]
pub(crate) struct WechatRefusal {
    /// WeChat's code.
    errcode: i64,
    /// WeChat's message.
    errmsg: String,
    /// What kind of refusal it is: caller, quota, rate, refused, …
    class: String,
    /// What helps: never, soon, new_token, next_minute, next_window or after_fix.
    retry: String,
    /// What the code says; null for one that is not in WeChat's table.
    explanation: Option<Explained>,
    /// The id under which WeChat can look the call up for seven days.
    rid: Option<String>,
    /// WeChat's path.
    endpoint: String,
}

/// The same in two languages.
#[derive(Serialize, JsonSchema)]
struct Explained {
    /// In English.
    en: String,
    /// In Chinese.
    zh: String,
}

/// A message that was accepted.
#[derive(Serialize, JsonSchema)]
pub(crate) struct AcceptedMessage {
    /// Its id, ours when none was given.
    client_msg_id: String,
    /// Where it is.
    state: State,
}

/// A page of messages, newest first.
#[derive(Serialize, JsonSchema)]
pub(crate) struct MessagePage {
    /// The messages.
    messages: Vec<MessageView<'static>>,
    /// Fetches the next page; null on the last one.
    cursor: Option<String>,
}

/// Which failed messages are sent again.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct RedriveMessages {
    /// Those in this state: `failed`, `unknown` or `dead`.
    state: State,
    /// Those of this kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<SendKind>,
    /// Those by this template.
    #[serde(skip_serializing_if = "Option::is_none")]
    template_id: Option<String>,
    /// Those to this receiver.
    #[serde(skip_serializing_if = "Option::is_none")]
    to_user: Option<String>,
    /// Those that came then or later, a time with its zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    /// Those that came until then, a time with its zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// The `cursor` of the answer before, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
    /// How many are looked at together, 20 unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
}

/// How far a request to send many messages again came.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RedrivenMessages {
    /// Messages that are queued again.
    redriven: u32,
    /// Messages that were not in that state any more.
    refused: u32,
    /// Goes on behind them; null when there are no more.
    cursor: Option<String>,
}

/// Media WeChat holds.
#[derive(Serialize, JsonSchema)]
pub(crate) struct UploadedMedia {
    /// What messages name.
    media_id: String,
    /// Where a permanent picture can be seen.
    url: Option<String>,
    /// When WeChat drops it, in seconds since 1970; null for permanent media.
    expires_at: Option<i64>,
    /// Whether it had been uploaded before.
    reused: bool,
}

/// An access token in force.
#[derive(Serialize, JsonSchema)]
pub(crate) struct AccessToken {
    /// The token.
    access_token: String,
    /// Seconds it is still good for.
    expires_in: i64,
    /// When it ends, in seconds since 1970.
    expires_at: i64,
}

/// A ticket in force.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Ticket {
    /// The ticket.
    ticket: String,
    /// Seconds it is still good for.
    expires_in: i64,
    /// When it ends, in seconds since 1970.
    expires_at: i64,
}

/// A token WeChat refused.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct RefusedToken {
    /// The token.
    refused: String,
}
