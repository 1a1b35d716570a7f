//! TEMPLATESENDJOBFINISH.

use super::Text;
use crate::callback::{element::Element, message::as_text, unread::Faults};
use serde::Serialize;

/// What became of a template message.
///
/// ```
/// use wechat_oa::callback::{Event, Push, TemplateStatus};
///
/// let push = Push::parse("<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName>\
///     <CreateTime>1767000000</CreateTime><MsgType>event</MsgType><Event>TEMPLATESENDJOBFINISH</Event>\
///     <MsgID>200163836</MsgID><Status>success</Status></xml>").unwrap();
/// let Some(Event::TemplateSendJobFinish(end)) = push.event() else { unreachable!() };
/// assert_eq!(end.result, TemplateStatus::Success);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TemplateResult<'a> {
    /// The `msgid` of the send.
    #[serde(serialize_with = "as_text")]
    pub msg_id: Option<u64>,
    pub status: Text<'a>,
    pub result: TemplateStatus,
}

/// What a template result means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TemplateStatus {
    /// Delivered.
    Success,
    /// The user refuses messages of this account.
    UserBlock,
    /// WeChat failed, or said something new.
    Failed,
}

impl<'a> TemplateResult<'a> {
    pub(super) fn read(root: &mut Element<'a>, faults: &mut Faults) -> Self {
        let status = root.text_of("Status").unwrap_or_default();
        Self {
            msg_id: root.number_of("MsgID", faults),
            result: TemplateStatus::of(&status),
            status,
        }
    }
}

impl TemplateStatus {
    /// The texts occur with and without blanks.
    fn of(status: &str) -> Self {
        let squeezed: String = status.chars().filter(|c| !c.is_whitespace()).collect();
        match squeezed.to_ascii_lowercase().as_str() {
            "success" => Self::Success,
            "failed:userblock" => Self::UserBlock,
            _ => Self::Failed,
        }
    }
}
