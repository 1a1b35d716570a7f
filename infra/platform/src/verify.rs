//! The URL check of the console (protocol 1.2).

use crate::{
    account::AccountSetup,
    crypto::sign,
    refusal::Refusal,
    sender::{Answered, SendError, callback_uri},
    state::State,
};
use axum::body::Bytes;
use http_body_util::Full;
use hyper::Request;
use serde::Serialize;
use std::time::Instant;

const TIMEOUT_MS: u64 = 5_000;

/// How the check went.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VerifyReport {
    /// Whether the console would save the URL.
    pub ok: bool,
    /// HTTP status, when an answer came.
    pub status: Option<u16>,
    /// The answer's body.
    pub body: Option<String>,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// Why it failed.
    pub reason: Option<String>,
}

impl State {
    /// Asks the callback for its echo, as the console does when the URL is saved.
    ///
    /// Refused when the account is unknown or has no callback URL.
    pub async fn verify(&self, app_id: &str) -> Result<VerifyReport, Refusal> {
        let (setup, _) = self.console(app_id)?;
        if setup.callback_url.is_empty() {
            return Err(Refusal::field("callback_url", "the account has none"));
        }
        let echostr = fastrand::u64(1_000_000_000_000_000_000..=u64::MAX / 2).to_string();
        let get = question(&setup, &echostr, self.clock().now_ms())
            .map_err(|rule| Refusal::field("callback_url", rule))?;
        let begun = Instant::now();
        let answered = self.sender().send(get, TIMEOUT_MS).await;
        let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(report(answered, &echostr, ms))
    }
}

fn question(
    setup: &AccountSetup,
    echostr: &str,
    now_ms: i64,
) -> Result<Request<Full<Bytes>>, String> {
    let timestamp = (now_ms / 1_000).to_string();
    let nonce = fastrand::u32(100_000_000..=u32::MAX).to_string();
    let signature = sign(&[&setup.token, &timestamp, &nonce]);
    let echostr = echostr.to_owned();
    let query = [
        ("signature", signature),
        ("echostr", echostr),
        ("timestamp", timestamp),
        ("nonce", nonce),
    ];
    let get = Request::get(callback_uri(&setup.callback_url, &query)?)
        .header("user-agent", "Mozilla/4.0");
    get.body(Full::default()).map_err(|error| error.to_string())
}

fn report(answered: Result<Answered, SendError>, echostr: &str, ms: u64) -> VerifyReport {
    match answered {
        Ok(answer) => {
            let body = String::from_utf8_lossy(&answer.body).into_owned();
            let reason = fault(answer.status, &body, echostr);
            VerifyReport {
                ok: reason.is_none(),
                status: Some(answer.status),
                body: Some(body),
                ms,
                reason,
            }
        }
        Err(error) => VerifyReport {
            ok: false,
            status: None,
            body: None,
            ms,
            reason: Some(error.to_string()),
        },
    }
}

fn fault(status: u16, body: &str, echostr: &str) -> Option<String> {
    if status != 200 {
        return Some(format!("HTTP status {status}"));
    }
    (body != echostr).then(|| "the body is not echostr, byte for byte".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_echo_must_be_exact() {
        assert_eq!(fault(200, "12", "12"), None);
        assert!(fault(200, "12\n", "12").is_some() && fault(200, "\"12\"", "12").is_some());
        assert!(fault(500, "12", "12").is_some());
    }
}
