//! Family `oauth`: who looks at a web page (protocol section 7.8). The tokens here are a user's,
//! not the account's.

use super::{
    Invalid, Meta,
    answer::Done,
    endpoint::{Host, RetryClass::Once, family},
    page::{BrowserPage, base, url},
    rules::{filled_secret, web_address},
    token::expose,
    user::Language,
    wire::{Blank, Flag, Number},
};
use crate::ids::{AppId, AppSecret, OpenId};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

family! { "oauth" for VERIFIED_SERVICE:
    AuthorizePage => BrowserPage: Meta::get("/connect/oauth2/authorize", "https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html")
        .open().host(Host::Open), validate;
    GetWebToken => WebToken: Meta::get("/sns/oauth2/access_token", "https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html")
        .open().retry(Once), check(code: filled_secret);
    RefreshWebToken => WebToken: Meta::get("/sns/oauth2/refresh_token", "https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html")
        .open().retry(Once), check(refresh_token: filled_secret);
    GetWebUserInfo => WebUserInfo: Meta::get("/sns/userinfo", "https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html")
        .open(), check(access_token: filled_secret);
    CheckWebToken => Done: Meta::get("/sns/auth", "https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html")
        .open(), check(access_token: filled_secret);
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::{app_id, call, openid, page, secret};
    let mut authorize = AuthorizePage::new(
        app_id(),
        "https://www.example.com/back",
        Scope::UserInfo,
        "s1",
    );
    authorize.force_popup = Some(true);
    authorize.force_snap_shot = Some(false);
    vec![
        page(authorize),
        call(GetWebToken::new(app_id(), &secret(), "code".into())),
        call(RefreshWebToken::new(app_id(), "refresh".into())),
        call(GetWebUserInfo {
            access_token: "web".into(),
            openid: openid(),
            lang: Language::SimplifiedChinese,
        }),
        call(CheckWebToken {
            access_token: "web".into(),
            openid: openid(),
        }),
    ]
}

/// `GET open.weixin.qq.com/connect/oauth2/authorize`: the page that asks who looks. The browser
/// comes back to `redirect_uri` with `code` and `state`.
///
/// ```
/// use wechat_oa::{api::oauth::{AuthorizePage, Scope}, ids::AppId};
///
/// let app_id = AppId::try_from("wx5f2c8a1d9e3b7046").unwrap();
/// let page = AuthorizePage::new(app_id, "https://www.example.com/back", Scope::Base, "s1");
/// assert!(page.url(None).unwrap().ends_with("&scope=snsapi_base&state=s1#wechat_redirect"));
/// ```
#[derive(Debug, Clone, Serialize)]
pub struct AuthorizePage {
    pub appid: AppId,
    /// Where the browser comes back to; its domain is set in the console.
    pub redirect_uri: String,
    response_type: &'static str,
    pub scope: Scope,
    /// Comes back as it is, against forged answers: up to 128 letters or digits.
    pub state: String,
    /// Ask with a window even where it could be silent.
    #[serde(rename = "forcePopup", skip_serializing_if = "Option::is_none")]
    pub force_popup: Option<bool>,
    /// Ask even where the page would be shown to a virtual account.
    #[serde(rename = "forceSnapShot", skip_serializing_if = "Option::is_none")]
    pub force_snap_shot: Option<bool>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// The openid; the user is not asked.
    #[serde(rename = "snsapi_base")]
    Base,
    /// Name and picture too; the user is asked.
    #[serde(rename = "snsapi_userinfo")]
    UserInfo,
}

/// `GET /sns/oauth2/access_token`: who came back with that code. A code lives five minutes and
/// works once: 40163 after that, 40029 for a wrong one.
#[derive(Debug, Serialize)]
pub struct GetWebToken {
    appid: AppId,
    #[serde(serialize_with = "expose")]
    secret: SecretString,
    #[serde(serialize_with = "expose")]
    code: SecretString,
    grant_type: &'static str,
}

/// `GET /sns/oauth2/refresh_token`: a new access token for that refresh token, which lives 30 days:
/// 42002 after that, 40030 for a wrong one.
#[derive(Debug, Serialize)]
pub struct RefreshWebToken {
    appid: AppId,
    grant_type: &'static str,
    #[serde(serialize_with = "expose")]
    refresh_token: SecretString,
}

/// A user's tokens.
#[serde_with::serde_as]
#[derive(Debug, Deserialize)]
pub struct WebToken {
    /// Fetches what the scope allows.
    pub access_token: SecretString,
    /// Seconds the access token lives, 7,200 today.
    #[serde_as(as = "Number")]
    pub expires_in: u32,
    /// Fetches the next access token.
    pub refresh_token: SecretString,
    pub openid: OpenId,
    /// What was granted, parted by commas.
    #[serde(default)]
    pub scope: String,
    /// A virtual account looks at the page: do not bind it to anybody.
    #[serde_as(as = "Flag")]
    #[serde(default)]
    pub is_snapshotuser: bool,
    /// The same person in all accounts bound to one open-platform account.
    #[serde_as(as = "Blank")]
    #[serde(default)]
    pub unionid: Option<String>,
}

impl WebToken {
    /// Whether name and picture may be read.
    pub fn has_profile(&self) -> bool {
        self.scope
            .split(',')
            .any(|scope| scope == "snsapi_userinfo")
    }
}

/// `GET /sns/userinfo`: name and picture, with the scope `snsapi_userinfo`.
#[derive(Debug, Clone, Serialize)]
pub struct GetWebUserInfo {
    #[serde(serialize_with = "expose")]
    pub access_token: SecretString,
    pub openid: OpenId,
    /// The language of region names.
    pub lang: Language,
}

/// Name and picture of a user.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WebUserInfo {
    pub openid: OpenId,
    #[serde(default)]
    pub nickname: String,
    /// 1 male, 2 female, 0 not told.
    #[serde_as(as = "Number")]
    #[serde(default)]
    pub sex: u8,
    /// Their province; mostly empty today.
    #[serde(default)]
    pub province: String,
    /// Their city; mostly empty today.
    #[serde(default)]
    pub city: String,
    /// Their country; mostly empty today.
    #[serde(default)]
    pub country: String,
    #[serde(default)]
    pub headimgurl: String,
    /// What they may do beyond others.
    #[serde(default)]
    pub privilege: Vec<String>,
    /// The same person in all accounts bound to one open-platform account.
    #[serde_as(as = "Blank")]
    #[serde(default)]
    pub unionid: Option<String>,
}

/// `GET /sns/auth`: whether a user's access token still works; 40003 when not.
#[derive(Debug, Clone, Serialize)]
pub struct CheckWebToken {
    #[serde(serialize_with = "expose")]
    pub access_token: SecretString,
    pub openid: OpenId,
}

impl Scope {
    /// As WeChat writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Base => "snsapi_base",
            Self::UserInfo => "snsapi_userinfo",
        }
    }
}

impl AuthorizePage {
    /// The page that asks for `scope` and comes back to `redirect_uri` with `state`.
    pub fn new(appid: AppId, redirect_uri: &str, scope: Scope, state: &str) -> Self {
        Self {
            appid,
            redirect_uri: redirect_uri.to_owned(),
            response_type: "code",
            scope,
            state: state.to_owned(),
            force_popup: None,
            force_snap_shot: None,
        }
    }

    /// The URL to send the browser to, its parameters in the one order clients take; on `server`
    /// instead of WeChat's host where it is given.
    ///
    /// # Errors
    /// As [`validate`](Self::validate).
    pub fn url(&self, server: Option<&str>) -> Result<String, Invalid> {
        self.validate()?;
        let mut fields = vec![
            ("appid", self.appid.as_str()),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("response_type", self.response_type),
            ("scope", self.scope.as_str()),
            ("state", self.state.as_str()),
        ];
        let word = |yes| if yes { "true" } else { "false" };
        fields.extend(self.force_popup.map(|yes| ("forcePopup", word(yes))));
        fields.extend(self.force_snap_shot.map(|yes| ("forceSnapShot", word(yes))));
        let base = base(Host::Open, server);
        let url = url(base, "/connect/oauth2/authorize", &fields);
        Ok(url + "#wechat_redirect")
    }

    /// The way back is an address, the state is short and plain.
    ///
    /// # Errors
    /// The field and the rule it breaks.
    pub fn validate(&self) -> Result<(), Invalid> {
        web_address("redirect_uri", &self.redirect_uri)?;
        let plain = self.state.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let rule = "must be at most 128 letters or digits";
        Invalid::unless(plain && self.state.len() <= 128, "state", rule)
    }
}

impl GetWebToken {
    /// Asks who came back with that code.
    pub fn new(appid: AppId, secret: &AppSecret, code: SecretString) -> Self {
        Self {
            appid,
            secret: secret.0.clone(),
            code,
            grant_type: "authorization_code",
        }
    }
}

impl RefreshWebToken {
    /// Asks for the next access token.
    pub fn new(appid: AppId, refresh_token: SecretString) -> Self {
        Self {
            appid,
            grant_type: "refresh_token",
            refresh_token,
        }
    }
}

#[cfg(test)]
mod tests;
