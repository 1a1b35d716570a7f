//! Sends pushes and URL checks over plain HTTP, with a hard time-out.

use axum::body::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, Uri};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use std::time::Duration;

/// No reply is longer.
const MAX_ANSWER: usize = 1024 * 1024;

/// An HTTP client for callbacks.
pub(crate) struct Sender {
    client: Client<HttpConnector, Full<Bytes>>,
}

/// A whole answer.
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    #[error("no answer within {0} ms")]
    Timeout(u64),
    #[error("no connection: {0}")]
    Connect(String),
    #[error("no whole answer: {0}")]
    Broken(String),
}

impl Default for Sender {
    fn default() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .build(connector);
        Self { client }
    }
}

impl Sender {
    /// Sends and waits; dropping the wait closes the connection.
    pub(crate) async fn send(
        &self,
        request: Request<Full<Bytes>>,
        timeout_ms: u64,
    ) -> Result<Answered, SendError> {
        match tokio::time::timeout(Duration::from_millis(timeout_ms), self.exchange(request)).await
        {
            Ok(answered) => answered,
            Err(_) => Err(SendError::Timeout(timeout_ms)),
        }
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Answered, SendError> {
        let response =
            self.client
                .request(request)
                .await
                .map_err(|error| match error.is_connect() {
                    true => SendError::Connect(chain(&error)),
                    false => SendError::Broken(chain(&error)),
                })?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), MAX_ANSWER)
            .collect()
            .await;
        let body = body
            .map_err(|error| SendError::Broken(chain(&*error)))?
            .to_bytes();
        Ok(Answered { status, body })
    }
}

/// The callback's address with a query put behind its own.
pub(crate) fn callback_uri(callback_url: &str, query: &[(&str, String)]) -> Result<Uri, String> {
    let joint = if callback_url.contains('?') { '&' } else { '?' };
    let encoded: Vec<_> = query
        .iter()
        .map(|(name, value)| format!("{name}={}", percent_encode(value)))
        .collect();
    format!("{callback_url}{joint}{}", encoded.join("&"))
        .parse()
        .map_err(|error| format!("callback_url: {error}"))
}

pub(crate) fn percent_encode(value: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    value.bytes().map(encode).collect()
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_goes_behind_the_callbacks_own() {
        let uri = callback_uri("http://h/c?a=1", &[("openid", "o&=é".into())]).unwrap();
        assert_eq!(uri.to_string(), "http://h/c?a=1&openid=o%26%3D%C3%A9");
        assert_eq!(
            callback_uri("http://h/c", &[("n", "1".into())])
                .unwrap()
                .to_string(),
            "http://h/c?n=1"
        );
        assert!(callback_uri("http://bad host/", &[]).is_err());
    }
}
