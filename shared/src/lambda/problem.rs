//! What kept a function from its work, whatever layer it came from: one word for logs, metrics and
//! alarms, a sentence, and what HTTP says of it.

use super::{BodyError, HttpResponse, ImageError};
use crate::{store::StoreError, time::Timestamp};
use lambda_runtime::Diagnostic;
use serde_json::{Map, Value, json};
use std::{borrow::Cow, fmt, time::Duration};

/// An error that says of itself what it means to whoever asked.
pub trait Classified: fmt::Display {
    /// The failure in one word.
    fn error_type(&self) -> &str;

    /// The status of an answer over HTTP.
    fn status(&self) -> u16 {
        500
    }

    /// How long to leave it, where that is known.
    fn retry_after(&self) -> Option<Duration> {
        None
    }

    /// What an answer over HTTP tells beside word and sentence.
    fn details(&self) -> Map<String, Value> {
        Map::new()
    }
}

/// Why a function did not do its work.
pub struct Problem {
    error_type: Cow<'static, str>,
    message: String,
    status: u16,
    retry_after: Option<Duration>,
    details: Box<Map<String, Value>>,
}

impl Problem {
    /// A problem that is the function's own.
    pub fn new(error_type: &'static str, status: u16, message: impl Into<String>) -> Self {
        Self {
            error_type: error_type.into(),
            message: message.into(),
            status,
            retry_after: None,
            details: Box::default(),
        }
    }

    /// The failure in one word, for logs, metrics and alarms.
    pub fn error_type(&self) -> &str {
        &self.error_type
    }

    /// The status of an answer over HTTP.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// How long to leave it, where that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The same, to be left alone that long.
    #[must_use]
    pub fn retried_after(mut self, time: Duration) -> Self {
        self.retry_after = Some(time);
        self
    }

    /// `{"error": {"type", "message"}}` and the details, where there are some.
    pub fn response(&self) -> HttpResponse {
        let mut error = Map::new();
        error.insert("type".to_owned(), json!(self.error_type));
        error.insert("message".to_owned(), json!(self.message));
        error.extend((*self.details).clone());
        HttpResponse::json(self.status, &json!({ "error": error }))
    }
}

impl<E: Classified> From<E> for Problem {
    fn from(error: E) -> Self {
        Self {
            error_type: error.error_type().to_owned().into(),
            message: error.to_string(),
            status: error.status(),
            retry_after: error.retry_after(),
            details: error.details().into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// As it is displayed, for the runtime prints what a handler ends with.
impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Problem {}

impl From<Problem> for Diagnostic {
    fn from(problem: Problem) -> Self {
        Self {
            error_type: problem.error_type.into_owned(),
            error_message: problem.message,
        }
    }
}

impl Classified for StoreError {
    fn error_type(&self) -> &str {
        self.error_type()
    }

    fn status(&self) -> u16 {
        503
    }
}

impl Classified for BodyError {
    fn error_type(&self) -> &str {
        "malformed_body"
    }

    fn status(&self) -> u16 {
        400
    }
}

impl Classified for ImageError {
    fn error_type(&self) -> &str {
        "malformed_image"
    }
}

/// JSON of ours that does not become text.
impl Classified for serde_json::Error {
    fn error_type(&self) -> &str {
        "not_encoded"
    }
}

impl Classified for wechat_oa::callback::Refusal {
    fn error_type(&self) -> &str {
        self.error_type()
    }

    fn status(&self) -> u16 {
        self.status()
    }
}

impl Classified for wechat_oa::api::Error {
    fn error_type(&self) -> &str {
        self.error_type()
    }

    fn status(&self) -> u16 {
        match self {
            Self::Invalid { .. } => 400,
            _ => 502,
        }
    }
}

impl Classified for wechat_oa::api::Invalid {
    fn error_type(&self) -> &str {
        "invalid_field"
    }

    fn status(&self) -> u16 {
        400
    }
}

impl Classified for crate::web::journey::StateError {
    fn error_type(&self) -> &str {
        self.error_type()
    }

    fn status(&self) -> u16 {
        400
    }
}

#[cfg(feature = "wechat")]
impl Classified for crate::token::RefreshError {
    fn error_type(&self) -> &str {
        self.error_type()
    }

    fn status(&self) -> u16 {
        503
    }

    fn details(&self) -> Map<String, Value> {
        let advice = self.advice();
        Map::from_iter([
            ("class".to_owned(), json!(advice.class)),
            (
                "advice".to_owned(),
                json!({ "en": advice.en, "zh": advice.zh }),
            ),
            (
                "retry_at".to_owned(),
                json!(self.until().map(Timestamp::as_secs)),
            ),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_told_alike_by_diagnostic_and_response() {
        let problem = Problem::from(BodyError);
        let body: Value = serde_json::from_str(&problem.response().body).unwrap();
        let message = "body is flagged as base64 and does not decode";
        assert_eq!(
            body,
            json!({"error": {"type": "malformed_body", "message": message}})
        );
        assert_eq!(problem.response().status_code, 400);
        let diagnostic = Diagnostic::from(problem);
        assert_eq!(diagnostic.error_type, "malformed_body");
        assert_eq!(diagnostic.error_message, message);
    }
}
