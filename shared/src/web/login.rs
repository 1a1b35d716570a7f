//! Who came back from WeChat's page, found out once however often the browser asks, and the
//! one-time code under which the site reads it.

use secrecy::SecretString;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::time::Duration;
use wechat_oa::{
    api::{
        oauth::{WebToken, WebUserInfo},
        token::expose,
    },
    ids::OpenId,
};

/// How long the exchange of a code may take; then another request may try.
pub const LEASE: Duration = Duration::from_secs(15);
/// How long the site's one-time code lives.
pub const CODE: Duration = Duration::from_secs(60);

/// What a journey comes to, and what the site reads under a one-time code.
pub trait Outcome: Serialize + DeserializeOwned {
    /// Where its codes stand in the table: a code of one kind is none of another.
    const CODES: &'static str;
}

impl Outcome for Visitor {
    const CODES: &'static str = "code";
}

/// A visitor who signed in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Visitor {
    /// The visitor, for this account.
    pub openid: OpenId,
    /// The same person in all accounts bound to one open-platform account.
    pub unionid: Option<String>,
    /// What was granted, parted by commas.
    pub scope: String,
    /// A virtual account looks at the page: do not bind it to anybody.
    pub is_snapshotuser: bool,
    /// Name and picture; with the scope `snsapi_userinfo`, and when WeChat gave them.
    pub profile: Option<Profile>,
    /// Reads the profile again, for 30 days, at `…/oauth/refresh`.
    #[serde(serialize_with = "expose")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub refresh_token: SecretString,
}

/// Name and picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Profile {
    /// Their name.
    pub nickname: String,
    /// 1 male, 2 female, 0 not told.
    pub sex: u8,
    /// Their country; mostly empty today.
    pub country: String,
    /// Their province; mostly empty today.
    pub province: String,
    /// Their city; mostly empty today.
    pub city: String,
    /// Their picture.
    pub headimgurl: String,
    /// What they may do beyond others.
    pub privilege: Vec<String>,
}

impl Visitor {
    /// What the site learns.
    pub fn new(token: WebToken, info: Option<WebUserInfo>) -> Self {
        let unionid = info.as_ref().and_then(|info| info.unionid.clone());
        Self {
            openid: token.openid,
            unionid: token.unionid.or(unionid),
            scope: token.scope,
            is_snapshotuser: token.is_snapshotuser,
            profile: info.map(Profile::from),
            refresh_token: token.refresh_token,
        }
    }
}

impl From<WebUserInfo> for Profile {
    fn from(info: WebUserInfo) -> Self {
        Self {
            nickname: info.nickname,
            sex: info.sex,
            country: info.country,
            province: info.province,
            city: info.city,
            headimgurl: info.headimgurl,
            privilege: info.privilege,
        }
    }
}

/// The row of a journey that came back.
#[derive(Debug, Clone, Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
pub struct Login<T> {
    /// Who exchanges a code of it, or did.
    #[serde(default)]
    pub lease_owner: String,
    /// Who it is, once that is known.
    #[serde(default = "Option::default")]
    pub visitor: Option<T>,
}

/// What a request that brings a code is to do.
#[derive(Debug)]
pub enum Step<T> {
    /// Exchange the code: nobody else exchanges one now.
    Exchange,
    /// Somebody does; look again.
    Wait,
    /// It is known who it is, by whatever code: WeChat's browsers come back with a second one.
    Done(Box<T>),
}

impl<T> Login<T> {
    /// The step of `me`, who brings a code of the journey.
    pub fn step(self, me: &str) -> Step<T> {
        match self.visitor {
            Some(visitor) => Step::Done(Box::new(visitor)),
            None if self.lease_owner == me => Step::Exchange,
            None => Step::Wait,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(owner: &str) -> Login<Visitor> {
        Login {
            lease_owner: owner.to_owned(),
            visitor: None,
        }
    }

    #[test]
    fn one_exchanges_and_the_others_wait_for_who_it_is() {
        assert!(matches!(login("me").step("me"), Step::Exchange));
        assert!(matches!(login("you").step("me"), Step::Wait));
        let token = WebToken {
            access_token: "a".into(),
            expires_in: 7_200,
            refresh_token: "r".into(),
            openid: OpenId::try_from("oT3x_uK9bqVwZ2m4LrNcY8dEfGhI").unwrap(),
            unionid: None,
            scope: "snsapi_base".to_owned(),
            is_snapshotuser: false,
        };
        let done = Login {
            visitor: Some(Visitor::new(token, None)),
            ..login("you")
        };
        assert!(matches!(done.step("me"), Step::Done(_)));
    }
}
