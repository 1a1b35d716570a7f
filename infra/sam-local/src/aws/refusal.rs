//! Refusals in the error shapes of the AWS protocols.

use axum::{
    body::Body,
    http::{Response, StatusCode},
};
use serde_json::{Value, json};

/// A call that is answered with an error.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// HTTP status.
    pub status: StatusCode,
    /// Shape name, such as `AccessDeniedException`.
    pub code: String,
    /// Code of the older query protocol, for SQS.
    pub query_code: Option<String>,
    /// Text.
    pub message: String,
}

impl Refusal {
    /// A refusal with status 400, as the JSON protocols use.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code: code.to_owned(),
            query_code: None,
            message: message.into(),
        }
    }

    /// The answer in the JSON 1.0 and 1.1 protocols. `namespace` stands before the shape name where a service does that.
    pub fn json(&self, namespace: Option<&str>) -> Response<Body> {
        let shape = match namespace {
            Some(namespace) => format!("{namespace}#{}", self.code),
            None => self.code.clone(),
        };
        let mut response = document(
            self.status,
            &json!({ "__type": shape, "message": self.message }),
        );
        let query = self.query_code.as_ref().map(|c| format!("{c};Sender"));
        if let Some(value) = query.and_then(|q| q.parse().ok()) {
            response.headers_mut().insert("x-amzn-query-error", value);
        }
        response
    }

    /// The answer in Lambda's REST protocol.
    pub fn rest(&self) -> Response<Body> {
        let mut response = document(
            self.status,
            &json!({ "Type": "User", "Message": self.message, "message": self.message }),
        );
        if let Ok(value) = self.code.parse() {
            response.headers_mut().insert("x-amzn-errortype", value);
        }
        response
    }
}

/// A JSON answer.
pub(super) fn document(status: StatusCode, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(
        "content-type",
        axum::http::HeaderValue::from_static("application/x-amz-json-1.0"),
    );
    response
}
