//! Refusals of the WeChat API: `errcode` and `errmsg` (protocol section 8).

use super::errmsg::ERRMSG;
use serde_json::{Value, json};

/// A call refused with a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) errcode: i64,
    pub(crate) errmsg: String,
}

impl Failure {
    /// The code with its usual wording.
    pub(crate) fn code(errcode: i64) -> Self {
        let usual = ERRMSG
            .iter()
            .find(|(code, _)| *code == errcode)
            .map_or("invalid request", |(_, text)| text);
        Self {
            errcode,
            errmsg: usual.to_owned(),
        }
    }

    /// The caller's address is not in the whitelist: the message carries it.
    pub(crate) fn not_in_whitelist(caller: &str) -> Self {
        Self {
            errcode: 40_164,
            errmsg: format!("invalid ip {caller} ipv6 ::ffff:{caller}, not in whitelist"),
        }
    }

    /// The answer, with the request's id in the message.
    pub(crate) fn to_json(&self, rid: &str) -> Value {
        json!({"errcode": self.errcode, "errmsg": format!("{} rid: {rid}", self.errmsg)})
    }
}

/// The answer of calls that have nothing to tell.
pub(crate) fn ok() -> Value {
    json!({"errcode": 0, "errmsg": "ok"})
}
