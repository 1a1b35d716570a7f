//! What can go wrong with a call. Nothing here holds a token, a secret or a URL.

use super::{
    endpoint::Invalid,
    errcode::{ErrorClass, Explanation, Retry, explain},
    redact::redact,
};
use serde_json::{Map, Value};
use std::fmt;
use thiserror::Error;

/// Endpoints of web pages, called with the token of a visitor.
const WEB_PAGES: &str = "/sns/";

/// A cause from outside the core.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// The longest part of WeChat's message that is kept, in bytes.
const MESSAGE_LIMIT: usize = 512;

/// A call that did not succeed. `endpoint` is its path.
#[derive(Debug, Error)]
pub enum Error {
    /// A field breaks a documented rule; nothing was sent.
    #[error("{endpoint}: {source}")]
    Invalid {
        endpoint: String,
        /// The field and the rule.
        source: Invalid,
    },
    /// The request does not serialize; nothing was sent.
    #[error("{endpoint}: request: {source}")]
    Encode {
        endpoint: String,
        /// What the serializer said.
        source: serde_json::Error,
    },
    /// No access token could be had; nothing was sent.
    #[error("{endpoint}: no access token: {source}")]
    NoToken { endpoint: String, source: Cause },
    /// The connection failed.
    #[error("{endpoint}: {failure}: {source}")]
    Transport {
        endpoint: String,
        failure: Failure,
        /// What the HTTP client said, without the URL.
        source: Cause,
    },
    /// The file to upload cannot be read, or the place of a download not be written.
    #[error("{endpoint}: file: {source}")]
    File {
        endpoint: String,
        source: std::io::Error,
    },
    /// What came back is no JSON object: an HTML page, a cut answer, a gateway's error.
    #[error("{endpoint}: HTTP {status}, no answer of the API: {excerpt}")]
    Unreadable {
        endpoint: String,
        /// The HTTP status.
        status: u16,
        /// How the body begins, 200 bytes at most, tokens cut out.
        excerpt: String,
    },
    /// The JSON is not what the endpoint's page describes.
    #[error("{endpoint}: answer: {field}: {reason}: {excerpt}")]
    Shape {
        endpoint: String,
        /// Where in the answer.
        field: String,
        /// What is wrong there.
        reason: String,
        /// How the body begins, 200 bytes at most, tokens cut out.
        excerpt: String,
    },
    /// The answer is longer than this client takes.
    #[error("{endpoint}: answer longer than {limit} bytes")]
    TooLong {
        endpoint: String,
        /// The most that is taken, in bytes.
        limit: usize,
    },
    /// WeChat refused the call.
    #[error(transparent)]
    Api(#[from] Box<ApiError>),
}

/// What failed about a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// No connection came about: the request was not sent.
    Connect,
    /// No answer in time: the call may have had its effect.
    Timeout,
    /// The connection broke: the call may have had its effect.
    Broken,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "no connection",
            Self::Timeout => "no answer in time",
            Self::Broken => "connection broken",
        })
    }
}

impl Error {
    /// The failure in one word, for logs, metrics and alarms.
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "invalid_request",
            Self::Encode { .. } => "request_not_encoded",
            Self::NoToken { .. } => "no_access_token",
            Self::Transport { failure, .. } => match failure {
                Failure::Connect => "wechat_connect",
                Failure::Timeout => "wechat_timeout",
                Failure::Broken => "wechat_broken",
            },
            Self::File { .. } => "file",
            Self::Unreadable { .. } => "wechat_unreadable",
            Self::Shape { .. } => "wechat_shape",
            Self::TooLong { .. } => "wechat_too_long",
            Self::Api(refusal) => refusal.error_type(),
        }
    }

    /// WeChat's refusal, when that is what it is.
    pub fn refusal(&self) -> Option<&ApiError> {
        match self {
            Self::Api(refusal) => Some(refusal),
            _ => None,
        }
    }
}

/// A call WeChat refused: HTTP 200 with an `errcode` other than 0 (protocol section 8).
///
/// ```
/// use wechat_oa::api::{ApiError, ErrorClass, Retry};
///
/// let message = "invalid credential rid: 67748a4e-1f2e3d4c-5b6a7980";
/// let refusal = ApiError::new("/cgi-bin/menu/get", 40_001, message, serde_json::Map::new());
/// assert_eq!((refusal.class, refusal.retry), (ErrorClass::Token, Retry::NewToken));
/// assert_eq!(refusal.rid.as_deref(), Some("67748a4e-1f2e3d4c-5b6a7980"));
/// ```
#[derive(Debug, Clone, PartialEq, Error)]
#[error("{endpoint}: errcode {errcode}: {errmsg}")]
pub struct ApiError {
    pub errcode: i64,
    /// WeChat's message, without the rid, 512 bytes at most.
    pub errmsg: String,
    /// The id under which WeChat can look the call up for seven days.
    pub rid: Option<String>,
    pub endpoint: String,
    /// What kind of refusal it is.
    pub class: ErrorClass,
    pub retry: Retry,
    /// What else stands in the answer: 45065 carries the `msg_id` of the earlier job.
    pub fields: Fields,
}

impl ApiError {
    /// Sorts a refusal by its code.
    pub fn new(endpoint: &str, errcode: i64, errmsg: &str, fields: Map<String, Value>) -> Self {
        let class = match ErrorClass::of(errcode) {
            // Not the account's token: that of a visitor, which only a new login replaces.
            ErrorClass::Token if endpoint.starts_with(WEB_PAGES) => ErrorClass::Oauth,
            class => class,
        };
        let (message, rid) = split_rid(errmsg);
        Self {
            errcode,
            errmsg: redact(message, MESSAGE_LIMIT),
            rid,
            endpoint: endpoint.to_owned(),
            class,
            retry: class.retry(),
            fields: Fields(fields),
        }
    }

    /// What the code says, in words; `None` for one that is not in WeChat's table.
    pub fn explanation(&self) -> Option<Explanation> {
        let web = self.endpoint.starts_with(WEB_PAGES);
        match ErrorClass::of(self.errcode) {
            ErrorClass::Token if web => Some(Explanation::WEB_TOKEN),
            _ => explain(self.errcode),
        }
    }

    /// The class in one word, for logs, metrics and alarms.
    pub fn error_type(&self) -> &'static str {
        self.class.error_type()
    }
}

/// Members of a refusal beside code and message; their values are not shown in logs.
#[derive(Clone, PartialEq, Default)]
pub struct Fields(Map<String, Value>);

impl Fields {
    /// All of them, as WeChat wrote them.
    pub fn members(&self) -> &Map<String, Value> {
        &self.0
    }

    /// A 64-bit id, written as number or as text.
    pub fn id(&self, name: &str) -> Option<u64> {
        let value = self.0.get(name)?;
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

fn split_rid(errmsg: &str) -> (&str, Option<String>) {
    match errmsg.rsplit_once("rid: ") {
        Some((message, rid)) if (1..=64).contains(&rid.len()) => {
            (message.trim_end(), Some(rid.trim().to_owned()))
        }
        _ => (errmsg, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refusal(errcode: i64, errmsg: &str) -> ApiError {
        ApiError::new("/cgi-bin/x", errcode, errmsg, Map::new())
    }

    #[test]
    fn a_refusal_tells_code_rid_class_and_what_helps() {
        let error = refusal(
            45011,
            "api minute-quota reach limit  rid: 67748a4e-1f2e3d4c-5b6a7980",
        );
        assert_eq!(error.errmsg, "api minute-quota reach limit");
        assert_eq!(error.rid.as_deref(), Some("67748a4e-1f2e3d4c-5b6a7980"));
        assert_eq!(
            (error.class, error.retry),
            (ErrorClass::Rate, Retry::NextMinute)
        );
        assert_eq!(
            error.to_string(),
            "/cgi-bin/x: errcode 45011: api minute-quota reach limit"
        );
        assert_eq!(Error::from(Box::new(error)).error_type(), "wechat_rate");
        assert_eq!(refusal(1, "no id").rid, None);
    }

    #[test]
    fn a_refusal_keeps_the_id_it_carries_and_shows_no_values() {
        let fields = json!({"msg_id": 3_147_483_705_u64, "text": "18446744073709551615"});
        let fields = fields.as_object().unwrap().clone();
        let error = ApiError::new("/x", 45065, "clientmsgid exist", fields);
        assert_eq!(error.fields.id("msg_id"), Some(3_147_483_705));
        assert_eq!(error.fields.id("text"), Some(u64::MAX));
        assert_eq!(error.fields.id("other"), None);
        assert!(!format!("{error:?}").contains("3147483705"));
    }

    #[test]
    fn a_dead_web_token_is_not_the_accounts() {
        let error = ApiError::new("/sns/userinfo", 40001, "invalid credential", Map::new());
        assert_eq!(
            (error.class, error.retry),
            (ErrorClass::Oauth, Retry::Never)
        );
        assert!(error.explanation().unwrap().en.contains("of the visitor"));
        let own = refusal(40001, "invalid credential");
        assert_eq!(
            (own.class, own.explanation()),
            (ErrorClass::Token, explain(40001))
        );
    }

    #[test]
    fn a_message_is_cut_and_holds_no_token() {
        let error = refusal(
            40001,
            &format!("access_token={} {}", "t".repeat(64), "x ".repeat(999)),
        );
        assert!(error.errmsg.len() <= MESSAGE_LIMIT && error.errmsg.contains("=[…] x x"));
    }
}
