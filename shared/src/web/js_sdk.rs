//! What a page hands to `wx.config` (protocol section 7.9).

use super::address::PageUrl;
use crate::account::AppId;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use sha1::{Digest as _, Sha1};

/// The argument of `wx.config`; a page adds the interfaces it uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JsSdkConfig {
    /// The account.
    pub app_id: AppId,
    /// When it was signed, in seconds since 1970.
    pub timestamp: i64,
    /// A random text; a capital S here, none in what is signed.
    pub nonce_str: String,
    /// Signs ticket, nonce, timestamp and the page's URL.
    pub signature: String,
    /// Interfaces to ask for; none yet.
    pub js_api_list: [String; 0],
    /// Open tags to ask for.
    pub open_tag_list: [&'static str; 1],
}

impl JsSdkConfig {
    /// Signs a page for an account. The page is signed without its fragment, as it stands.
    pub fn sign(
        app_id: &AppId,
        ticket: &SecretString,
        page: &PageUrl<'_>,
        nonce: &str,
        now_s: i64,
    ) -> Self {
        Self {
            app_id: app_id.clone(),
            timestamp: now_s,
            nonce_str: nonce.to_owned(),
            signature: signature(ticket, nonce, now_s, page.without_fragment()),
            js_api_list: [],
            open_tag_list: ["wx-open-subscribe"],
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
            let config = JsSdkConfig::sign(&app_id, &ticket, &page, nonce, now_s);
            assert_eq!(config.signature, wanted, "{vector}");
            signed += 1;
        }
        assert_eq!(signed, 3);
    }

    #[test]
    fn it_reads_as_wx_config_wants_it() {
        let app_id = AppId::try_from("wx5f2c8a1d9e3b7046").unwrap();
        let page = PageUrl::parse("url", "https://h/").unwrap();
        let mut config = json!(JsSdkConfig::sign(&app_id, &"t".into(), &page, "n", 7));
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
