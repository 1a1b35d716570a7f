//! What problems mean to those who call functions.

use super::{BodyError, HttpResponse, ImageError};
use crate::problem::{Classified, Problem};
use lambda_runtime::Diagnostic;
use serde_json::{Map, json};

/// `{"error": {"type", "message"}}` and the details, where there are some.
impl From<&Problem> for HttpResponse {
    fn from(problem: &Problem) -> Self {
        let mut error = Map::new();
        error.insert("type".to_owned(), json!(problem.error_type()));
        error.insert("message".to_owned(), json!(problem.to_string()));
        error.extend(problem.details().clone());
        Self::json(problem.status(), &json!({ "error": error }))
    }
}

impl From<Problem> for Diagnostic {
    fn from(problem: Problem) -> Self {
        Self {
            error_type: problem.error_type().to_owned(),
            error_message: problem.to_string(),
        }
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

    fn details(&self) -> Map<String, serde_json::Value> {
        let advice = self.advice();
        Map::from_iter([
            ("class".to_owned(), json!(advice.class)),
            (
                "advice".to_owned(),
                json!({ "en": advice.en, "zh": advice.zh }),
            ),
            (
                "retry_at".to_owned(),
                json!(self.until().map(crate::time::Timestamp::as_secs)),
            ),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn a_problem_is_told_alike_by_diagnostic_and_response() {
        let problem = Problem::from(BodyError);
        let body: Value = serde_json::from_str(&HttpResponse::from(&problem).body).unwrap();
        let message = "body is flagged as base64 and does not decode";
        assert_eq!(
            body,
            json!({"error": {"type": "malformed_body", "message": message}})
        );
        assert_eq!(HttpResponse::from(&problem).status_code, 400);
        let diagnostic = Diagnostic::from(problem);
        assert_eq!(diagnostic.error_type, "malformed_body");
        assert_eq!(diagnostic.error_message, message);
    }
}
