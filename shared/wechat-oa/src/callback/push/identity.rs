//! What tells a push from every other one.

use crate::callback::{element::Element, head::HEAD};
use sha1::{Digest as _, Sha1};
use std::borrow::Cow;

/// What tells a push from the others of its sender in one second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Identity<'a> {
    /// An id of WeChat's: MsgId of a message, MsgID or publish_id of a result.
    Id(Cow<'a, str>),
    /// The digest of all it holds, where WeChat gives no id.
    Digest([u8; 20]),
}

impl<'a> Identity<'a> {
    pub(super) fn of_message(root: &Element<'a>, came: Option<&[u8]>) -> Self {
        number(root, "MsgId").map_or_else(|| Self::digest(root, came), Self::Id)
    }

    /// `name` is the event's name in lower case.
    pub(super) fn of_event(name: &str, root: &Element<'a>, came: Option<&[u8]>) -> Self {
        let id = match name {
            "templatesendjobfinish" | "masssendjobfinish" => number(root, "MsgID"),
            "subscribe_msg_sent_event" => ids_of_all(root),
            "publishjobfinish" | "freepublishjobfinish" => root
                .children
                .iter()
                .find(|child| child.name == "PublishEventInfo")
                .and_then(|info| text(info, "publish_id")),
            _ => text(root, "MsgID"),
        };
        id.map_or_else(|| Self::digest(root, came), Self::Id)
    }

    /// Of the body as it `came` where the elements are not all of it.
    pub(super) fn digest(root: &Element<'a>, came: Option<&[u8]>) -> Self {
        Self::Digest(match came {
            Some(bytes) => Sha1::digest(bytes).into(),
            None => root.digest_without(&HEAD),
        })
    }
}

/// The number in the child of that name, which may be an id.
fn number<'a>(parent: &Element<'a>, name: &str) -> Option<Cow<'a, str>> {
    text(parent, name).filter(|id| id.parse().is_ok_and(|id: u64| id > 0))
}

/// The text of the child of that name, without blanks around it.
fn text<'a>(parent: &Element<'a>, name: &str) -> Option<Cow<'a, str>> {
    let trimmed: Cow<'a, str> = match parent.peek(name)? {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    };
    Some(trimmed).filter(|text| !text.is_empty())
}

/// The ids of all messages the result is about; `None` when one of them has none.
fn ids_of_all<'a>(root: &Element<'a>) -> Option<Cow<'a, str>> {
    let group = root
        .children
        .iter()
        .find(|child| child.name == "SubscribeMsgSentEvent")?;
    let entries = group.children.iter().filter(|child| child.name == "List");
    let ids: Option<Vec<_>> = entries.map(|entry| number(entry, "MsgID")).collect();
    ids.filter(|ids| !ids.is_empty())
        .map(|ids| Cow::Owned(ids.join("+")))
}
