//! The team's own server, called as [Standard Webhooks](https://www.standardwebhooks.com) says.

use super::{Failure, MOST, Sources, web::no_json};
use reqwest::header::{HeaderMap, HeaderValue, InvalidHeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::IgnoredAny;
use serde_json::Value;
use shared::{invocation::ForwardTask, lambda::log_id, time::Timestamp};
use standardwebhooks::{
    HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook,
};

impl Sources {
    /// What that address answers to an event of a task; a repeat has the same `webhook-id`.
    pub(super) async fn post(
        &self,
        to: &str,
        task: &ForwardTask,
        event: &Value,
    ) -> Result<Vec<u8>, Failure> {
        let account = self.account(task).await?;
        let own = || self.accounts.parameter(&account.name, "webhook");
        let parameter = task.secret_parameter.clone().unwrap_or_else(own);
        let Some(secret) = self.keys.get(&parameter).await? else {
            let why = format!(
                "parameter {parameter} does not exist; store whsec_ and 24 to 64 random bytes in base64 there, as a SecureString"
            );
            return Err(Failure::of("no_secret", why));
        };
        let json = event.to_string();
        let signed = sign(&secret, &log_id(&task.id), self.clock.now(), &json);
        let headers = signed.ok_or_else(|| {
            let why = format!("parameter {parameter} must be whsec_ and then base64");
            Failure::of("wrong_secret", why)
        })?;
        let answered = self.web.post(to, headers, json).await;
        let response = answered.inspect_err(|failure| {
            if matches!(
                failure,
                Failure::Failed {
                    cause: "refused_key",
                    ..
                }
            ) {
                self.keys.forget(&parameter);
            }
        })?;
        let body = self.web.whole(response, MOST).await?;
        if !body.is_empty() {
            let read: Result<IgnoredAny, _> = serde_json::from_slice(&body);
            read.map_err(|error| no_json(&body, &error))?;
        }
        Ok(body)
    }
}

/// The headers of a message; `None` where the secret is none.
fn sign(secret: &SecretString, id: &str, now: Timestamp, body: &str) -> Option<HeaderMap> {
    let webhook = Webhook::new(secret.expose_secret()).ok()?;
    let signature = webhook.sign(id, now.as_secs(), body.as_bytes()).ok()?;
    let value = |text: &str| -> Result<_, InvalidHeaderValue> { HeaderValue::from_str(text) };
    let headers = [
        (HEADER_WEBHOOK_ID, value(id).ok()?),
        (
            HEADER_WEBHOOK_TIMESTAMP,
            value(&now.as_secs().to_string()).ok()?,
        ),
        (HEADER_WEBHOOK_SIGNATURE, value(&signature).ok()?),
    ];
    let headers = headers.into_iter();
    Some(
        headers
            .map(|(name, value)| (reqwest::header::HeaderName::from_static(name), value))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_specification() {
        // The example of https://github.com/standard-webhooks/standard-webhooks.
        let secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".into();
        let now = Timestamp::from_secs(1_649_367_553);
        let body = r#"{"email":"test@example.com","username":"test_user"}"#;
        let headers = sign(&secret, "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", now, body).unwrap();
        assert_eq!(
            headers["webhook-signature"],
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="
        );
        assert_eq!(headers["webhook-timestamp"], "1649367553");
        assert!(sign(&"whsec_!".into(), "i", now, body).is_none());
    }
}
