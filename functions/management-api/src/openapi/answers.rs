//! The answers of the routes, as the document shows them; tests hold the real ones to these.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::sends::{Failure, SendKind, State};

/// Why a request was not done.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ErrorAnswer {
    /// What is wrong.
    pub(super) error: ErrorDetail,
}

/// What is wrong.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ErrorDetail {
    /// In one word, such as `invalid_field`.
    #[serde(rename = "type")]
    kind: String,
    /// In a sentence.
    message: String,
    /// The field that breaks a rule, such as `[3].touser`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) field: Option<String>,
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
    /// Why no token is to be had: ip, config, quota, rate, transient or internal.
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<Explained>,
    /// When to ask again, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_at: Option<i64>,
}

/// A refusal of WeChat's.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WechatRefusal {
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

/// A code in words.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Explained {
    /// In English.
    en: String,
    /// In Chinese.
    zh: String,
}

/// A message that was accepted.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AcceptedMessage {
    /// Its id, ours when none was given.
    client_msg_id: String,
    /// Where it is.
    state: State,
}

/// A message, as it stands.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MessageRow {
    /// Its id.
    client_msg_id: String,
    /// What is sent.
    kind: SendKind,
    /// The receiver.
    to_user: String,
    /// Where it is.
    state: State,
    /// WeChat's id, once there is one.
    msgid: Option<String>,
    /// Why it is not where it should be.
    error: Option<Failure>,
    /// Where it has been.
    history: Vec<Stage>,
    /// When a parked message is tried, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<String>,
}

/// A state, and since when.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Stage {
    /// The state.
    state: State,
    /// Since when, in UTC.
    at: String,
}

/// A page of messages, newest first.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MessagePage {
    /// The messages.
    messages: Vec<MessageRow>,
    /// Fetches the next page; null on the last one.
    cursor: Option<String>,
}

/// Media WeChat holds.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UploadedMedia {
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
pub(super) struct AccessToken {
    access_token: String,
    /// Seconds it is still good for.
    expires_in: i64,
    /// When it ends, in seconds since 1970.
    expires_at: i64,
}

/// A ticket in force.
#[derive(Serialize, JsonSchema)]
pub(super) struct Ticket {
    ticket: String,
    /// Seconds it is still good for.
    expires_in: i64,
    /// When it ends, in seconds since 1970.
    expires_at: i64,
}

/// A token WeChat refused.
#[derive(Serialize, JsonSchema)]
pub(super) struct RefusedToken {
    /// The token.
    refused: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::Refusal;
    use serde::de::DeserializeOwned;
    use serde_json::{Map, Value, json};
    use shared::{
        api::{ApiError, Invalid},
        sends::{OnUnknown, Options, Record, SendJob},
    };

    fn is<T: DeserializeOwned>(answer: Value) -> T {
        let text = answer.to_string();
        serde_json::from_value(answer).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    fn body(refusal: &Refusal) -> Value {
        serde_json::from_str(&refusal.response().body).unwrap()
    }

    #[test]
    fn refusals_are_as_described() {
        let broken = Invalid::unless(false, "[3].touser", "rule").unwrap_err();
        let told: ErrorAnswer = is(body(&broken.into()));
        assert_eq!(told.error.field.as_deref(), Some("[3].touser"));
        let _: ErrorAnswer = is(body(
            &serde_json::from_str::<Value>("{").unwrap_err().into(),
        ));
        let _: ErrorAnswer = is(body(&Refusal::Taken("client_msg_id".into())));
        let refusal = ApiError::new("/x", 40003, "no", Map::new());
        let _: WechatRefusal = is(body(&Refusal::Call(Box::new(refusal).into())));
    }

    #[test]
    fn rows_are_as_described() {
        let job = SendJob {
            account: "demo".into(),
            kind: SendKind::Template,
            client_msg_id: "a".into(),
            to_user: "oA".into(),
            body: json!({}),
            options: Options {
                on_unknown: OnUnknown::Keep,
                ..Options::default()
            },
            unfiled: false,
            released: None,
        };
        let mut record = Record::new("wx1", &job, 0);
        let _: MessageRow = is(record.view());
        record.state = State::Parked;
        record.error = Some(Failure::new(Some(45009), "limit", "quota"));
        let page = json!({ "messages": [record.view()], "cursor": null });
        let _: MessagePage = is(page);
    }
}
