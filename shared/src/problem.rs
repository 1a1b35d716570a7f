//! What kept somebody from their work, whatever layer it came from: one word for logs, metrics and
//! alarms, a sentence, and what HTTP says of it.

use serde_json::{Map, Value};
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

/// Why work was not done.
pub struct Problem {
    error_type: Cow<'static, str>,
    message: String,
    status: u16,
    retry_after: Option<Duration>,
    details: Box<Map<String, Value>>,
}

impl Problem {
    /// A problem that no other error stands for.
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

    /// What an answer over HTTP tells beside word and sentence.
    pub fn details(&self) -> &Map<String, Value> {
        &self.details
    }

    /// The same, to be left alone that long.
    #[must_use]
    pub fn retried_after(mut self, time: Duration) -> Self {
        self.retry_after = Some(time);
        self
    }

    /// The same, and an answer over HTTP tells that too.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.details.insert(name.to_owned(), value);
        self
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

/// JSON of ours that does not become text.
impl Classified for serde_json::Error {
    fn error_type(&self) -> &str {
        "not_encoded"
    }
}

/// A setting of an account that is needed and wrong; somebody has to set it right.
impl Classified for crate::account::AccountError {
    fn error_type(&self) -> &str {
        "malformed_parameter"
    }

    fn retry_after(&self) -> Option<Duration> {
        Some(Duration::from_secs(60))
    }
}
