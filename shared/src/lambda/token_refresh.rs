//! Questions only `token-refresh` can answer, asked by invoking it.

use super::{Functions, Invoked};
use crate::{
    account::AccountName,
    invocation::{AccountCall, Granted, Question, True},
    problem::Classified,
    token::{
        Current, Kind,
        secret_call::{SecretAnswer, SecretCall},
    },
};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use std::{collections::BTreeMap, time::Duration};
use thiserror::Error;
use wechat_oa::api::{Error, oauth::WebToken};

/// The function `token-refresh`.
#[derive(Debug, Clone)]
pub struct TokenRefresh {
    functions: Functions,
    name: String,
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

impl Classified for AskError {
    fn error_type(&self) -> &str {
        match self {
            Self::Unreachable(_) => "token_refresh_unreachable",
            Self::Failed { kind, .. } => kind,
            Self::Wechat(error) => error.error_type(),
            Self::Malformed => "token_refresh_malformed",
        }
    }

    fn status(&self) -> u16 {
        503
    }
}

impl TokenRefresh {
    /// How long a call with the app secret may take.
    pub const CALL_PATIENCE: Duration = Duration::from_secs(12);

    /// The function of that name.
    pub fn new(functions: Functions, name: impl Into<String>) -> Self {
        let name = name.into();
        Self { functions, name }
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
        let question = Question::Token {
            account: account.to_string(),
            kind,
            refused: refused.cloned(),
        };
        let granted: Granted = self.ask(&question).await?;
        Ok(granted.into())
    }

    /// Makes a call that takes the app secret; WeChat's JSON as it came. Asked once, never repeated:
    /// a code works once.
    ///
    /// # Errors
    /// WeChat's refusal, or when the function or WeChat is out of reach; a code may be used up then.
    pub async fn call(&self, account: &AccountName, call: SecretCall) -> Result<String, AskError> {
        let path = call.path();
        let account = account.clone();
        let secret_call = AccountCall { account, call };
        let answer: SecretAnswer = self.ask(&Question::SecretCall { secret_call }).await?;
        Ok(answer.accept(path)?)
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
        web_token(self.call(account, SecretCall::WebToken { code }).await)
    }

    /// Names and contents of the verification files of all accounts.
    ///
    /// # Errors
    /// When the function or Parameter Store is out of reach.
    pub async fn verify_files(&self) -> Result<BTreeMap<String, String>, AskError> {
        self.ask(&Question::VerifyFiles { verify_files: True })
            .await
    }

    async fn ask<T: DeserializeOwned>(&self, question: &Question) -> Result<T, AskError> {
        let question = serde_json::to_string(question).map_err(|_| AskError::Malformed)?;
        let invoked = self.functions.call(&self.name, question).await;
        read(invoked.map_err(AskError::Unreachable)?)
    }
}

/// None for a code that WeChat does not take.
fn web_token(answer: Result<String, AskError>) -> Result<Option<WebToken>, AskError> {
    match answer {
        Ok(json) => serde_json::from_str(&json)
            .map(Some)
            .map_err(|_| AskError::Malformed),
        Err(AskError::Wechat(error)) => match error.refusal().map(|refusal| refusal.errcode) {
            Some(40_029 | 40_163 | 42_003) => Ok(None),
            _ => Err(error.into()),
        },
        Err(error) => Err(error),
    }
}

fn read<T: DeserializeOwned>(invoked: Invoked) -> Result<T, AskError> {
    if invoked.function_error.is_some() {
        let member = |name| invoked.error_member(name);
        return Err(AskError::Failed {
            kind: member("errorType").unwrap_or_else(|| "unknown".to_owned()),
            message: member("errorMessage").unwrap_or_else(|| "unknown".to_owned()),
        });
    }
    serde_json::from_slice(&invoked.payload).map_err(|_| AskError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn invoked(failed: bool, payload: &str) -> Invoked {
        Invoked {
            payload: payload.into(),
            function_error: failed.then(|| "Unhandled".to_owned()),
        }
    }

    #[test]
    fn answers_and_failures_are_told_apart() {
        let json = read::<SecretAnswer>(invoked(false, r#"{"json":"{}"}"#));
        assert_eq!(json.unwrap(), SecretAnswer::Json("{}".into()));
        let failure = r#"{"errorType":"e","errorMessage":"m"}"#;
        let failed = read::<SecretAnswer>(invoked(true, failure)).unwrap_err();
        assert_eq!(failed.to_string(), "token-refresh: e: m");
        let malformed = read::<SecretAnswer>(invoked(false, "null")).unwrap_err();
        assert_eq!(malformed.error_type(), "token_refresh_malformed");
        let cut = read::<Granted>(invoked(false, r#"{"access_token":"ttttt"}"#));
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
            web_token(answer.accept("/x").map_err(AskError::from))
        };
        for errcode in [40_029, 40_163, 42_003] {
            assert!(matches!(refused(errcode), Ok(None)), "{errcode}");
        }
        assert_eq!(refused(40_125).unwrap_err().error_type(), "wechat_config");
        let token = json!({"access_token": "a", "expires_in": 7200, "refresh_token": "r",
            "openid": "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI", "scope": "snsapi_base,snsapi_userinfo",
            "is_snapshotuser": 1});
        let read = web_token(Ok(token.to_string())).unwrap().unwrap();
        assert!(read.has_profile() && read.is_snapshotuser && read.unionid.is_none());
        assert!(!format!("{read:?}").contains("\"a\""));
        assert!(web_token(Ok("{}".into())).is_err());
    }
}
