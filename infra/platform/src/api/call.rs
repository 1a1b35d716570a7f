//! A call as it arrived, and what a handler may ask of it.

use super::failure::Failure;
use crate::{account::Account, account_data::AccountData, state::State};
use axum::{body::Bytes, http::Method};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{net::IpAddr, sync::Arc};

/// One request to the WeChat API.
pub(crate) struct Call {
    pub(crate) rid: String,
    pub(crate) at_ms: i64,
    pub(crate) caller: IpAddr,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    /// The body's type as the caller names it.
    pub(crate) content_type: String,
    pub(crate) body: Bytes,
}

impl Call {
    /// A query parameter; none when it is absent or empty.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// The body as JSON: 44002 when it is empty, 40033 when it escapes what should be UTF-8, else 47001.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        if self.body.is_empty() {
            return Err(Failure::code(44_002));
        }
        if escapes_text(&self.body) {
            return Err(Failure::code(40_033));
        }
        serde_json::from_slice(&self.body).map_err(|_| Failure::code(47_001))
    }

    /// The appid the call names itself, in the query or in the body.
    pub(crate) fn named_app_id(&self) -> Option<String> {
        let in_body = || {
            serde_json::from_slice::<Value>(&self.body)
                .ok()?
                .get("appid")?
                .as_str()
                .map(str::to_owned)
        };
        self.query("appid").map(str::to_owned).or_else(in_body)
    }
}

/// Whether `\uXXXX` stands for a character beyond ASCII.
fn escapes_text(body: &[u8]) -> bool {
    body.windows(6).any(|window| match window {
        [b'\\', b'u', hex @ ..] if hex.iter().all(u8::is_ascii_hexdigit) => !hex.starts_with(b"00"),
        _ => false,
    })
}

/// What a handler has: the call, the account it speaks for, and the platform.
pub(crate) struct Context<'a> {
    pub(crate) state: &'a Arc<State>,
    pub(crate) call: &'a Call,
    /// Whose token it is; empty where access is open.
    pub(crate) app_id: &'a str,
}

impl Context<'_> {
    /// Acts on the account; 40013 when there is none.
    pub(crate) fn account<T>(
        &self,
        app_id: &str,
        act: impl FnOnce(&mut Account) -> T,
    ) -> Result<T, Failure> {
        self.state
            .with_account(app_id, act)
            .map_err(|_| Failure::code(40_013))
    }

    /// Acts on what the calling account has on the platform.
    pub(crate) fn data<T>(
        &self,
        act: impl FnOnce(&mut AccountData) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.account(self.app_id, |account| act(&mut account.data))?
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.call.at_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_escapes_beyond_ascii_count() {
        assert!(escapes_text(br#"{"name":"\u4eca"}"#));
        assert!(!escapes_text(br#"{"url":"a\u0026b"}"#));
        assert!(!escapes_text("{\"name\":\"今\"}".as_bytes()));
        assert!(!escapes_text(br#"\u12"#));
    }
}
