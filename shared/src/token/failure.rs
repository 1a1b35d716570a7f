//! Why a fetch failed, who can help, and how long to leave it.

use std::{net::IpAddr, time::Duration};
use thiserror::Error;
use wechat_oa::api::{Error, ErrorClass};

/// A fetch that failed. The first four wait for a person; their message says for what.
#[derive(Debug, Error)]
pub enum FetchError {
    /// 40164, 61004: the address calls go out from is not in the whitelist.
    #[error("address {} is not in the account's IP whitelist; add it in the console", .address.as_deref().unwrap_or("of this function"))]
    NotWhitelisted {
        /// The address, as WeChat sees it.
        address: Option<String>,
        source: Error,
    },
    /// 89503: the administrator has to confirm the call, WeChat has sent a message.
    #[error("the account's administrator has to confirm this caller in WeChat")]
    Unconfirmed { source: Error },
    /// 40125, and 40001 from the token endpoint: the app secret is another.
    #[error("the app secret is wrong; reset it in the console and store the new one in '…/secret'")]
    WrongSecret { source: Error },
    /// 40243: the app secret is frozen.
    #[error("the app secret is frozen; unfreeze it in the console")]
    FrozenSecret { source: Error },
    /// Anything else.
    #[error(transparent)]
    Call(Error),
    /// WeChat gave a token without a life.
    #[error("expires_in must be at least 1")]
    Lifeless,
    /// WeChat, or what a ticket needs first, took too long.
    #[error("no answer within {} s", super::FETCH.as_secs())]
    TooSlow,
}

impl FetchError {
    /// Sorts the failure of a token or ticket call.
    pub fn of(source: Error) -> Self {
        let Some(refusal) = source.refusal() else {
            return Self::Call(source);
        };
        match refusal.errcode {
            40164 | 61004 => Self::NotWhitelisted {
                address: address(&refusal.errmsg),
                source,
            },
            89503 => Self::Unconfirmed { source },
            40125 => Self::WrongSecret { source },
            40001 if refusal.endpoint.ends_with("token") => Self::WrongSecret { source },
            40243 => Self::FrozenSecret { source },
            _ => Self::Call(source),
        }
    }

    /// The failure in one word, for logs, metrics and alarms.
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::NotWhitelisted { .. } => "ip_not_whitelisted",
            Self::Unconfirmed { .. } => "ip_unconfirmed",
            Self::WrongSecret { .. } => "app_secret_wrong",
            Self::FrozenSecret { .. } => "app_secret_frozen",
            Self::Call(error) => error.error_type(),
            Self::Lifeless => "wechat_shape",
            Self::TooSlow => "wechat_timeout",
        }
    }

    /// How long to leave it: every caller without a token would try again at once.
    pub fn pause(&self) -> Duration {
        let class = match self {
            Self::Call(error) => error.refusal().map(|refusal| refusal.class),
            Self::Lifeless | Self::TooSlow => None,
            _ => Some(ErrorClass::Config),
        };
        match class {
            None | Some(ErrorClass::Transient) => Duration::from_secs(2),
            Some(ErrorClass::Quota) => Duration::from_secs(600),
            Some(_) => Duration::from_secs(60),
        }
    }
}

/// `invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist`: the first address there.
fn address(errmsg: &str) -> Option<String> {
    let words = errmsg.split(|c: char| c.is_whitespace() || c == ',');
    words
        .filter_map(|word| word.parse::<IpAddr>().ok())
        .map(|address| address.to_string())
        .next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wechat_oa::api::answer::accept;

    fn failed(fixture: &str) -> FetchError {
        let path = format!(
            "{}/../tests/fixtures/responses/{fixture}.json",
            env!("CARGO_MANIFEST_DIR")
        );
        let body = std::fs::read(path).unwrap();
        FetchError::of(accept("/cgi-bin/stable_token", 200, body).unwrap_err())
    }

    #[test]
    fn what_a_person_must_do_is_said() {
        for (fixture, word, hint) in [
            (
                "get_access_token_err_40164",
                "ip_not_whitelisted",
                "203.0.113.9",
            ),
            (
                "get_access_token_err_89503",
                "ip_unconfirmed",
                "administrator",
            ),
            ("get_access_token_err_40125", "app_secret_wrong", "…/secret"),
            ("get_access_token_err_40001", "app_secret_wrong", "…/secret"),
            (
                "get_access_token_err_40243",
                "app_secret_frozen",
                "unfreeze",
            ),
        ] {
            let error = failed(fixture);
            assert_eq!(error.error_type(), word);
            assert!(error.to_string().contains(hint), "{error}");
            assert_eq!(error.pause(), Duration::from_secs(60));
        }
    }

    #[test]
    fn the_rest_keeps_its_class_and_its_pause() {
        for (fixture, word, pause) in [
            ("get_access_token_err_45009", "wechat_quota", 600_000),
            ("get_stable_access_token_err_45011", "wechat_rate", 60_000),
            ("any_err_neg1", "wechat_transient", 2_000),
        ] {
            let error = failed(fixture);
            assert_eq!(
                (error.error_type(), error.pause()),
                (word, Duration::from_millis(pause))
            );
        }
        assert_eq!(FetchError::TooSlow.pause(), Duration::from_secs(2));
    }
}
