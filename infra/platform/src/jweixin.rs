//! A stand-in for WeChat's script in pages, and the check it makes: the signature of `wx.config`
//! is computed again from the account's ticket (protocol 7.9).

use crate::state::State;
use axum::{
    Json, Router,
    extract::{Query, State as Shared},
    http::header,
    response::IntoResponse,
    routing::get,
};
use serde::Deserialize;
use serde_json::json;
use sha1::{Digest, Sha1};
use std::sync::Arc;

const SCRIPT: &str = include_str!("jweixin.js");

/// The script where pages look for it, and its check.
pub(crate) fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/open/js/jweixin-1.6.0.js", get(script))
        .route("/_jweixin/check", get(check))
        .with_state(state)
}

async fn script() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/javascript")], SCRIPT)
}

/// What `wx.config` was given, and the page it was called on.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    app_id: String,
    #[serde(default)]
    timestamp: String,
    #[serde(default)]
    nonce_str: String,
    #[serde(default)]
    signature: String,
    /// As the browser has it; its fragment is cut here, not by the page.
    url: String,
}

async fn check(
    Shared(state): Shared<Arc<State>>,
    Query(config): Query<Config>,
) -> impl IntoResponse {
    let errmsg = config.judge(&state);
    let anywhere = (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    ([anywhere], Json(json!({ "errMsg": errmsg })))
}

impl Config {
    fn judge(&self, state: &State) -> &'static str {
        let now_ms = state.clock().now_ms();
        let ticket = state.with_account(&self.app_id, |account| {
            let ticket = account.tickets.get("jsapi");
            ticket
                .filter(|(_, ends_ms)| *ends_ms > now_ms)
                .map(|(value, _)| value.clone())
        });
        match ticket {
            Err(_) => "config:fail,invalid appid",
            Ok(Some(ticket)) if self.signed_with(&ticket) == self.signature => "config:ok",
            Ok(_) => "config:fail,invalid signature",
        }
    }

    fn signed_with(&self, ticket: &str) -> String {
        let url = self.url.split('#').next().unwrap_or_default();
        let text = format!(
            "jsapi_ticket={ticket}&noncestr={}&timestamp={}&url={url}",
            self.nonce_str, self.timestamp
        );
        let digest = Sha1::digest(text);
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_printed_example_of_the_documentation() {
        let config = Config {
            app_id: String::new(),
            timestamp: "1414587457".into(),
            nonce_str: "Wm3WZYTPz0wzccnW".into(),
            signature: String::new(),
            url: "http://mp.weixin.qq.com?params=value#part".into(),
        };
        assert_eq!(
            config.signed_with(
                "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
            ),
            "0f9de62fce790f9a083d5c99e95740ceb90c27ed"
        );
    }
}
