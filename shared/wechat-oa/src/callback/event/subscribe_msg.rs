//! Subscription messages: what users chose, and what became of those sent.

use super::Text;
use crate::callback::{element::Element, message::as_text, unread::Faults};
use serde::Serialize;

/// What a user chose, template by template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SubscribeMsgChoice<'a> {
    pub list: Vec<Choice<'a>>,
}

/// One choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice<'a> {
    pub template_id: Text<'a>,
    /// `accept` or `reject`, as the user chose.
    pub subscribe_status: Text<'a>,
    /// 1 a web page, 2 an article.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub popup_scene: Option<Text<'a>>,
}

/// What became of subscription messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SubscribeMsgSent<'a> {
    pub list: Vec<Sent<'a>>,
}

/// What became of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sent<'a> {
    pub template_id: Text<'a>,
    /// The `msgid` of the send.
    #[serde(serialize_with = "as_text")]
    pub msg_id: Option<u64>,
    /// WeChat's `ErrorCode`: 0 when it was delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<i64>,
    pub error_status: Text<'a>,
}

impl<'a> SubscribeMsgChoice<'a> {
    pub(super) fn read(root: &mut Element<'a>, group: &str) -> Self {
        let entries = root.list_in(group, "List");
        let choice = |entry: &mut Element<'a>| Choice {
            template_id: entry.text_of("TemplateId").unwrap_or_default(),
            subscribe_status: entry.text_of("SubscribeStatusString").unwrap_or_default(),
            popup_scene: entry.text_of("PopupScene"),
        };
        Self {
            list: entries.map(choice).collect(),
        }
    }
}

impl<'a> SubscribeMsgSent<'a> {
    pub(super) fn read(root: &mut Element<'a>, faults: &mut Faults) -> Self {
        let entries = root.list_in("SubscribeMsgSentEvent", "List");
        let sent = |entry: &mut Element<'a>| Sent {
            template_id: entry.text_of("TemplateId").unwrap_or_default(),
            msg_id: entry.number_of("MsgID", faults),
            error_code: entry.number_of("ErrorCode", faults),
            error_status: entry.text_of("ErrorStatus").unwrap_or_default(),
        };
        Self {
            list: entries.map(sent).collect(),
        }
    }
}
