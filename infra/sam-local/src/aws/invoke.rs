//! Lambda's `Invoke` operation.

use super::refusal::{Refusal, document};
use crate::lambda::{AsyncQueue, InvokeError, Lambda, MAX_ASYNC_PAYLOAD, Outcome};
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, Response, StatusCode},
};
use serde_json::{Value, json};

/// The function a path names: `/2015-03-31/functions/{name}/invocations`.
pub(super) fn function_of_path(path: &str) -> Option<String> {
    let name = path
        .strip_prefix("/2015-03-31/functions/")?
        .strip_suffix("/invocations")?;
    Some(
        name.replace("%3A", ":")
            .replace("%3a", ":")
            .replace("%24", "$"),
    )
}

/// Answers an invocation.
pub(super) async fn invoke(
    lambda: &Lambda,
    queue: &AsyncQueue,
    function: &str,
    headers: &HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let kind = headers
        .get("x-amz-invocation-type")
        .and_then(|v| v.to_str().ok())
        .unwrap_or("RequestResponse");
    let payload = if body.is_empty() {
        Bytes::from_static(b"{}")
    } else {
        body
    };
    if !lambda.exists(function) {
        return refuse(&InvokeError::NotFound(function.to_owned())).rest();
    }
    if let Err(error) = serde_json::from_slice::<Value>(&payload) {
        return refuse(&InvokeError::NotJson(error.to_string())).rest();
    }
    match kind {
        "RequestResponse" => match lambda.invoke(function, payload).await {
            Ok(outcome) => answer(outcome),
            Err(error) => refuse(&error).rest(),
        },
        "Event" if payload.len() > MAX_ASYNC_PAYLOAD => {
            refuse(&InvokeError::TooLarge(MAX_ASYNC_PAYLOAD)).rest()
        }
        "Event" => {
            queue.accept(function, payload);
            document(StatusCode::ACCEPTED, &json!({}))
        }
        "DryRun" => document(StatusCode::NO_CONTENT, &json!({})),
        other => Refusal::new(
            "InvalidParameterValueException",
            format!("invocation type {other}"),
        )
        .rest(),
    }
}

fn answer(outcome: Outcome) -> Response<Body> {
    let mut response = Response::new(Body::from(outcome.payload().clone()));
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    headers.insert(
        "x-amz-executed-version",
        HeaderValue::from_static("$LATEST"),
    );
    if !outcome.is_ok() {
        headers.insert(
            "x-amz-function-error",
            HeaderValue::from_static("Unhandled"),
        );
    }
    response
}

fn refuse(error: &InvokeError) -> Refusal {
    let (status, code) = match error {
        InvokeError::Throttled => (StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException"),
        InvokeError::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLargeException"),
        InvokeError::NotFound(_) => (StatusCode::NOT_FOUND, "ResourceNotFoundException"),
        InvokeError::NotJson(_) => (StatusCode::BAD_REQUEST, "InvalidRequestContentException"),
        InvokeError::Start { .. } | InvokeError::Stopped => {
            (StatusCode::INTERNAL_SERVER_ERROR, "ServiceException")
        }
    };
    Refusal {
        status,
        ..Refusal::new(code, error.to_string())
    }
}
