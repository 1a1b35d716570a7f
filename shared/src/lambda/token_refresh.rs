//! Questions only `token-refresh` can answer, asked by invoking it.

use crate::{
    account::AccountName,
    store::sdk_reason,
    token::{
        Current, Kind,
        secret_call::{SecretAnswer, SecretCall},
    },
};
use aws_sdk_lambda::{Client, primitives::Blob};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};
use thiserror::Error;
use wechat_oa::api::{Error, oauth::WebToken};

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
    /// WeChat refused the call.
    #[error(transparent)]
    Wechat(#[from] Error),
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
            Self::Wechat(error) => error.error_type(),
            Self::Malformed => "token_refresh_malformed",
        }
    }
}

impl TokenRefresh {
    /// How long a call with the app secret may take.
    pub const CALL_PATIENCE: Duration = Duration::from_secs(12);

    /// The function of that name, each question to which may take up to `patience`.
    pub fn new(aws: &super::Aws, function: impl Into<String>, patience: Duration) -> Self {
        Self {
            lambda: aws.patient_lambda(patience),
            function: function.into(),
        }
    }

    /// A token or ticket that is not `refused`; a new one where that is the one in force.
    ///
    /// # Errors
    /// When WeChat gives none, or the function or WeChat is out of reach.
    pub async fn refreshed(
        &self,
        account: &AccountName,
        kind: Kind,
        refused: Option<&SecretString>,
    ) -> Result<Current, AskError> {
        let refused = refused.map(SecretString::expose_secret);
        let question = json!({ "account": account, "kind": kind, "refused": refused });
        let granted: Granted = self.ask(&question).await?;
        Ok(granted.into())
    }

    /// Makes a call that takes the app secret; WeChat's JSON as it came. Asked once, never repeated:
    /// a code works once.
    ///
    /// # Errors
    /// WeChat's refusal, or when the function or WeChat is out of reach; a code may be used up then.
    pub async fn call(&self, account: &AccountName, call: &SecretCall) -> Result<String, AskError> {
        let question = json!({ "secret_call": { "account": account, "call": call } });
        let answer: SecretAnswer = self.ask(&question).await?;
        Ok(answer.accept(call.path())?)
    }

    /// Who came back with that code; none when WeChat does not take it: 40163 used, 40029 wrong, 42003
    /// too late.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn exchange(
        &self,
        account: &AccountName,
        code: SecretString,
    ) -> Result<Option<WebToken>, AskError> {
        taken(self.call(account, &SecretCall::WebToken { code }).await)
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
            .map_err(|error| AskError::Unreachable(sdk_reason(&error)))?;
        let payload = output.payload.map(Blob::into_inner).unwrap_or_default();
        read(output.function_error.is_some(), &payload)
    }
}

#[derive(Deserialize)]
struct Granted {
    #[serde(alias = "ticket")]
    access_token: SecretString,
    expires_at: i64,
}

impl From<Granted> for Current {
    fn from(granted: Granted) -> Self {
        Self {
            value: granted.access_token,
            expires_at_ms: granted.expires_at.saturating_mul(1000),
            since_ms: 0,
        }
    }
}

fn taken(answer: Result<String, AskError>) -> Result<Option<WebToken>, AskError> {
    match answer {
        Ok(json) => serde_json::from_str(&json)
            .map(Some)
            .map_err(|_| AskError::Malformed),
        Err(AskError::Wechat(Error::Api(refusal)))
            if matches!(refusal.errcode, 40_029 | 40_163 | 42_003) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
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
        let json = read::<SecretAnswer>(false, br#"{"json":"{}"}"#);
        assert_eq!(json.unwrap(), SecretAnswer::Json("{}".into()));
        let failed = read::<SecretAnswer>(true, br#"{"errorType":"e","errorMessage":"m"}"#);
        assert_eq!(failed.unwrap_err().to_string(), "token-refresh: e: m");
        let malformed = read::<SecretAnswer>(false, b"null").unwrap_err();
        assert_eq!(malformed.error_type(), "token_refresh_malformed");
    }

    #[test]
    fn a_token_and_a_ticket_are_read_alike_and_never_shown() {
        for name in ["access_token", "ticket"] {
            let answer = json!({name: "t", "expires_in": 9, "expires_at": 1_800_000_000});
            let granted: Granted = read(false, answer.to_string().as_bytes()).unwrap();
            let current = Current::from(granted);
            assert_eq!(current.value.expose_secret(), "t");
            assert_eq!(current.expires_at_ms, 1_800_000_000_000);
        }
        let cut = read::<Granted>(false, br#"{"access_token":"ttttt"}"#);
        assert!(!cut.err().unwrap().to_string().contains("ttttt"));
    }

    #[test]
    fn a_code_that_is_not_taken_is_an_answer() {
        let refused = |errcode| {
            let errmsg = "m".to_owned();
            let answer = SecretAnswer::Refused {
                errcode,
                errmsg,
                fields: serde_json::Map::new(),
            };
            taken(answer.accept("/x").map_err(AskError::from))
        };
        for errcode in [40_029, 40_163, 42_003] {
            assert!(matches!(refused(errcode), Ok(None)), "{errcode}");
        }
        assert_eq!(refused(40_125).unwrap_err().error_type(), "wechat_config");
        let token = json!({"access_token": "a", "expires_in": 7200, "refresh_token": "r",
            "openid": "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI", "scope": "snsapi_base,snsapi_userinfo",
            "is_snapshotuser": 1});
        let read = taken(Ok(token.to_string())).unwrap().unwrap();
        assert!(read.has_profile() && read.is_snapshotuser && read.unionid.is_none());
        assert!(!format!("{read:?}").contains("\"a\""));
        assert!(taken(Ok("{}".into())).is_err());
    }
}
