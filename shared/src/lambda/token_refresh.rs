//! Questions only `token-refresh` can answer, asked by invoking it.

use crate::web::exchange::{Exchange, Exchanged};
use aws_sdk_lambda::{Client, error::DisplayErrorContext, primitives::Blob};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};
use thiserror::Error;

/// How long a question may take.
const PATIENCE: Duration = Duration::from_secs(12);

/// The function `token-refresh`.
#[derive(Debug, Clone)]
pub struct TokenRefresh {
    lambda: Client,
    function: String,
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum AskError {
    /// The function could not be invoked, or did not end in time.
    #[error("token-refresh out of reach: {0}")]
    Unreachable(String),
    /// The function failed.
    #[error("token-refresh: {kind}: {message}")]
    Failed {
        /// The failure in one word.
        kind: String,
        /// The failure in a sentence.
        message: String,
    },
    /// Its answer does not read.
    #[error("token-refresh: malformed answer")]
    Malformed,
}

impl AskError {
    /// The failure in one word, for logs.
    pub fn error_type(&self) -> &str {
        match self {
            Self::Unreachable(_) => "token_refresh_unreachable",
            Self::Failed { kind, .. } => kind,
            Self::Malformed => "token_refresh_malformed",
        }
    }
}

impl TokenRefresh {
    /// The function of that name.
    pub fn new(aws: &super::Aws, function: impl Into<String>) -> Self {
        Self {
            lambda: aws.patient_lambda(PATIENCE),
            function: function.into(),
        }
    }

    /// Who came back with that code. Asked once, never repeated: the code works once.
    ///
    /// # Errors
    /// When the function or WeChat is out of reach; the code may be used up then.
    pub async fn exchange(&self, asked: &Exchange) -> Result<Exchanged, AskError> {
        self.ask(&json!({ "oauth": asked })).await
    }

    /// Names and contents of the verification files of all accounts.
    ///
    /// # Errors
    /// When the function or Parameter Store is out of reach.
    pub async fn verify_files(&self) -> Result<BTreeMap<String, String>, AskError> {
        self.ask(&json!({ "verify_files": true })).await
    }

    async fn ask<T: DeserializeOwned>(&self, question: &Value) -> Result<T, AskError> {
        let output = self
            .lambda
            .invoke()
            .function_name(&self.function)
            .payload(Blob::new(question.to_string()))
            .send()
            .await
            .map_err(|error| AskError::Unreachable(DisplayErrorContext(error).to_string()))?;
        let payload = output.payload.map(Blob::into_inner).unwrap_or_default();
        read(output.function_error.is_some(), &payload)
    }
}

fn read<T: DeserializeOwned>(failed: bool, payload: &[u8]) -> Result<T, AskError> {
    if failed {
        let told: Value = serde_json::from_slice(payload).unwrap_or_default();
        let part = |name| told.get(name).and_then(Value::as_str).unwrap_or("unknown");
        return Err(AskError::Failed {
            kind: part("errorType").to_owned(),
            message: part("errorMessage").to_owned(),
        });
    }
    serde_json::from_slice(payload).map_err(|_| AskError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_and_failures_are_told_apart() {
        let refused = read::<Exchanged>(false, br#"{"refused":{"errcode":40163}}"#);
        assert!(matches!(refused, Ok(Exchanged::Refused { errcode: 40163 })));
        let failed = read::<Exchanged>(true, br#"{"errorType":"e","errorMessage":"m"}"#);
        assert_eq!(failed.unwrap_err().to_string(), "token-refresh: e: m");
        let malformed = read::<Exchanged>(false, b"null").unwrap_err();
        assert_eq!(malformed.error_type(), "token_refresh_malformed");
    }
}
