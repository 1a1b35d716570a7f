//! Every call to the WeChat API, as it came and as it was answered, without its secrets.

use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};

/// Calls remembered; older ones fall out.
const KEPT: usize = 20_000;
/// Longer bodies are shown by their length only.
const SHOWN_BYTES: usize = 64 * 1024;
const SECRET_FIELDS: &[&str] = &[
    "access_token",
    "appsecret",
    "refresh_token",
    "secret",
    "ticket",
];

/// One call to the WeChat API.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CallRecord {
    /// The request id; error answers carry it in `errmsg`.
    pub rid: String,
    /// Platform time of arrival, milliseconds since 1970.
    pub at_ms: i64,
    /// How long the answer took, in milliseconds.
    pub ms: i64,
    /// The account, when token or appid told it.
    pub app_id: Option<String>,
    /// Address of the caller.
    pub caller: String,
    /// HTTP method.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Query, without its secrets.
    pub query: BTreeMap<String, String>,
    /// Body: JSON where it is JSON, else text, else its length.
    pub body: Value,
    /// HTTP status; absent when the connection was cut instead.
    pub status: Option<u16>,
    /// `errcode` of the answer; 0 when it has none.
    pub errcode: i64,
    /// The answer, like `body`.
    pub answer: Value,
    /// The faults that struck.
    pub faults: Vec<String>,
}

/// Which calls to list; empty: all.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CallFilter {
    /// Beginning of the path.
    pub path: String,
    /// The account.
    pub app_id: String,
}

impl CallFilter {
    fn lets(&self, call: &CallRecord) -> bool {
        let account = self.app_id.is_empty() || call.app_id.as_deref() == Some(&self.app_id);
        account && call.path.starts_with(&self.path)
    }
}

/// The calls, oldest first. Cleared ones are hidden but still known by rid.
#[derive(Default)]
pub(crate) struct CallLog {
    calls: VecDeque<CallRecord>,
    hidden: usize,
}

impl CallLog {
    pub(crate) fn add(&mut self, call: CallRecord) {
        if self.calls.len() >= KEPT {
            self.calls.pop_front();
            self.hidden = self.hidden.saturating_sub(1);
        }
        self.calls.push_back(call);
    }

    pub(crate) fn list(&self, filter: &CallFilter) -> Vec<CallRecord> {
        self.calls
            .iter()
            .skip(self.hidden)
            .filter(|call| filter.lets(call))
            .cloned()
            .collect()
    }

    /// The newest calls, oldest first.
    pub(crate) fn newest(&self, count: usize) -> Vec<CallRecord> {
        let shown = self.calls.len().saturating_sub(self.hidden).min(count);
        let before = self.calls.len() - shown;
        self.calls.iter().skip(before).cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.hidden = self.calls.len();
    }

    /// The call that was answered with this rid.
    pub(crate) fn by_rid(&self, rid: &str) -> Option<&CallRecord> {
        self.calls.iter().rev().find(|call| call.rid == rid)
    }
}

/// A body as the log shows it.
pub(crate) fn to_json(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) if bytes.len() <= SHOWN_BYTES => {
            serde_json::from_str(text).map_or_else(|_| Value::from(text), redact)
        }
        _ => Value::from(format!("<{} bytes>", bytes.len())),
    }
}

/// The query as the log shows it.
pub(crate) fn redact_query(query: &[(String, String)]) -> BTreeMap<String, String> {
    let shown = |(name, value): &(String, String)| {
        let value = if SECRET_FIELDS.contains(&name.as_str()) {
            blot(value)
        } else {
            value.clone()
        };
        (name.clone(), value)
    };
    query.iter().map(shown).collect()
}

fn redact(mut value: Value) -> Value {
    match &mut value {
        Value::Object(object) => {
            for (name, field) in object.iter_mut() {
                let secret = SECRET_FIELDS.contains(&name.as_str());
                *field = match field.as_str() {
                    Some(text) if secret => Value::from(blot(text)),
                    _ => redact(field.take()),
                };
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| *item = redact(item.take())),
        _ => {}
    }
    value
}

/// The last four characters tell two tokens apart and give nothing away.
fn blot(secret: &str) -> String {
    let characters = secret.chars().count();
    let shown = if characters > 16 { 4 } else { 0 };
    let tail: String = secret.chars().skip(characters - shown).collect();
    format!("***{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_blotted_out_at_any_depth() {
        let shown = to_json(
            br#"{"appid":"wx1","secret":"abc","a":[{"access_token":"0123456789abcdefghij"}]}"#,
        );
        assert_eq!(shown["secret"], "***");
        assert_eq!(shown["a"][0]["access_token"], "***ghij");
        assert_eq!(shown["appid"], "wx1");
        assert_eq!(
            redact_query(&[("secret".into(), "abc".into())])["secret"],
            "***"
        );
    }

    #[test]
    fn bodies_that_are_no_text_are_shown_by_length() {
        assert_eq!(to_json(&[0xff, 0xfe]), "<2 bytes>");
        assert_eq!(to_json(b"success"), "success");
        assert_eq!(to_json(b""), "");
    }
}
