//! Family `subscribe_once`: one message for each time a user agrees (protocol section 5).

use super::{
    Invalid, Meta,
    answer::Done,
    endpoint::{Host, QuotaClass, RetryClass::Send, family},
    page::{BrowserPage, base, url},
    reader::unless_blank,
    rules::{characters, filled, web_address},
    template::{DataValue, MiniProgram},
    wire::NumberText,
};
use crate::ids::{AppId, OpenId};
use serde::{Deserialize, Serialize};

family! { "subscribe_once" for VERIFIED:
    ConfirmPage => BrowserPage: Meta::get("/mp/subscribemsg", "https://developers.weixin.qq.com/doc/offiaccount/Message_Management/One-time_subscription_info.html")
        .open().host(Host::Mp), check(template_id: filled, redirect_url: web_address, reserved: check_reserved, scene: check_scene);
    SendOneTimeMessage => Done: Meta::post("/cgi-bin/message/template/subscribe", "https://developers.weixin.qq.com/doc/service/api/notify/subscribe/api_templatesubscribe.html")
        .retry(Send).quota(QuotaClass::Message), validate;
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::{app_id, call, miniprogram, openid, page, template_id, value};
    let mut confirm = ConfirmPage::new(
        app_id(),
        1000,
        &template_id(),
        "https://www.example.com/back",
    );
    confirm.reserved = Some("r1".into());
    vec![
        page(confirm),
        call(SendOneTimeMessage {
            touser: openid(),
            template_id: template_id(),
            url: Some("https://www.example.com/".into()),
            miniprogram: miniprogram(),
            scene: 1000,
            title: "标题".into(),
            data: OneTimeData { content: value() },
        }),
    ]
}

/// `GET mp.weixin.qq.com/mp/subscribemsg`: the page on which a user agrees to one message. The
/// browser comes back to `redirect_url` with `openid`, `template_id`, `action` (`confirm` or
/// `cancel`), `scene` and `reserved`.
///
/// ```
/// use wechat_oa::{api::subscribe_once::ConfirmPage, ids::AppId};
///
/// let app_id = AppId::try_from("wx5f2c8a1d9e3b7046").unwrap();
/// let page = ConfirmPage::new(app_id, 1_000, "t1", "https://www.example.com/back").url(None).unwrap();
/// assert!(page.starts_with("https://mp.weixin.qq.com/mp/subscribemsg?action=get_confirm&appid=wx5f2c8a1d9e3b7046"));
/// ```
#[derive(Debug, Clone, Serialize)]
pub struct ConfirmPage {
    action: &'static str,
    pub appid: AppId,
    /// What the message will be about, 0 to 10,000; agreeing again under the same one adds nothing.
    pub scene: u32,
    /// The account's one template of this feature.
    pub template_id: String,
    /// Where the browser comes back to.
    pub redirect_url: String,
    /// Comes back as it is, against forged answers; 1 to 128 letters and digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reserved: Option<String>,
}

/// `POST /cgi-bin/message/template/subscribe`: the one message a user agreed to; they need not
/// follow. 43101 when no consent is left, 40037 for a template of another feature.
#[serde_with::serde_as]
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SendOneTimeMessage {
    /// The receiver.
    pub touser: OpenId,
    /// The account's one template of this feature.
    pub template_id: String,
    /// Where a tap leads.
    pub url: Option<String>,
    /// The mini program a tap opens; goes before `url`.
    #[serde(default, deserialize_with = "unless_blank")]
    pub miniprogram: Option<MiniProgram>,
    /// The scene the user agreed under, 0 to 10,000.
    #[serde_as(as = "NumberText")]
    #[cfg_attr(feature = "schema", schemars(with = "u32"))]
    pub scene: u32,
    /// At most 15 characters.
    pub title: String,
    /// What it says.
    pub data: OneTimeData,
}

/// What the message says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OneTimeData {
    /// At most 200 characters, with a colour.
    pub content: DataValue,
}

impl ConfirmPage {
    /// The page that asks for one message and comes back to `redirect_url`.
    pub fn new(appid: AppId, scene: u32, template_id: &str, redirect_url: &str) -> Self {
        Self {
            action: "get_confirm",
            appid,
            scene,
            template_id: template_id.to_owned(),
            redirect_url: redirect_url.to_owned(),
            reserved: None,
        }
    }

    /// The URL to send the browser to; on `server` instead of WeChat's host where it is given.
    ///
    /// # Errors
    /// As [`validate`](Self::validate).
    pub fn url(&self, server: Option<&str>) -> Result<String, Invalid> {
        self.validate()?;
        let scene = self.scene.to_string();
        let mut fields = vec![
            ("action", self.action),
            ("appid", self.appid.as_str()),
            ("scene", &scene),
            ("template_id", &self.template_id),
            ("redirect_url", &self.redirect_url),
        ];
        fields.extend(self.reserved.as_deref().map(|value| ("reserved", value)));
        let url = url(base(Host::Mp, server), "/mp/subscribemsg", &fields);
        Ok(url + "#wechat_redirect")
    }
}

impl SendOneTimeMessage {
    /// Everything is there and no longer than it may be.
    ///
    /// # Errors
    /// The field and the rule it breaks.
    pub fn validate(&self) -> Result<(), Invalid> {
        filled("template_id", &self.template_id)?;
        check_scene("scene", &self.scene)?;
        characters("title", &self.title, 1..=15, "must be 1 to 15 characters")?;
        characters(
            "data.content.value",
            &self.data.content.value,
            1..=200,
            "must be 1 to 200 characters",
        )
    }
}

fn check_reserved(field: &'static str, reserved: &Option<String>) -> Result<(), Invalid> {
    let plain = |text: &String| {
        (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    let fits = reserved.as_ref().is_none_or(plain);
    Invalid::unless(fits, field, "must be 1 to 128 letters and digits")
}

fn check_scene(field: &'static str, scene: &u32) -> Result<(), Invalid> {
    Invalid::unless(*scene <= 10_000, field, "must be 0 to 10000")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{
        answer::{accept, parse},
        body::read,
    };
    use serde_json::{Value, json};

    fn sent() -> Value {
        serde_json::from_str(include_str!(
            "../../../../tests/fixtures/requests/template_subscribe.json"
        ))
        .unwrap()
    }

    #[test]
    fn requests_are_those_of_the_fixtures() {
        let message: SendOneTimeMessage = read(&sent()).unwrap();
        assert_eq!(message.scene, 1000);
        assert_eq!(json!(message), sent());
        let mut plain = sent();
        plain["scene"] = json!(1000);
        assert_eq!(read::<SendOneTimeMessage>(&plain).unwrap(), message);
    }

    #[test]
    fn a_wrong_body_is_refused_with_field_and_rule() {
        for (pointer, value, told) in [
            ("/template_id", json!(""), "template_id: must not be empty"),
            ("/scene", json!("10001"), "scene: must be 0 to 10000"),
            (
                "/title",
                json!("题".repeat(16)),
                "title: must be 1 to 15 characters",
            ),
            (
                "/data/content/value",
                json!("您".repeat(201)),
                "data.content.value: must be 1 to 200 characters",
            ),
            ("/data", json!({}), "data.content: must be given"),
            (
                "/miniprogram",
                json!({"appid": "1"}),
                "miniprogram.appid: must be 'wx' followed by 1 to 62 letters or digits",
            ),
        ] {
            let mut body = sent();
            *body.pointer_mut(pointer).unwrap() = value;
            let refused = read::<SendOneTimeMessage>(&body).unwrap_err();
            assert_eq!(refused.to_string(), told);
        }
    }

    #[test]
    fn the_page_asks_and_comes_back() {
        let appid = AppId::try_from("wx5f2c8a1d9e3b7046").unwrap();
        let mut page = ConfirmPage::new(appid, 7, "tpl", "https://a.cn/back?x=1");
        page.reserved = Some("s1".into());
        assert_eq!(
            page.url(None).unwrap(),
            "https://mp.weixin.qq.com/mp/subscribemsg?action=get_confirm&appid=wx5f2c8a1d9e3b7046\
             &scene=7&template_id=tpl&redirect_url=https%3A%2F%2Fa.cn%2Fback%3Fx%3D1&reserved=s1\
             #wechat_redirect"
        );
        let local = page.url(Some("http://127.0.0.1:9100")).unwrap();
        assert!(local.starts_with("http://127.0.0.1:9100/mp/subscribemsg?"));
        assert_eq!(json!(page)["action"], "get_confirm");
        for wrong in ["", "a b", "一", "a-b", &"x".repeat(129)] {
            page.reserved = Some(wrong.into());
            assert_eq!(page.url(None).unwrap_err().field, "reserved", "{wrong}");
        }
        page.reserved = Some("x".repeat(128));
        page.redirect_url = "javascript:alert(1)".into();
        assert_eq!(page.url(None).unwrap_err().field, "redirect_url");
    }

    #[test]
    fn responses_are_those_of_the_fixtures() {
        let done = include_str!("../../../../tests/fixtures/responses/template_subscribe.json");
        assert_eq!(parse::<Done>("/x", done.as_bytes()).unwrap(), Done {});
        for (text, code) in [
            (
                include_str!(
                    "../../../../tests/fixtures/responses/template_subscribe_err_43101.json"
                ),
                43101,
            ),
            (
                include_str!(
                    "../../../../tests/fixtures/responses/template_subscribe_err_40037.json"
                ),
                40037,
            ),
        ] {
            let refused = accept("/x", 200, text.as_bytes().to_vec()).unwrap_err();
            assert_eq!(refused.refusal().unwrap().errcode, code);
        }
    }
}
