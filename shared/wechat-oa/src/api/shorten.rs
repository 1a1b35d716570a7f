//! Family `shorten`: short keys for long texts (protocol section 7.6).

use super::{
    Accounts, Invalid, Meta,
    endpoint::{RetryClass::Read, family},
    rules::{filled, web_address},
    wire::Number,
};
use serde::{Deserialize, Serialize};

family! { "shorten" for UNSAID:
    GenShortKey => ShortKey: Meta::post("/cgi-bin/shorten/gen", "https://developers.weixin.qq.com/doc/offiaccount/Account_Management/KEY_Shortener.html").accounts(Accounts::VERIFIED_SERVICE), validate;
    FetchShortKey => LongData: Meta::post("/cgi-bin/shorten/fetch", "https://developers.weixin.qq.com/doc/offiaccount/Account_Management/KEY_Shortener.html").accounts(Accounts::VERIFIED_SERVICE)
        .retry(Read), check(short_key: filled);
    ShortenUrl => ShortUrl: Meta::post("/cgi-bin/shorturl", "https://developers.weixin.qq.com/doc/offiaccount/Account_Management/URL_Shortener.html")
        .retired(), check(long_url: web_address);
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::call;
    vec![
        call(GenShortKey {
            long_data: "data".into(),
            expire_seconds: Some(60),
        }),
        call(FetchShortKey {
            short_key: "abc".into(),
        }),
        call(ShortenUrl::new("https://www.example.com/a")),
    ]
}

/// The longest life of a short key, in seconds: 30 days.
const LONGEST: u32 = 2_592_000;

/// `POST /cgi-bin/shorten/gen`: a short key that stands for a long text.
///
/// ```
/// use wechat_oa::api::shorten::GenShortKey;
///
/// let key = GenShortKey { long_data: "shop=7&campaign=spring".into(), expire_seconds: Some(60) };
/// assert_eq!(serde_json::json!(key)["expire_seconds"], 60);
/// ```
#[derive(Debug, Clone, Serialize)]
pub struct GenShortKey {
    /// The text, at most 4 KB.
    pub long_data: String,
    /// Seconds it lives, at most 2,592,000 (30 days), which is also the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expire_seconds: Option<u32>,
}

/// A short key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ShortKey {
    /// 15 characters.
    pub short_key: String,
}

/// `POST /cgi-bin/shorten/fetch`: the text a short key stands for.
#[derive(Debug, Clone, Serialize)]
pub struct FetchShortKey {
    pub short_key: String,
}

/// The text a short key stands for.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LongData {
    pub long_data: String,
    /// When the key was made, in seconds since 1970.
    #[serde_as(as = "Number")]
    pub create_time: i64,
    /// How long it still lives, in seconds.
    #[serde_as(as = "Number")]
    pub expire_seconds: u32,
}

/// `POST /cgi-bin/shorturl`: a short link. The platform has made none since 2021; kept for the sake
/// of completeness.
#[derive(Debug, Clone, Serialize)]
pub struct ShortenUrl {
    action: &'static str,
    pub long_url: String,
}

/// A short link.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ShortUrl {
    pub short_url: String,
}

impl GenShortKey {
    /// Text and life are in range.
    ///
    /// # Errors
    /// The field and the rule it breaks.
    pub fn validate(&self) -> Result<(), Invalid> {
        let fits = (1..=4096).contains(&self.long_data.len());
        Invalid::unless(fits, "long_data", "must be 1 to 4096 bytes")?;
        let life = self.expire_seconds.unwrap_or(LONGEST);
        let rule = "must be 1 to 2592000 (30 days)";
        Invalid::unless((1..=LONGEST).contains(&life), "expire_seconds", rule)
    }
}

impl ShortenUrl {
    /// A short link to that one.
    pub fn new(long_url: &str) -> Self {
        Self {
            action: "long2short",
            long_url: long_url.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn limits_hold_before_the_call() {
        let make = |length, expire_seconds| GenShortKey {
            long_data: "l".repeat(length),
            expire_seconds,
        };
        assert!(make(4096, Some(LONGEST)).validate().is_ok());
        assert!(make(1, None).validate().is_ok());
        for (request, field) in [
            (make(0, None), "long_data"),
            (make(4097, None), "long_data"),
            (make(1, Some(0)), "expire_seconds"),
            (make(1, Some(LONGEST + 1)), "expire_seconds"),
        ] {
            assert_eq!(request.validate().unwrap_err().field, field);
        }
        let short_key = String::new();
        assert!(FetchShortKey { short_key }.validate().is_err());
        assert!(ShortenUrl::new("example.com").validate().is_err());
    }

    #[test]
    fn requests_are_spelled_as_wechat_does() {
        let short = ShortenUrl::new("https://example.com/");
        assert_eq!(
            json!(short),
            json!({"action": "long2short", "long_url": "https://example.com/"})
        );
        let make = GenShortKey {
            long_data: "loooong".into(),
            expire_seconds: None,
        };
        assert_eq!(json!(make), json!({"long_data": "loooong"}));
    }

    #[test]
    fn responses_are_those_of_the_fixtures() {
        let data: LongData = serde_json::from_str(include_str!(
            "../../../../tests/fixtures/responses/shorten_fetch.json"
        ))
        .unwrap();
        assert_eq!(data.long_data, "loooong");
        assert_eq!(
            (data.create_time, data.expire_seconds),
            (1_735_692_000, 86_300)
        );
        let key: ShortKey =
            serde_json::from_value(json!({"errcode": 0, "short_key": "6ZrMSCJZPy8XmVq"})).unwrap();
        assert_eq!(key.short_key.len(), 15);
    }
}
