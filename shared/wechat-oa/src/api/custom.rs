//! Family `custom`: customer-service messages (protocol section 7.1).

pub mod message;
mod parts;

pub use message::Message;

use super::{
    Invalid, Meta,
    answer::Done,
    endpoint::{QuotaClass, RetryClass::Send, family},
    kf_account::check_kf_account,
    wire::Number,
};
use crate::ids::OpenId;
use serde::{Deserialize, Serialize};

family! { "custom" for VERIFIED:
    SendCustomMessage => Done: Meta::post("/cgi-bin/message/custom/send", "https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage")
        .retry(Send).quota(QuotaClass::Message), validate;
    SetTyping => Done: Meta::post("/cgi-bin/message/custom/typing", "https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Service_Center_messages.html");
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::{call, kf_account, openid};
    vec![
        call(SendCustomMessage {
            touser: openid(),
            message: Message::text("你好"),
            customservice: Some(Agent {
                kf_account: kf_account(),
            }),
            aimsgcontext: None,
        }),
        call(SetTyping {
            touser: openid(),
            command: TypingCommand::Typing,
        }),
    ]
}

/// `POST /cgi-bin/message/custom/send`: a message to somebody who was in touch lately: 5 within
/// 48 h of their message; 3 within a minute of a menu click, a follow or a scan. 45015 when that
/// time is over, 45047 when the messages are used up.
///
/// ```
/// use wechat_oa::{api::custom::{Message, SendCustomMessage}, ids::OpenId};
///
/// let send = SendCustomMessage {
///     touser: OpenId::try_from("o1").unwrap(), message: Message::text("您好"), customservice: None, aimsgcontext: None,
/// };
/// let json = serde_json::json!({ "touser": "o1", "msgtype": "text", "text": { "content": "您好" } });
/// assert_eq!(serde_json::json!(send), json);
/// ```
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "parts::Parts")]
pub struct SendCustomMessage {
    /// The receiver.
    pub touser: OpenId,
    /// What is said.
    #[serde(flatten)]
    pub message: Message,
    /// The agent it is said by; the account itself when absent.
    pub customservice: Option<Agent>,
    /// What the client says about where it comes from.
    pub aimsgcontext: Option<AiContext>,
}

/// Where a message comes from.
#[serde_with::serde_as]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object such as {\"is_ai_msg\": 1}")]
pub struct AiContext {
    /// 1 when a model wrote it: the client says so in a grey line below.
    #[serde_as(as = "Number")]
    #[cfg_attr(feature = "schema", schemars(with = "u8"))]
    pub is_ai_msg: u8,
}

/// Who a message is said by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object such as {\"kf_account\": \"…\"}")]
pub struct Agent {
    /// The agent's account, `name@wechat-id`.
    pub kf_account: String,
}

/// `POST /cgi-bin/message/custom/typing`: shows or hides that an answer is being typed. 45080
/// unless either side wrote within 30 s, 45081 when it is shown already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SetTyping {
    /// Who sees it.
    pub touser: OpenId,
    /// Show or hide.
    pub command: TypingCommand,
}

/// Show or hide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum TypingCommand {
    /// Show.
    Typing,
    /// Hide.
    CancelTyping,
}

impl SendCustomMessage {
    /// The message has what its kind needs; the agent is one.
    ///
    /// # Errors
    /// The field and the rule it breaks.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.message.validate()?;
        self.customservice.as_ref().map_or(Ok(()), |agent| {
            check_kf_account("kf_account", &agent.kf_account)
                .map_err(|broken| broken.inside("customservice"))
        })
    }
}

#[cfg(test)]
mod tests;
