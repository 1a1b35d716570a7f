//! Family `qrcode`: QR codes that say where a user came from (protocol section 7.6).

use super::{
    Accounts, Download, Invalid, Meta,
    endpoint::{Host, family},
    page,
    rules::{characters, filled},
    wire::Number,
};
use serde::{Deserialize, Serialize};

family! { "qrcode" for UNSAID:
    CreateQrCode => QrCode: Meta::post("/cgi-bin/qrcode/create", "https://developers.weixin.qq.com/doc/offiaccount/Account_Management/Generating_a_Parametric_QR_Code.html").accounts(Accounts::VERIFIED_SERVICE), validate;
    ShowQrCode => Download: Meta::get("/cgi-bin/showqrcode", "https://developers.weixin.qq.com/doc/offiaccount/Account_Management/Generating_a_Parametric_QR_Code.html")
        .open().host(Host::Mp), check(ticket: filled);
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::{call, download};
    vec![
        call(CreateQrCode::temporary(Scene::Id(7), 60)),
        download(ShowQrCode {
            ticket: "gQH47joAAA==".into(),
        }),
    ]
}

/// The longest life of a temporary code, in seconds: 30 days.
const LONGEST: u32 = 2_592_000;

/// `POST /cgi-bin/qrcode/create`: a code; scanning it pushes `SCAN`, or `subscribe` with the scene.
/// 100,000 permanent ones an account, then 45029.
///
/// ```
/// use wechat_oa::api::qrcode::{CreateQrCode, Scene};
///
/// let code = CreateQrCode::temporary(Scene::Id(7), 60);
/// assert_eq!(serde_json::json!(code)["action_info"]["scene"]["scene_id"], 7);
/// assert!(CreateQrCode::permanent(Scene::Id(100_001)).validate().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CreateQrCode {
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_seconds: Option<u32>,
    action_name: &'static str,
    action_info: ActionInfo,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct ActionInfo {
    scene: Scene,
}

/// What a code says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Scene {
    /// A number, not 0; at most 100,000 in a permanent code.
    #[serde(rename = "scene_id")]
    Id(u32),
    /// A text of 1 to 64 characters.
    #[serde(rename = "scene_str")]
    Text(String),
}

/// A code.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct QrCode {
    /// Fetches the picture: [`ShowQrCode`].
    pub ticket: String,
    /// Seconds it lives; forever when absent.
    #[serde_as(as = "Option<Number>")]
    pub expire_seconds: Option<u32>,
    /// What the picture holds, for drawing it oneself.
    #[serde(default)]
    pub url: String,
}

/// `GET mp.weixin.qq.com/cgi-bin/showqrcode`: the picture of a code, a JPG; HTTP 404 for a wrong
/// ticket.
#[derive(Debug, Clone, Serialize)]
pub struct ShowQrCode {
    /// The ticket of the code.
    pub ticket: String,
}

impl CreateQrCode {
    /// A code that lives `expire_seconds`, at most 2,592,000 (30 days).
    pub fn temporary(scene: Scene, expire_seconds: u32) -> Self {
        Self {
            expire_seconds: Some(expire_seconds),
            action_name: match scene {
                Scene::Id(_) => "QR_SCENE",
                Scene::Text(_) => "QR_STR_SCENE",
            },
            action_info: ActionInfo { scene },
        }
    }

    /// A code that lives forever.
    pub fn permanent(scene: Scene) -> Self {
        Self {
            expire_seconds: None,
            action_name: match scene {
                Scene::Id(_) => "QR_LIMIT_SCENE",
                Scene::Text(_) => "QR_LIMIT_STR_SCENE",
            },
            action_info: ActionInfo { scene },
        }
    }

    /// Life and scene are in range.
    ///
    /// # Errors
    /// The field and the rule it breaks.
    pub fn validate(&self) -> Result<(), Invalid> {
        let life = self.expire_seconds.unwrap_or(LONGEST);
        let rule = "must be 1 to 2592000 (30 days)";
        Invalid::unless((1..=LONGEST).contains(&life), "expire_seconds", rule)?;
        let permanent = self.expire_seconds.is_none();
        match &self.action_info.scene {
            Scene::Id(id) => {
                let rule = "must be 1 or more, in a permanent code 100000 at most";
                let fits = *id >= 1 && (!permanent || *id <= 100_000);
                Invalid::unless(fits, "action_info.scene.scene_id", rule)
            }
            Scene::Text(text) => {
                let rule = "must be 1 to 64 characters";
                characters("action_info.scene.scene_str", text, 1..=64, rule)
            }
        }
    }
}

impl ShowQrCode {
    /// The URL of the picture, for a web page; on `base` instead of WeChat's host where it is given.
    pub fn url(&self, base: Option<&str>) -> String {
        let fields = [("ticket", self.ticket.as_str())];
        page::url(page::base(Host::Mp, base), "/cgi-bin/showqrcode", &fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn requests_are_those_of_the_fixtures() {
        let text = Scene::Text("store_1024".into());
        for (request, fixture) in [
            (
                CreateQrCode::temporary(text, 604_800),
                include_str!("../../../../tests/fixtures/requests/qrcode_temp_str.json"),
            ),
            (
                CreateQrCode::permanent(Scene::Id(123)),
                include_str!("../../../../tests/fixtures/requests/qrcode_limit_id.json"),
            ),
        ] {
            let expected: Value = serde_json::from_str(fixture).unwrap();
            assert_eq!(json!(request), expected);
            assert!(request.validate().is_ok());
        }
        let id = CreateQrCode::temporary(Scene::Id(u32::MAX), 60);
        assert_eq!(json!(id)["action_name"], "QR_SCENE");
        let text = CreateQrCode::permanent(Scene::Text("a".into()));
        assert_eq!(json!(text)["action_name"], "QR_LIMIT_STR_SCENE");
    }

    #[test]
    fn limits_hold_before_the_call() {
        let text = |n| Scene::Text("店".repeat(n));
        for (request, field) in [
            (
                CreateQrCode::temporary(Scene::Id(0), 60),
                "action_info.scene.scene_id",
            ),
            (
                CreateQrCode::permanent(Scene::Id(100_001)),
                "action_info.scene.scene_id",
            ),
            (
                CreateQrCode::permanent(text(65)),
                "action_info.scene.scene_str",
            ),
            (
                CreateQrCode::permanent(text(0)),
                "action_info.scene.scene_str",
            ),
            (CreateQrCode::temporary(text(1), 0), "expire_seconds"),
            (
                CreateQrCode::temporary(text(1), LONGEST + 1),
                "expire_seconds",
            ),
        ] {
            assert_eq!(request.validate().unwrap_err().field, field);
        }
        let longest = CreateQrCode::temporary(Scene::Id(u32::MAX), LONGEST);
        assert!(longest.validate().is_ok());
        let ticket = String::new();
        assert!(ShowQrCode { ticket }.validate().is_err());
    }

    #[test]
    fn a_code_lives_for_a_time_or_forever() {
        let code = |text| serde_json::from_str::<QrCode>(text).unwrap();
        let some = code(r#"{"ticket":"gQH47==","expire_seconds":"60","url":"http://w"}"#);
        assert_eq!(some.expire_seconds, Some(60));
        assert_eq!(code(r#"{"ticket":"t"}"#).expire_seconds, None);
    }

    #[test]
    fn a_ticket_is_escaped() {
        let ticket = "gQH47+/w==".into();
        assert_eq!(
            ShowQrCode { ticket }.url(None),
            "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=gQH47%2B%2Fw%3D%3D"
        );
    }
}
