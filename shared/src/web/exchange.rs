//! What `token-refresh`, which alone may read app secrets, is asked for by `web`.

use crate::{
    account::{AccountName, OpenId},
    api::{Error, oauth::WebToken, token::expose},
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// Asks who came back with a code.
#[derive(Debug, Serialize, Deserialize)]
pub struct Exchange {
    /// The account's name.
    pub account: AccountName,
    /// WeChat's code.
    #[serde(serialize_with = "expose")]
    pub code: SecretString,
}

/// What WeChat said to a code.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exchanged {
    /// Who it is.
    Granted(Granted),
    /// It does not take the code: 40163 used, 40029 wrong, 42003 too late.
    Refused {
        /// WeChat's code.
        errcode: i64,
    },
}

/// A visitor's tokens.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Granted {
    /// Fetches what the scope allows.
    #[serde(serialize_with = "expose")]
    pub access_token: SecretString,
    /// Fetches the next access token, for 30 days.
    #[serde(serialize_with = "expose")]
    pub refresh_token: SecretString,
    /// The visitor.
    pub openid: OpenId,
    /// The same person in all accounts bound to one open-platform account.
    pub unionid: Option<String>,
    /// What was granted, parted by commas.
    pub scope: String,
    /// A virtual account looks at the page: do not bind it to anybody.
    pub is_snapshotuser: bool,
}

impl From<WebToken> for Granted {
    fn from(token: WebToken) -> Self {
        Self {
            access_token: token.access_token,
            refresh_token: token.refresh_token,
            openid: token.openid,
            unionid: token.unionid,
            scope: token.scope,
            is_snapshotuser: token.is_snapshotuser,
        }
    }
}

impl Granted {
    /// Whether name and picture may be read.
    pub fn has_profile(&self) -> bool {
        self.scope
            .split(',')
            .any(|scope| scope == "snsapi_userinfo")
    }
}

impl Exchanged {
    /// An answer of WeChat's; a code it does not take is one, and no failure.
    ///
    /// # Errors
    /// Everything else that goes wrong with a call.
    pub fn of(answer: Result<WebToken, Error>) -> Result<Self, Error> {
        match answer {
            Ok(token) => Ok(Self::Granted(token.into())),
            Err(error) => match error.refusal().map(|refusal| refusal.errcode) {
                Some(errcode @ (40_029 | 40_163 | 42_003)) => Ok(Self::Refused { errcode }),
                _ => Err(error),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ApiError;
    use serde_json::{Map, json};

    fn refused(errcode: i64) -> Result<WebToken, Error> {
        let refusal = ApiError::new("/sns/oauth2/access_token", errcode, "m", Map::new());
        Err(Box::new(refusal).into())
    }

    #[test]
    fn answers_travel_between_the_functions() {
        let token = json!({"access_token": "a", "expires_in": 7200, "refresh_token": "r",
            "openid": "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI", "scope": "snsapi_base,snsapi_userinfo",
            "is_snapshotuser": 1});
        let told = Exchanged::of(Ok(serde_json::from_value(token).unwrap())).unwrap();
        let Exchanged::Granted(read) = serde_json::from_value(json!(told)).unwrap() else {
            panic!("{told:?}")
        };
        assert!(read.has_profile() && read.is_snapshotuser && read.unionid.is_none());
        assert!(!format!("{read:?}").contains("\"a\""));
    }

    #[test]
    fn a_code_that_is_not_taken_is_an_answer() {
        for errcode in [40_029, 40_163, 42_003] {
            let told = json!(Exchanged::of(refused(errcode)).unwrap());
            assert_eq!(told, json!({"refused": {"errcode": errcode}}));
        }
        assert!(Exchanged::of(refused(40_125)).is_err());
    }
}
