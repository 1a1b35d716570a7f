//! What tells a push from every other one.

use super::{Content, Push};
use crate::callback::element::Element;
use sha1::{Digest as _, Sha1};
use std::borrow::Cow;

/// What every push has; of these a key names what it needs.
pub(super) const HEAD: [&str; 5] = [
    "ToUserName",
    "FromUserName",
    "CreateTime",
    "MsgType",
    "Event",
];
/// Six parts of a dedupe key stay far below the 2048 bytes of a row's key.
const LONGEST_PART: usize = 160;

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

impl Push<'_> {
    /// The same for every repeat of this push, and for no other push of the account.
    ///
    /// `msg:MsgId:FromUserName:CreateTime`, or `evt:FromUserName:CreateTime:event:EventKey:id`, where
    /// `id` is the `MsgID` or `publish_id` of a result. What has no id of WeChat's has the digest of
    /// all it holds in its place, for two events of one second are two (protocol section 1.7). At
    /// most 700 bytes.
    pub fn dedupe_key(&self) -> String {
        let from = part(&self.from);
        let time = self.create_time.map(|time| time.to_string());
        let time = time.as_deref().unwrap_or_default();
        let (id, digest) = match &self.identity {
            Identity::Id(id) => (part(id), None),
            Identity::Digest(bytes) => (Cow::Borrowed(""), Some(told(bytes))),
        };
        match (&self.content, digest) {
            (Content::Event { event, .. }, digest) => {
                let name = part(event.name());
                let key = part(event.key().unwrap_or_default());
                let id = digest.map_or(id, Cow::Owned);
                format!("evt:{from}:{time}:{name}:{key}:{id}")
            }
            (_, None) => ["msg", &id, &from, time].join(":"),
            (_, Some(digest)) => {
                let kind = part(self.kind());
                format!("msg::{from}:{time}:{kind}:{digest}")
            }
        }
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

/// A part of a dedupe key: its digest where it is long or would make the key ambiguous.
fn part(text: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b':' && byte != b'~';
    let letter = |letter: char| letter != ':' && letter != '~' && !letter.is_control();
    let is_plain = text.bytes().all(plain) || text.chars().all(letter);
    if text.len() <= LONGEST_PART && is_plain {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(told(&Sha1::digest(text)))
    }
}

/// A digest that no part can be taken for.
fn told(digest: &[u8]) -> String {
    format!("~{}", hex::encode(digest))
}
