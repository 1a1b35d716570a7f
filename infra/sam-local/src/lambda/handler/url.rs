//! A handler that is a server.

use super::{super::invocation::MAX_PAYLOAD, Failure, excerpt};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use std::{error::Error, time::Duration};

/// The body of what the server answers to an event.
pub(super) async fn post(url: &str, event: Bytes, limit: Duration) -> Result<Bytes, Failure> {
    let answered = tokio::time::timeout(limit, exchange(url, event)).await;
    answered.unwrap_or_else(|_| Err(Failure::timed_out(limit)))
}

async fn exchange(url: &str, event: Bytes) -> Result<Bytes, Failure> {
    let unreachable = |error: &dyn Error| {
        let message = format!("{url} does not answer: {}", root(error));
        Failure::new("Handler.Unreachable", message)
    };
    let request = Request::post(url).header("content-type", "application/json");
    let request = request
        .body(Full::from(event))
        .map_err(|e| unreachable(&e))?;
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let response = client.request(request).await.map_err(|e| unreachable(&e))?;
    let status = response.status();
    let body = Limited::new(response.into_body(), MAX_PAYLOAD)
        .collect()
        .await;
    let body = body.map_err(|error| match error.downcast::<LengthLimitError>() {
        Ok(_) => Failure::too_large(),
        Err(error) => unreachable(&*error),
    })?;
    let body = body.to_bytes();
    if status.is_success() {
        return Ok(body);
    }
    let message = format!("{url} answered {status}: {}", excerpt(&body));
    Err(Failure::new("Handler.Status", message))
}

/// What the operating system said, below what the libraries add.
fn root(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
