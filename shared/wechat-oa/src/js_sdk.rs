//! What a page hands to `wx.config` (protocol section 7.9; JS-SDK.html, Wechat_Open_Tag.html).

use crate::page_url::PageUrl;
use crate::{api::Invalid, ids::AppId};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use sha1::{Digest as _, Sha1};

/// The open tags there are (Wechat_Open_Tag.html, appendix).
const OPEN_TAGS: [&str; 4] = [
    "wx-open-launch-weapp",
    "wx-open-launch-app",
    "wx-open-subscribe",
    "wx-open-audio",
];
/// The tag asked for when a page names none.
const DEFAULT_TAG: &str = "wx-open-subscribe";
/// The most interfaces a page may name, and the most letters of one.
const INTERFACES: usize = 100;
const INTERFACE: usize = 64;
/// What an unescaped `url` looks like from here.
const UNESCAPED: &str = "must be escaped with encodeURIComponent: what follows '&' or stands escaped \
    in it became part of this request / 必须先用 encodeURIComponent 转义，否则它的 '&' 之后的部分会变成本请求的参数";

/// What a page asks of the route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub url: String,
    /// Interfaces to ask for.
    pub js_api_list: Vec<String>,
    /// Open tags to ask for.
    pub open_tag_list: Vec<String>,
}

impl Asked {
    /// Reads the query: names and values, unescaped, and as it was sent.
    ///
    /// WeChat signs the page's whole address, and a page whose address has parameters of its own
    /// must escape it, "需要encodeURIComponent" (JS-SDK.html, appendix 5): else they arrive as
    /// parameters of this route, the address is cut, and its signature fits no page. This route has
    /// three parameters, so that can be told.
    ///
    /// # Errors
    /// An address that is not escaped, an interface that cannot be one, a tag that does not exist;
    /// the error names the parameter.
    pub fn read(query: &[(String, String)], raw: &str) -> Result<Self, Invalid> {
        let mut asked = Self {
            url: String::new(),
            js_api_list: Vec::new(),
            open_tag_list: Vec::new(),
        };
        let (mut urls, mut strangers, mut tagged) = (0, 0, false);
        for (name, value) in query {
            match name.as_str() {
                "url" => {
                    urls += 1;
                    asked.url.clone_from(value);
                }
                "jsApiList" => asked.js_api_list.extend(listed(value)),
                "openTagList" => {
                    tagged = true;
                    asked.open_tag_list.extend(listed(value));
                }
                _ => strangers += 1,
            }
        }
        let whole = strangers == 0 && urls <= 1 && !is_half_escaped(raw);
        Invalid::unless(whole, "url", UNESCAPED)?;
        if !tagged {
            asked.open_tag_list.push(DEFAULT_TAG.to_owned());
        }
        asked.check()
    }

    fn check(self) -> Result<Self, Invalid> {
        let letters = |name: &String| {
            let mut bytes = name.bytes();
            name.len() <= INTERFACE
                && bytes.next().is_some_and(|b| b.is_ascii_alphabetic())
                && bytes.all(|b| b.is_ascii_alphanumeric() || b".:_".contains(&b))
        };
        Invalid::unless(
            self.js_api_list.len() <= INTERFACES && self.js_api_list.iter().all(letters),
            "jsApiList",
            "must be at most 100 names of JS interfaces with commas between them, such as \
             scanQRCode,chooseImage / 最多 100 个 JS 接口名，用逗号分隔",
        )?;
        Invalid::unless(
            self.open_tag_list
                .iter()
                .all(|tag| OPEN_TAGS.contains(&tag.as_str())),
            "openTagList",
            "must be of wx-open-launch-weapp, wx-open-launch-app, wx-open-subscribe and \
             wx-open-audio, with commas between them / 只能是这四个标签，用逗号分隔",
        )?;
        Ok(self)
    }
}

fn listed(value: &str) -> impl Iterator<Item = String> {
    let names = value.split(',').map(str::trim);
    names.filter(|name| !name.is_empty()).map(str::to_owned)
}

/// Whether the address came as it is, with escapes of its own that were undone on the way: of letters
/// that everybody who escapes the address either leaves alone everywhere or escapes everywhere.
fn is_half_escaped(raw: &str) -> bool {
    let mut values = raw.split('&').filter_map(|pair| pair.strip_prefix("url="));
    values.next().is_some_and(|value| {
        let upper = value.to_ascii_uppercase();
        let plain = value.starts_with("http://") || value.starts_with("https://");
        plain
            && ["%2F", "%3A", "%3D", "%3F"]
                .iter()
                .any(|escape| upper.contains(escape))
    })
}

/// The argument of `wx.config`.
///
/// ```
/// use wechat_oa::{ids::AppId, js_sdk::{Asked, JsSdkConfig}, page_url::PageUrl};
///
/// let query = [("url".to_owned(), "https://shop.example.com/".to_owned()), ("jsApiList".to_owned(), "scanQRCode".to_owned())];
/// let asked = Asked::read(&query, "url=https%3A%2F%2Fshop.example.com%2F&jsApiList=scanQRCode").unwrap();
/// let page = PageUrl::parse("url", &asked.url).unwrap();
/// let app_id = AppId::try_from("wx5f2c8a1d9e3b7046").unwrap();
/// let config = JsSdkConfig::sign(&app_id, &"ticket".into(), &page, &asked, "n1", 1_767_000_000);
/// assert_eq!(config.signature.len(), 40);
/// assert_eq!(serde_json::json!(config)["jsApiList"][0], "scanQRCode");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JsSdkConfig {
    pub app_id: AppId,
    /// When it was signed, in seconds since 1970.
    pub timestamp: i64,
    /// A random text; a capital S here, none in what is signed.
    pub nonce_str: String,
    /// Signs ticket, nonce, timestamp and the page's URL.
    pub signature: String,
    /// Interfaces to ask for.
    pub js_api_list: Vec<String>,
    /// Open tags to ask for.
    pub open_tag_list: Vec<String>,
}

impl JsSdkConfig {
    /// Signs a page for an account. The page is signed without its fragment, as it stands.
    /// `asked` says what the page wants to use.
    pub fn sign(
        app_id: &AppId,
        ticket: &SecretString,
        page: &PageUrl<'_>,
        asked: &Asked,
        nonce: &str,
        now_s: i64,
    ) -> Self {
        Self {
            app_id: app_id.clone(),
            timestamp: now_s,
            nonce_str: nonce.to_owned(),
            signature: signature(ticket, nonce, now_s, page.without_fragment()),
            js_api_list: asked.js_api_list.clone(),
            open_tag_list: asked.open_tag_list.clone(),
        }
    }
}

/// `jsapi_ticket`, `noncestr`, `timestamp` and `url` in this order, nothing escaped, hashed.
fn signature(ticket: &SecretString, nonce: &str, timestamp: i64, url: &str) -> String {
    let mut hash = Sha1::new();
    hash.update("jsapi_ticket=");
    hash.update(ticket.expose_secret());
    hash.update(format!("&noncestr={nonce}&timestamp={timestamp}&url={url}"));
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn vectors() -> Vec<Value> {
        serde_json::from_str(include_str!("../../../tests/fixtures/jssdk_signature.json")).unwrap()
    }

    fn asked(url: &str) -> Asked {
        read(&format!("url={}", escaped(url))).unwrap()
    }

    fn escaped(url: &str) -> String {
        let query = crate::api::page::url("", "", &[("url", url)]);
        query.trim_start_matches("?url=").to_owned()
    }

    fn read(raw: &str) -> Result<Asked, Invalid> {
        use crate::callback::query::decode;
        let pairs = raw.split('&').map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name).into_owned(), decode(value).into_owned())
        });
        Asked::read(&pairs.collect::<Vec<_>>(), raw)
    }

    #[test]
    fn an_address_that_was_not_escaped_is_noticed() {
        let page = "http://www.example.com/?status=1&from=singlemessage&isappinstalled=0";
        assert_eq!(asked(page).url, page);
        for whole in [
            // Nothing in them needs to be escaped.
            "http://www.example.com/a?status=1",
            "https://www.example.com/",
            // As some clients escape: slashes and colons stay.
            "https%3A//www.example.com/%3Fa%3D1%26b%3D2",
            "https:%2F%2Fwww.example.com%2F%3Fa%3D1%26b%3D2",
            "https://www.example.com/?a=1%26b=2%2520%23c",
        ] {
            let read = read(&format!("url={whole}"));
            assert!(read.is_ok(), "{whole}: {read:?}");
        }
        for cut in [
            page,
            "https://www.example.com/?a=1&url=2",
            "https://www.example.com/?a&b",
            "https://www.example.com/?a=b%2Fc",
            "https://www.example.com/?a=b&_=1700000000",
        ] {
            let refused = read(&format!("url={cut}")).unwrap_err();
            assert_eq!(refused.field, "url");
            for word in ["encodeURIComponent", "转义"] {
                assert!(refused.rule.contains(word), "{refused:?}");
            }
        }
    }

    #[test]
    fn interfaces_and_tags_are_asked_for_by_name() {
        let lists = |more: &str| {
            let read = read(&format!("url=https%3A%2F%2Fh%2F{more}"));
            read.map(|asked| (asked.js_api_list, asked.open_tag_list))
        };
        let texts = |names: &[&str]| -> Vec<String> {
            names.iter().map(|name| (*name).to_owned()).collect()
        };
        let tag = texts(&["wx-open-subscribe"]);
        assert_eq!(lists(""), Ok((texts(&[]), tag.clone())));
        assert_eq!(lists("&openTagList="), Ok((texts(&[]), texts(&[]))));
        assert_eq!(
            lists("&jsApiList=scanQRCode,%20chooseImage,&jsApiList=config:x"),
            Ok((texts(&["scanQRCode", "chooseImage", "config:x"]), tag))
        );
        assert_eq!(
            lists(&format!("&openTagList={}", OPEN_TAGS.join(","))),
            Ok((texts(&[]), texts(&OPEN_TAGS)))
        );
        let many = vec!["a"; INTERFACES + 1].join(",");
        for (more, field) in [
            ("&jsApiList=%3Cscript%3E", "jsApiList"),
            ("&jsApiList=1a", "jsApiList"),
            (&format!("&jsApiList={}", "a".repeat(65)), "jsApiList"),
            (&format!("&jsApiList={many}"), "jsApiList"),
            ("&openTagList=wx-open-launch", "openTagList"),
            ("&openTagList=WX-OPEN-AUDIO", "openTagList"),
        ] {
            assert_eq!(lists(more).unwrap_err().field, field, "{more}");
        }
    }

    #[test]
    fn the_printed_vectors_come_out() {
        let app_id = AppId::try_from("wx5f2c8a1d9e3b7046").unwrap();
        let mut signed = 0;
        for vector in vectors() {
            let text = |name: &str| vector[name].as_str();
            let url = text("page_url").or(text("url")).unwrap();
            let page = PageUrl::parse("url", url).unwrap();
            assert_eq!(page.without_fragment(), text("url").unwrap());
            let Some(wanted) = text("signature") else {
                continue;
            };
            let ticket = text("jsapi_ticket").unwrap().into();
            let now_s = text("timestamp").unwrap().parse().unwrap();
            let nonce = text("noncestr").unwrap();
            let config = JsSdkConfig::sign(&app_id, &ticket, &page, &asked(url), nonce, now_s);
            assert_eq!(config.signature, wanted, "{vector}");
            signed += 1;
        }
        assert_eq!(signed, 3);
    }

    #[test]
    fn it_reads_as_wx_config_wants_it() {
        let app_id = AppId::try_from("wx5f2c8a1d9e3b7046").unwrap();
        let page = PageUrl::parse("url", "https://h/").unwrap();
        let asked = asked("https://h/");
        let mut config = json!(JsSdkConfig::sign(
            &app_id,
            &"t".into(),
            &page,
            &asked,
            "n",
            7
        ));
        config["signature"] = Value::Null;
        assert_eq!(
            config,
            json!({
                "appId": "wx5f2c8a1d9e3b7046", "timestamp": 7, "nonceStr": "n", "signature": null,
                "jsApiList": [], "openTagList": ["wx-open-subscribe"],
            })
        );
    }
}
