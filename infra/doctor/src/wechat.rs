//! What WeChat says about an account: token, whitelist, callback check, quotas.

use crate::{
    advice,
    report::{Check, State},
};
use secrecy::SecretString;
use shared::{account::Account, token::FetchError};
use wechat_oa::{
    api::{
        Client, Endpoint, ErrorClass, Http, TokenSource,
        base::{AutoreplyInfo, CallbackCheck, CheckAction, CheckOperator, GetCurrentAutoreplyInfo},
        client::{Hosts, Tokenless},
        custom::SendCustomMessage,
        error::{Cause, Error},
        mass::{SendMass, SendMassToAll},
        media::UploadMedia,
        notify::SendSubscriptionMessage,
        quota::{ApiQuota, GetApiQuota},
        template::SendTemplateMessage,
        token::{GetAccessToken, GetStableAccessToken},
    },
    ids::AppSecret,
};

const TOKEN: &str = "access-token";
const WHITELIST: &str = "ip-whitelist";
const REACH: &str = "callback-check";
const QUOTA: &str = "quota";
const AUTOREPLY: &str = "auto-replies";
const AGAIN: &str = "Try again in a minute.";

/// The calls the bundle lives on.
const PATHS: [&str; 6] = [
    SendTemplateMessage::META.path,
    SendSubscriptionMessage::META.path,
    SendCustomMessage::META.path,
    SendMass::META.path,
    SendMassToAll::META.path,
    UploadMedia::META.path,
];

/// A token for the checks after it, or none.
pub(crate) struct TokenCheck {
    pub(crate) checks: Vec<Check>,
    pub(crate) token: Option<SecretString>,
}

impl TokenCheck {
    /// The token, or the check that says why there is none.
    pub(crate) fn into_token(self) -> Result<SecretString, Box<Check>> {
        let mut checks = self.checks.into_iter();
        let failed = checks.find(|check| check.state == State::Failed);
        self.token.ok_or_else(|| {
            let again = || Check::failed(TOKEN, "WeChat gives no token", AGAIN);
            Box::new(failed.unwrap_or_else(again))
        })
    }
}

/// One client for all that needs the token.
pub(crate) struct Wechat {
    http: Http,
    hosts: Hosts,
}

/// The token the first check got. A refused one is not replaced: that would take the bundle's.
struct Held(SecretString);

impl TokenSource for Held {
    async fn token(&self) -> Result<SecretString, Cause> {
        Ok(self.0.clone())
    }

    async fn refused(&self, _: &SecretString) -> Result<SecretString, Cause> {
        Err("WeChat refuses the token it has just given out".into())
    }
}

impl Wechat {
    /// `base` stands for all of WeChat's hosts where it is set.
    pub(crate) fn new(account: &Account, http: Http, base: Option<&str>) -> Self {
        Self {
            http,
            hosts: Hosts::new(account.hosts(), base),
        }
    }

    /// Asks for the stable token, in normal mode, which nobody else's token suffers from.
    pub(crate) async fn token(&self, account: &Account, secret: &AppSecret) -> TokenCheck {
        let client = Client::new(self.http.clone(), self.hosts.clone(), Tokenless);
        let request = GetStableAccessToken::new(account.app_id().clone(), secret);
        match client.call(&request).await {
            Ok(token) => TokenCheck {
                checks: vec![
                    Check::ok(
                        TOKEN,
                        format!("a token that lives {} s more", token.expires_in),
                    ),
                    Check::ok(WHITELIST, "WeChat takes calls from this address"),
                ],
                token: Some(token.access_token),
            },
            Err(error) => TokenCheck {
                checks: refusal_checks(error),
                token: None,
            },
        }
    }

    /// Has WeChat look at the callback URL of the console.
    pub(crate) async fn reach(&self, token: &SecretString) -> Check {
        let check = CallbackCheck {
            action: CheckAction::All,
            check_operator: CheckOperator::Default,
        };
        let report = match self.holding(token).call(&check).await {
            Ok(report) => report,
            Err(error) => return transport_check(&error),
        };
        let addresses: Vec<&str> = report.dns.iter().map(|found| found.ip.as_str()).collect();
        if addresses.is_empty() {
            return Check::failed(
                REACH,
                "WeChat cannot resolve the host of the callback URL in the console",
                "Correct the URL in the console, or the DNS records of its host.",
            );
        }
        // API Gateway leaves pings unanswered: their loss says nothing.
        Check::ok(
            REACH,
            format!(
                "WeChat resolves the callback's host to {}",
                addresses.join(", ")
            ),
        )
    }

    /// What is left of each call today.
    pub(crate) async fn quotas(&self, account: &Account, token: &SecretString) -> Vec<Check> {
        let client = self.holding(token);
        let classic = match account.token_api.get() {
            Ok(shared::account::TokenApi::Classic) => GetAccessToken::META.path,
            _ => GetStableAccessToken::META.path,
        };
        let mut checks = Vec::new();
        for path in PATHS.into_iter().chain([classic]) {
            let cgi_path = path.to_owned();
            let asked = client.call(&GetApiQuota { cgi_path }).await;
            checks.push(quota(asked).about(path));
        }
        checks
    }

    /// The auto-replies of the console.
    pub(crate) async fn autoreply(
        &self,
        token: &SecretString,
    ) -> Result<AutoreplyInfo, Box<Check>> {
        let asked = self.holding(token).call(&GetCurrentAutoreplyInfo {}).await;
        asked.map_err(|error| Box::new(advice::failed(AUTOREPLY, &error)))
    }

    fn holding(&self, token: &SecretString) -> Client<Held> {
        Client::new(self.http.clone(), self.hosts.clone(), Held(token.clone()))
    }
}

/// A token call that was refused: by its reason, the token or the whitelist is at fault.
fn refusal_checks(error: Error) -> Vec<Check> {
    let errcode = error.refusal().map(|refusal| refusal.errcode);
    let told = error
        .refusal()
        .map(|refusal| advice::finding(refusal.errcode, &refusal.errmsg));
    let with = |check: Check| Check { errcode, ..check };
    let finding = told.unwrap_or_default();
    match FetchError::of(error) {
        FetchError::NotWhitelisted { address, .. } => {
            let address = address.as_deref().unwrap_or("this address");
            let advice = format!(
                "Add {address} to the IP whitelist (IP白名单), beside the app secret: 微信开发者平台 → 公众号 / 服务号 → 基础信息 → 开发密钥. The functions call from \
                 their own: add that too (EgressAddresses of the stack's outputs)."
            );
            let finding = format!(
                "WeChat refuses calls from {address} ({})",
                errcode.unwrap_or(40164)
            );
            vec![
                Check::skipped(TOKEN, "WeChat does not take calls from here"),
                with(Check::failed(WHITELIST, finding, advice)),
            ]
        }
        FetchError::Unconfirmed { .. } => vec![
            Check::skipped(TOKEN, "WeChat does not take calls from here yet"),
            with(Check::failed(
                WHITELIST,
                finding,
                "The account's administrator has got a message from WeChat: confirm this caller there, then run the check again.",
            )),
        ],
        FetchError::WrongSecret { .. } => without_token(with(Check::failed(
            TOKEN,
            finding,
            "The stored app secret is not the account's: reset it in the console and store the new one with wechat-doctor init.",
        ))),
        FetchError::FrozenSecret { .. } => without_token(with(Check::failed(
            TOKEN,
            finding,
            "The app secret is frozen: unfreeze it in the console (微信开发者平台 → 基础信息 → 开发密钥); it works ten minutes later.",
        ))),
        FetchError::Call(error) => without_token(advice::failed(TOKEN, &error)),
        other => without_token(Check::failed(TOKEN, other.to_string(), AGAIN)),
    }
}

fn without_token(check: Check) -> Vec<Check> {
    vec![
        check,
        Check::skipped(WHITELIST, "not known without a token"),
    ]
}

fn transport_check(error: &Error) -> Check {
    match error.refusal().map(|refusal| refusal.errcode) {
        Some(40201) => Check {
            errcode: Some(40201),
            ..Check::failed(
                REACH,
                "no callback URL is set in the console",
                "Paste the callback URL, the token and the EncodingAESKey into the console (微信开发者平台 → 公众号 / 服务号 → 基础信息 → 域名与消息推送配置) and switch it on.",
            )
        },
        _ => advice::failed(REACH, error),
    }
}

fn quota(asked: Result<ApiQuota, Error>) -> Check {
    let found = match asked {
        Ok(found) => found,
        Err(error) => {
            return match error.refusal() {
                Some(refusal)
                    if refusal.class == ErrorClass::Permission
                        || [76021, 76022].contains(&refusal.errcode) =>
                {
                    Check {
                        errcode: Some(refusal.errcode),
                        ..Check::skipped(QUOTA, "the account does not have this call")
                    }
                }
                _ => advice::failed(QUOTA, &error),
            };
        }
    };
    let Some(day) = found.quota else {
        return Check::ok(QUOTA, "no limit a day is told");
    };
    let finding = format!("{} of {} calls left today", day.remain, day.daily_limit);
    if day.remain > 0 || day.daily_limit == 0 {
        return Check::ok(QUOTA, finding);
    }
    Check::failed(
        QUOTA,
        finding,
        "Wait until midnight in Beijing, or reset the count in the console or with cgi-bin/clear_quota (10 times a month). \
         Lower the account's pace so that it lasts.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use wechat_oa::api::{answer::accept, quota::DayQuota};

    fn answered(errcode: i64, errmsg: &str) -> Error {
        let body = serde_json::json!({ "errcode": errcode, "errmsg": errmsg }).to_string();
        accept("/cgi-bin/stable_token", 200, body.into_bytes()).unwrap_err()
    }

    fn left(remain: u64, daily_limit: u64) -> Result<ApiQuota, Error> {
        let used = daily_limit - remain;
        Ok(ApiQuota {
            quota: Some(DayQuota {
                daily_limit,
                used,
                remain,
            }),
            rate_limit: None,
            component_rate_limit: None,
        })
    }

    #[test]
    fn a_refused_address_is_named_with_where_to_put_it() {
        let checks = refusal_checks(answered(
            40164,
            "invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist",
        ));
        assert_eq!(
            (checks[0].state, checks[1].state),
            (State::Skipped, State::Failed)
        );
        assert!(
            checks[1]
                .advice
                .as_deref()
                .unwrap()
                .starts_with("Add 203.0.113.9 to the IP whitelist")
        );
        assert_eq!(checks[1].errcode, Some(40164));
    }

    #[test]
    fn every_refusal_of_a_token_says_what_to_do() {
        for errcode in [40125, 40001, 40243, 40013, 45009, 45011, -1, 48001, 123] {
            let checks = refusal_checks(answered(errcode, "words"));
            assert_eq!(checks[0].state, State::Failed, "{errcode}");
            assert!(checks[0].advice.as_deref().unwrap().len() > 20, "{errcode}");
            assert_eq!(checks[0].errcode, Some(errcode));
        }
    }

    #[test]
    fn a_quota_is_failed_when_nothing_is_left_and_skipped_when_there_is_none() {
        assert_eq!(quota(left(1, 100)).state, State::Ok);
        assert_eq!(quota(left(0, 100)).state, State::Failed);
        assert_eq!(quota(left(0, 0)).state, State::Ok);
        assert_eq!(
            quota(Err(answered(76021, "cgi_path not found"))).state,
            State::Skipped
        );
        assert_eq!(
            quota(Err(answered(48001, "api unauthorized"))).state,
            State::Skipped
        );
        assert_eq!(quota(Err(answered(-1, "busy"))).state, State::Failed);
    }
}
