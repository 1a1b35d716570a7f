//! Tokens as the other functions see them: the table to read, and `token-refresh` to ask.

use super::{Current, Kind, Origin, Record};
use crate::{
    account::{AccountName, AppId},
    api::error::Cause,
    store::Tokens,
};
use aws_sdk_lambda::{Client, error::DisplayErrorContext, primitives::Blob};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

/// One account's tokens: a row of the table, and the function that replaces it.
#[derive(Debug, Clone)]
pub struct Remote {
    /// The table.
    pub tokens: Tokens,
    /// Lambda, with the patience for a refresh: 30 s.
    pub lambda: Client,
    /// The name of the function `token-refresh`.
    pub function: String,
    /// The account's name.
    pub account: AccountName,
    /// The account's app id.
    pub app_id: AppId,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(alias = "ticket")]
    access_token: SecretString,
    expires_at: i64,
}

impl Origin for Remote {
    async fn stored(&self, kind: Kind) -> Result<Record, Cause> {
        Ok(self.tokens.read(&self.app_id, kind).await?)
    }

    async fn refreshed(
        &self,
        kind: Kind,
        refused: Option<&SecretString>,
    ) -> Result<Current, Cause> {
        let task = task(&self.account, kind, refused);
        let output = self
            .lambda
            .invoke()
            .function_name(&self.function)
            .payload(Blob::new(task.to_string()))
            .send()
            .await
            .map_err(|error| DisplayErrorContext(error).to_string())?;
        let payload = output.payload.map(Blob::into_inner).unwrap_or_default();
        read(output.function_error.is_some(), &payload)
    }
}

fn task(account: &AccountName, kind: Kind, refused: Option<&SecretString>) -> Value {
    let refused = refused.map(SecretString::expose_secret);
    json!({ "account": account, "kind": kind, "refused": refused })
}

fn read(failed: bool, payload: &[u8]) -> Result<Current, Cause> {
    if failed {
        let told: Value = serde_json::from_slice(payload).unwrap_or_default();
        let part = |name| told.get(name).and_then(Value::as_str).unwrap_or("unknown");
        let (kind, message) = (part("errorType"), part("errorMessage"));
        return Err(format!("token-refresh: {kind}: {message}").into());
    }
    let answer: Answer = serde_json::from_slice(payload)
        .map_err(|error| format!("token-refresh: answer: {:?}", error.classify()))?;
    Ok(Current {
        value: answer.access_token,
        expires_at_ms: answer.expires_at.saturating_mul(1000),
        since_ms: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_function_is_asked_by_name_kind_and_refused_token() {
        let name = AccountName::try_from("demo").unwrap();
        assert_eq!(
            task(&name, Kind::AccessToken, Some(&"t".into())),
            json!({"account": "demo", "kind": "access_token", "refused": "t"})
        );
        assert_eq!(task(&name, Kind::JsapiTicket, None)["refused"], Value::Null);
    }

    #[test]
    fn its_answer_is_a_token_or_says_why_not() {
        let token = read(
            false,
            br#"{"access_token":"t","expires_in":9,"expires_at":1800000000}"#,
        );
        assert_eq!(token.unwrap().expires_at_ms, 1_800_000_000_000);
        let ticket = read(false, br#"{"ticket":"t","expires_in":9,"expires_at":1}"#);
        assert_eq!(ticket.unwrap().value.expose_secret(), "t");
        let error = read(
            true,
            br#"{"errorType":"ip_not_whitelisted","errorMessage":"m"}"#,
        );
        assert_eq!(
            error.unwrap_err().to_string(),
            "token-refresh: ip_not_whitelisted: m"
        );
        let error = read(false, br#"{"access_token":"ttttt"}"#).unwrap_err();
        assert!(!error.to_string().contains("ttttt"));
    }
}
