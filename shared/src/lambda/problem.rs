//! What problems mean to those who call functions.

use super::{BodyError, HttpResponse, ImageError};
use crate::{
    problem::{Classified, Problem},
    web::journey::StateError,
};
use lambda_runtime::Diagnostic;
use serde_json::{Map, json};
use wechat_oa::{
    api::{Error, Invalid},
    callback::Refusal,
};

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

/// Errors that are told by a word and a status, which an error may know of itself.
macro_rules! classified {
    ($($error:ty => $word:expr, $status:expr;)+) => {
        $(impl Classified for $error {
            fn error_type(&self) -> &str {
                let word: fn(&Self) -> &str = $word;
                word(self)
            }

            fn status(&self) -> u16 {
                let status: fn(&Self) -> u16 = $status;
                status(self)
            }
        })+
    };
}

classified! {
    BodyError => |_| "malformed_body", |_| 400;
    ImageError => |_| "malformed_image", |_| 500;
    Invalid => |_| "invalid_field", |_| 400;
    StateError => Self::error_type, |_| 400;
    Refusal => Self::error_type, Self::status;
    Error => Self::error_type, |error| match error {
        Error::Invalid { .. } => 400,
        _ => 502,
    };
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
        let told = json!({ "en": advice.en, "zh": advice.zh });
        let retry_at = self.until().map(crate::time::Timestamp::as_secs);
        Map::from_iter([
            ("class".to_owned(), json!(advice.class)),
            ("advice".to_owned(), told),
            ("retry_at".to_owned(), json!(retry_at)),
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
