//! Family `quota`: what is left of the daily calls, and what became of one call (protocol 7.7).

use super::{
    Invalid, Meta,
    answer::Done,
    endpoint::{QuotaClass, RetryClass::Read, family},
    token::expose,
    wire::Number,
};
use crate::ids::{AppId, AppSecret};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

family! { "quota" for ANY:
    ClearQuota => Done: Meta::post("/cgi-bin/clear_quota", "https://developers.weixin.qq.com/doc/offiaccount/Message_Management/API_Call_Limits.html")
        .quota(QuotaClass::Monthly);
    ClearQuotaV2 => Done: Meta::post("/cgi-bin/clear_quota/v2", "https://developers.weixin.qq.com/doc/service/api/apimanage/api_clearquotabyappsecret.html")
        .open().quota(QuotaClass::Monthly).query(&["appid", "appsecret"]);
    GetApiQuota => ApiQuota: Meta::post("/cgi-bin/openapi/quota/get", "https://developers.weixin.qq.com/doc/offiaccount/openApi/get_api_quota.html")
        .retry(Read), check(cgi_path: check_path);
    ClearApiQuota => Done: Meta::post("/cgi-bin/openapi/quota/clear", "https://developers.weixin.qq.com/doc/service/api/apimanage/"), check(cgi_path: check_path);
    GetRidInfo => RidInfo: Meta::post("/cgi-bin/openapi/rid/get", "https://developers.weixin.qq.com/doc/offiaccount/openApi/get_rid_info.html")
        .retry(Read), validate;
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::{app_id, call, secret};
    let cgi_path = "/cgi-bin/menu/create".to_owned();
    vec![
        call(ClearQuota { appid: app_id() }),
        call(ClearQuotaV2::new(app_id(), &secret())),
        call(GetApiQuota {
            cgi_path: cgi_path.clone(),
        }),
        call(ClearApiQuota { cgi_path }),
        call(GetRidInfo {
            rid: "67748a4e-1f2e3d4c-5b6a7980".into(),
        }),
    ]
}

/// `POST /cgi-bin/clear_quota`: all counts of today back to zero. 10 a month together with the
/// console and [`ClearQuotaV2`]; then 48006.
#[derive(Debug, Clone, Serialize)]
pub struct ClearQuota {
    pub appid: AppId,
}

/// `POST /cgi-bin/clear_quota/v2`: as [`ClearQuota`], for when no token is to be had. The page
/// shows the fields in the body and in the query; both are sent.
#[derive(Debug, Serialize)]
pub struct ClearQuotaV2 {
    appid: AppId,
    #[serde(serialize_with = "expose")]
    appsecret: SecretString,
}

impl ClearQuotaV2 {
    /// Resets that account.
    pub fn new(appid: AppId, secret: &AppSecret) -> Self {
        Self {
            appid,
            appsecret: secret.0.clone(),
        }
    }
}

/// `POST /cgi-bin/openapi/quota/get`: what is left of one path today.
///
/// ```
/// use wechat_oa::api::quota::GetApiQuota;
///
/// assert!(GetApiQuota { cgi_path: "/cgi-bin/menu/create".into() }.validate().is_ok());
/// assert!(GetApiQuota { cgi_path: "menu".into() }.validate().is_err());
/// ```
#[derive(Debug, Clone, Serialize)]
pub struct GetApiQuota {
    /// The path, with leading slash, without query.
    pub cgi_path: String,
}

/// `POST /cgi-bin/openapi/quota/clear`: today's count of one path back to zero.
#[derive(Debug, Clone, Serialize)]
pub struct ClearApiQuota {
    /// The path, with leading slash, without query.
    pub cgi_path: String,
}

fn check_path(field: &'static str, path: &str) -> Result<(), Invalid> {
    let fits = path.starts_with('/') && !path.contains('?');
    Invalid::unless(fits, field, "must start with '/' and have no query")
}

/// What is left of one path.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ApiQuota {
    /// Today's calls.
    pub quota: Option<DayQuota>,
    /// Calls in a short time.
    pub rate_limit: Option<RateLimit>,
    /// The same for a third-party platform.
    pub component_rate_limit: Option<RateLimit>,
}

/// Today's calls of one path.
#[serde_with::serde_as]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct DayQuota {
    /// The most a day.
    #[serde_as(as = "Number")]
    pub daily_limit: u64,
    /// Made today.
    #[serde_as(as = "Number")]
    pub used: u64,
    /// Left today.
    #[serde_as(as = "Number")]
    pub remain: u64,
}

/// Calls of one path in a short time.
#[serde_with::serde_as]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct RateLimit {
    /// The most in one period.
    #[serde_as(as = "Number")]
    pub call_count: u64,
    /// How long one period lasts, in seconds.
    #[serde_as(as = "Number")]
    pub refresh_second: u64,
}

/// `POST /cgi-bin/openapi/rid/get`: what became of one call, for seven days.
#[derive(Debug, Clone, Serialize)]
pub struct GetRidInfo {
    /// The id of the call, from the `errmsg` of its refusal.
    pub rid: String,
}

impl GetRidInfo {
    /// The rid is there.
    ///
    /// # Errors
    /// When it is not.
    pub fn validate(&self) -> Result<(), Invalid> {
        Invalid::unless(!self.rid.is_empty(), "rid", "must not be empty")
    }
}

/// What became of one call.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RidInfo {
    pub request: RidRequest,
}

/// One call, as WeChat saw it.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RidRequest {
    /// When it came, in seconds since 1970.
    #[serde_as(as = "Number")]
    pub invoke_time: i64,
    /// How long it took, in milliseconds.
    #[serde_as(as = "Number")]
    pub cost_in_ms: u64,
    /// The query it came with.
    pub request_url: String,
    /// What it carried.
    pub request_body: String,
    /// What WeChat answered.
    pub response_body: String,
    /// Where it came from.
    pub client_ip: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::body::{Body, Content};
    use serde_json::{Value, json};

    #[test]
    fn requests_are_those_of_the_fixtures() {
        let ask = GetApiQuota {
            cgi_path: "/cgi-bin/message/custom/send".into(),
        };
        let expected: Value = serde_json::from_str(include_str!(
            "../../../../tests/fixtures/requests/quota_get.json"
        ))
        .unwrap();
        assert_eq!(json!(ask), expected);
    }

    #[test]
    fn the_reset_by_secret_goes_both_ways() {
        let appid = AppId::try_from("wx5f2c8a1d9e3b7046").unwrap();
        let reset = ClearQuotaV2::new(appid, &AppSecret("0123456789abcdef".into()));
        let body = Body::of(&reset).unwrap();
        assert_eq!(body.query.len(), 2);
        let Content::Json(sent) = body.content else {
            panic!("a POST has a body")
        };
        let sent: Value = serde_json::from_slice(&sent).unwrap();
        assert_eq!(sent["appsecret"], "0123456789abcdef");
    }

    #[test]
    fn a_path_with_a_query_or_without_a_slash_is_refused() {
        for wrong in ["", "cgi-bin/x", "/cgi-bin/x?a=1"] {
            let ask = ClearApiQuota {
                cgi_path: wrong.into(),
            };
            assert_eq!(ask.validate().unwrap_err().field, "cgi_path");
        }
        assert!(GetRidInfo { rid: String::new() }.validate().is_err());
    }

    #[test]
    fn numbers_come_plain_or_as_text() {
        let quota: ApiQuota = serde_json::from_value(json!({
            "errcode": 0,
            "quota": {"daily_limit": 1000, "used": "7", "remain": 993},
            "rate_limit": {"call_count": 100, "refresh_second": 60, "unknown": true},
        }))
        .unwrap();
        assert_eq!(quota.quota.unwrap().used, 7);
        assert_eq!(quota.component_rate_limit, None);
    }
}
