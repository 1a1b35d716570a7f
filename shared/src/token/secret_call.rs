//! Calls that take the app secret. Only the function `token-refresh` may read it: whoever else makes
//! such a call asks that function to make it.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wechat_oa::{
    api::{
        ApiError, Body, Download, Endpoint, Error, Invalid, Relay, oauth::GetWebToken,
        quota::ClearQuotaV2, token::expose,
    },
    ids::{AppId, AppSecret},
};

/// Such a call, without the account's app id and app secret.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretCall {
    /// [`GetWebToken`]: who came back with that code.
    WebToken {
        #[serde(serialize_with = "expose")]
        code: SecretString,
    },
    /// [`ClearQuotaV2`]: all counts of today back to zero.
    ClearQuota,
}

/// What WeChat answered.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretAnswer {
    /// Its JSON, as it came.
    Json(String),
    /// A refusal.
    Refused {
        errcode: i64,
        /// Its words, with the request's id.
        errmsg: String,
        /// What else WeChat said.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        fields: Map<String, Value>,
    },
}

impl SecretCall {
    /// The call that somebody wants passed on, if it is one of these.
    ///
    /// # Errors
    /// When there is no code to exchange.
    pub fn of(relay: &Relay) -> Result<Option<Self>, Invalid> {
        if relay.meta == ClearQuotaV2::META {
            return Ok(Some(Self::ClearQuota));
        }
        if relay.meta != GetWebToken::META {
            return Ok(None);
        }
        let code = relay.query.iter().find(|(name, _)| name == "code");
        let code = code.map_or("", |(_, value)| value);
        Invalid::unless(!code.is_empty(), "code", "must be given")?;
        Ok(Some(Self::WebToken { code: code.into() }))
    }

    /// The endpoint's path.
    pub fn path(&self) -> &'static str {
        match self {
            Self::WebToken { .. } => GetWebToken::META.path,
            Self::ClearQuota => ClearQuotaV2::META.path,
        }
    }

    /// The call with the account's app id and app secret.
    ///
    /// # Errors
    /// When it breaks a documented rule.
    pub fn relay(self, app_id: AppId, secret: &AppSecret) -> Result<Relay, Error> {
        match self {
            Self::WebToken { code } => relay_of(&GetWebToken::new(app_id, secret, code)),
            Self::ClearQuota => relay_of(&ClearQuotaV2::new(app_id, secret)),
        }
    }
}

impl SecretAnswer {
    /// What came of the call; a refusal is an answer.
    ///
    /// # Errors
    /// When WeChat did not answer.
    pub fn of(outcome: Result<Download, Error>) -> Result<Self, Error> {
        match outcome {
            Ok(answer) => {
                let json = String::from_utf8_lossy(&answer.bytes);
                Ok(Self::Json(json.into_owned()))
            }
            Err(Error::Api(refusal)) => Ok(Self::Refused {
                errcode: refusal.errcode,
                errmsg: match &refusal.rid {
                    Some(rid) => format!("{} rid: {rid}", refusal.errmsg),
                    None => refusal.errmsg.clone(),
                },
                fields: refusal.fields.members().clone(),
            }),
            Err(error) => Err(error),
        }
    }

    /// The JSON, where it is no refusal of the call to `path`.
    ///
    /// # Errors
    /// WeChat's refusal.
    pub fn accept(self, path: &str) -> Result<String, Error> {
        match self {
            Self::Json(json) => Ok(json),
            Self::Refused {
                errcode,
                errmsg,
                fields,
            } => Err(Box::new(ApiError::new(path, errcode, &errmsg, fields)).into()),
        }
    }
}

fn relay_of<E: Endpoint>(request: &E) -> Result<Relay, Error> {
    let Body { query, content } = Body::of(request)?;
    Ok(Relay {
        meta: E::META,
        path: E::META.path.to_owned(),
        query,
        content,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;
    use serde_json::json;
    use wechat_oa::api::{body::Content, endpoint::Method};

    fn of(
        method: Method,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Option<SecretCall>, Invalid> {
        let query = query.iter().map(|(k, v)| ((*k).into(), (*v).into()));
        let relay = crate::relay::check(method, path, query.collect(), Content::None, true);
        SecretCall::of(&relay.unwrap())
    }

    #[test]
    fn calls_that_take_the_secret_are_known_and_all_others_are_not() {
        let path = "/sns/oauth2/access_token";
        let Ok(Some(SecretCall::WebToken { code })) = of(Method::Get, path, &[("code", "c1")])
        else {
            panic!("an exchange of a code")
        };
        assert_eq!(code.expose_secret(), "c1");
        assert_eq!(of(Method::Get, path, &[]).unwrap_err().field, "code");
        let clear = of(Method::Post, "/cgi-bin/clear_quota/v2", &[]);
        assert!(matches!(clear, Ok(Some(SecretCall::ClearQuota))));
        for (method, path) in [
            (Method::Post, "/cgi-bin/clear_quota"),
            (Method::Get, "/cgi-bin/clear_quota/v2"),
        ] {
            assert!(matches!(of(method, path, &[]), Ok(None)), "{path}");
        }
    }

    #[test]
    fn a_refusal_travels_with_its_words_and_its_id() {
        let refused = json!({"refused": {"errcode": 48006, "errmsg": "forbid rid: 6a-1"}});
        let answer: SecretAnswer = serde_json::from_value(refused).unwrap();
        let error = answer.accept("/cgi-bin/clear_quota/v2").unwrap_err();
        let refusal = error.refusal().unwrap();
        assert_eq!(
            (refusal.errcode, refusal.rid.as_deref()),
            (48006, Some("6a-1"))
        );
        let json = SecretAnswer::Json("{}".into()).accept("/x").unwrap();
        assert_eq!(json, "{}");
    }

    #[test]
    fn no_code_stands_in_what_is_printed() {
        let call = SecretCall::WebToken { code: "c1".into() };
        assert!(!format!("{call:?}").contains("c1"));
    }
}
