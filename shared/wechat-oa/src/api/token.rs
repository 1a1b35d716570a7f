//! Family `token`: access tokens (protocol section 4). Each call of the classic one makes the token before it invalid: let one caller own them.

use super::{
    Meta,
    endpoint::{
        QuotaClass,
        RetryClass::{Idempotent, Once},
        family,
    },
    wire::Number,
};
use crate::ids::{AppId, AppSecret};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize, Serializer};

family! { "token" for ANY:
    GetAccessToken => AccessToken: Meta::get("/cgi-bin/token", "https://developers.weixin.qq.com/doc/service/api/base/api_getaccesstoken")
        .open().retry(Once).quota(QuotaClass::Token);
    GetStableAccessToken => AccessToken: Meta::post("/cgi-bin/stable_token", "https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken")
        .open().retry(Idempotent).quota(QuotaClass::Token);
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::{app_id, call, secret};
    vec![
        call(GetAccessToken::new(app_id(), &secret())),
        call(GetStableAccessToken::new(app_id(), &secret())),
    ]
}

/// `GET /cgi-bin/token`: a new token every time; the former one works five more minutes.
/// 2,000 calls a day, 200 on a sandbox account; the caller's address must be in the whitelist.
#[derive(Debug, Serialize)]
pub struct GetAccessToken {
    grant_type: &'static str,
    appid: AppId,
    #[serde(serialize_with = "expose")]
    secret: SecretString,
}

/// `POST /cgi-bin/stable_token`: the same token for everyone who asks, renewed in the last five
/// minutes of its life. 10,000 calls a minute, 500,000 a day; `force_refresh` 20 a day, 30 s apart.
///
/// ```
/// use wechat_oa::{api::token::GetStableAccessToken, ids::{AppId, AppSecret}};
///
/// let app_id = AppId::try_from("wx5f2c8a1d9e3b7046").unwrap();
/// let secret = AppSecret::parse("0123456789abcdef0123456789abcdef").unwrap();
/// let request = GetStableAccessToken::new(app_id, &secret);
/// assert_eq!(serde_json::json!(request)["grant_type"], "client_credential");
/// assert!(!format!("{request:?}").contains("0123"));
/// ```
#[derive(Debug, Serialize)]
pub struct GetStableAccessToken {
    grant_type: &'static str,
    appid: AppId,
    #[serde(serialize_with = "expose")]
    secret: SecretString,
    /// A new token at once, the present one void at once.
    pub force_refresh: bool,
}

/// The one kind of grant there is.
const GRANT: &str = "client_credential";

/// An access token, up to 512 characters.
#[serde_with::serde_as]
#[derive(Debug, Deserialize)]
pub struct AccessToken {
    pub access_token: SecretString,
    /// Seconds it lives, 7,200 at most today.
    #[serde_as(as = "Number")]
    pub expires_in: u32,
}

impl GetAccessToken {
    /// The next classic token of an account.
    pub fn new(appid: AppId, secret: &AppSecret) -> Self {
        Self {
            grant_type: GRANT,
            appid,
            secret: secret.0.clone(),
        }
    }
}

impl GetStableAccessToken {
    /// The stable token of an account, in normal mode.
    pub fn new(appid: AppId, secret: &AppSecret) -> Self {
        Self {
            grant_type: GRANT,
            appid,
            secret: secret.0.clone(),
            force_refresh: false,
        }
    }
}

/// Writes the secret itself, for what goes to WeChat: `#[serde(serialize_with = "expose")]`.
pub fn expose<S: Serializer>(secret: &SecretString, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(secret.expose_secret())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn secret() -> AppSecret {
        AppSecret("0123456789abcdef0123456789abcdef".into())
    }

    #[test]
    fn requests_are_those_of_the_fixtures() {
        let appid = AppId::try_from("wx5f2c8a1d9e3b7046").unwrap();
        let stable = GetStableAccessToken::new(appid.clone(), &secret());
        let expected: Value = serde_json::from_str(include_str!(
            "../../../../tests/fixtures/requests/stable_token.json"
        ))
        .unwrap();
        assert_eq!(json!(stable), expected);
        let classic = json!(GetAccessToken::new(appid, &secret()));
        assert_eq!(classic["grant_type"], "client_credential");
        assert!(!format!("{stable:?}").contains("0123456789"));
    }

    #[test]
    fn responses_are_those_of_the_fixtures() {
        for text in [
            include_str!("../../../../tests/fixtures/responses/get_access_token.json"),
            include_str!("../../../../tests/fixtures/responses/get_stable_access_token.json"),
        ] {
            let token: AccessToken = serde_json::from_str(text).unwrap();
            assert!(token.expires_in > 7000 && token.access_token.expose_secret().len() > 60);
            assert!(!format!("{token:?}").contains("Zk3Qm"));
        }
    }
}
