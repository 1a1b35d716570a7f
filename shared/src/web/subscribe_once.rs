//! A one-time message (一次性订阅消息, guide/product/message/One-time_subscription_info.html): what a
//! user is asked for on WeChat's page, and what the browser brings back from there.

use super::{journey::StateError, login::Outcome};
use serde::{Deserialize, Serialize};
use wechat_oa::{api::Invalid, ids::OpenId};

/// The highest scene there is.
const LAST_SCENE: u32 = 10_000;

/// What a user is asked for: one message by that template, about that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneTime {
    pub template_id: String,
    /// What the message will be about, 0 to 10,000; agreeing again under the same one adds nothing.
    pub scene: u32,
}

/// A user who agreed, as the browser brought it back: good for a message, and no proof of who looks
/// at the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Subscriber {
    /// Whom the message may go to.
    pub openid: OpenId,
    /// By which template.
    pub template_id: String,
    /// About what, 0 to 10,000.
    pub scene: u32,
}

impl Outcome for Subscriber {
    const CODES: &'static str = "subscription";
}

impl OneTime {
    /// What a request names with its parameters `template_id` and `scene`.
    ///
    /// # Errors
    /// The parameter and the rule it breaks.
    pub fn read(parameter: impl Fn(&str) -> Option<String>) -> Result<Self, Invalid> {
        let scene = parameter("scene").and_then(|scene| scene.parse().ok());
        let scene = scene.filter(|scene| *scene <= LAST_SCENE);
        let invalid = |field: &'static str, rule: &'static str| Invalid {
            field: field.into(),
            rule: rule.into(),
        };
        Ok(Self {
            template_id: parameter("template_id")
                .ok_or_else(|| invalid("template_id", "must be given"))?,
            scene: scene.ok_or_else(|| invalid("scene", "must be 0 to 10000"))?,
        })
    }

    /// Who agreed to that, by the parameters of the way back; none who tapped cancel.
    ///
    /// # Errors
    /// When something else came back than was asked for.
    pub fn answer(
        &self,
        parameter: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<OpenId>, StateError> {
        if Self::read(&parameter).as_ref() != Ok(self) {
            return Err(StateError::Forged);
        }
        let openid = parameter("openid").and_then(|openid| OpenId::try_from(openid).ok());
        match parameter("action").as_deref() {
            Some("confirm") => openid.map(Some).ok_or(StateError::Forged),
            Some("cancel") => Ok(None),
            _ => Err(StateError::Forged),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPENID: &str = "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI";

    fn answer(query: &[(&str, &str)]) -> Result<Option<OpenId>, StateError> {
        let asked = OneTime {
            template_id: "T".to_owned(),
            scene: 1_000,
        };
        asked.answer(|name| {
            let mut named = query.iter().filter(|(known, _)| *known == name);
            named.next().map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn what_was_asked_comes_back() {
        let with = |changed: &str, value: &'static str| {
            let query = [
                ("template_id", "T"),
                ("scene", "1000"),
                ("action", "confirm"),
                ("openid", OPENID),
            ];
            answer(&query.map(|(name, old)| (name, if name == changed { value } else { old })))
        };
        let openid = OpenId::try_from(OPENID).unwrap();
        assert_eq!(with("", ""), Ok(Some(openid)));
        assert_eq!(with("action", "cancel"), Ok(None));
        for (name, value) in [
            ("template_id", "U"),
            ("template_id", ""),
            ("scene", "1001"),
            ("scene", "-1"),
            ("scene", "1000 "),
            ("scene", ""),
            ("action", ""),
            ("action", "CONFIRM"),
            ("openid", ""),
            ("openid", "oA#campaign"),
            ("openid", "<script>"),
        ] {
            assert_eq!(with(name, value), Err(StateError::Forged), "{name}={value}");
        }
        assert_eq!(answer(&[]), Err(StateError::Forged));
        let cancelled = [
            ("template_id", "T"),
            ("scene", "1000"),
            ("action", "cancel"),
        ];
        assert_eq!(answer(&cancelled), Ok(None), "no openid comes with it");
    }

    #[test]
    fn a_scene_is_a_number_up_to_ten_thousand() {
        let read = |scene: &str| {
            let value = scene.to_owned();
            OneTime::read(|_| Some(value.clone())).map(|asked| asked.scene)
        };
        assert_eq!((read("0"), read("10000")), (Ok(0), Ok(10_000)));
        for wrong in ["", "10001", "-1", "1.0", "1e3", "99999999999", "一"] {
            assert_eq!(read(wrong).unwrap_err().field, "scene", "{wrong}");
        }
    }
}
