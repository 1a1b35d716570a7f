//! One invocation: what goes in, what comes out.

use bytes::Bytes;
use serde_json::{Value, json};
use std::time::Duration;

/// Most bytes of a synchronous request or response.
pub const MAX_PAYLOAD: usize = 6 * 1_024 * 1_024;

/// Most bytes of an asynchronous request.
pub const MAX_ASYNC_PAYLOAD: usize = 1_024 * 1_024;

/// What the runtime API hands to a process.
#[derive(Debug, Clone)]
pub(super) struct Invocation {
    /// Request id.
    pub request_id: String,
    /// Event, as JSON text.
    pub payload: Bytes,
    /// When the function is killed, in milliseconds since 1970.
    pub deadline_ms: u64,
    /// ARN the caller named.
    pub function_arn: String,
    /// X-Ray trace header.
    pub trace_id: String,
}

/// How an invocation that reached the function ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The function's response.
    Answered(Bytes),
    /// `{"errorType", "errorMessage"}`, from the function or about it.
    Failed(Bytes),
}

impl Outcome {
    /// A failure in Lambda's words.
    pub fn failed(error_type: &str, message: &str) -> Self {
        Self::Failed(Bytes::from(
            json!({ "errorType": error_type, "errorMessage": message }).to_string(),
        ))
    }

    /// The process ended before it answered.
    pub fn exited(request_id: &str, how: &str) -> Self {
        Self::failed(
            "Runtime.ExitError",
            &format!("RequestId: {request_id} Error: Runtime exited with error: {how}"),
        )
    }

    /// The process was killed at its time limit.
    pub fn timed_out(request_id: &str, limit: Duration) -> Self {
        let seconds = limit.as_secs_f64();
        Self::failed(
            "Sandbox.Timedout",
            &format!("RequestId: {request_id} Error: Task timed out after {seconds:.2} seconds"),
        )
    }

    /// What went wrong, for people; the whole document where it has no message.
    pub fn reason(&self) -> String {
        let document: Value = serde_json::from_slice(self.payload()).unwrap_or_default();
        match document.get("errorMessage").and_then(Value::as_str) {
            Some(message) => message
                .trim_start_matches("RequestId: init Error: ")
                .to_owned(),
            None => String::from_utf8_lossy(self.payload()).into_owned(),
        }
    }

    /// The response or error document.
    pub fn payload(&self) -> &Bytes {
        match self {
            Self::Answered(payload) | Self::Failed(payload) => payload,
        }
    }

    /// Whether the function answered.
    pub fn is_ok(&self) -> bool {
        matches!(self, Self::Answered(_))
    }
}

/// Why an invocation did not reach the function.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// The reserved or the unreserved concurrency is used up.
    #[error("Rate Exceeded.")]
    Throttled,
    /// The payload is larger than Lambda takes.
    #[error("Request must be smaller than {0} bytes for the InvokeFunction operation")]
    TooLarge(usize),
    /// No such function.
    #[error("Function not found: {0}")]
    NotFound(String),
    /// The payload is not JSON.
    #[error("Could not parse request body into json: {0}")]
    NotJson(String),
    /// The binary could not be started.
    #[error("{binary}: {source}")]
    Start {
        /// Path of the binary.
        binary: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The stack ended first.
    #[error("the stack stopped")]
    Stopped,
}
