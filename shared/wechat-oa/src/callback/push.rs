//! A push: a message or an event, who sent it and when.

mod clear;
mod dedupe;
mod identity;
mod row;

pub use clear::Clear;

use super::{
    element::{self, Element},
    event::Event,
    head::raw,
    message::{Envelope, Message},
    unread::{Faults, Unread},
};
use identity::Identity;
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;

/// A push of which not even the type reads.
const UNREAD: &str = "unread";

/// One push of WeChat.
///
/// As JSON, which rows and the team's own functions get: `{"kind": "text", "content": "…", "msg_id":
/// "…", "from": "…", "to": "…", "create_time": 1735689601}`; an event has `"kind": "event"` and its
/// name, in lower case, as `"event"`. Ids are text, since they exceed 2⁵³. What does not read is
/// absent, or `null`; see [`row`](Self::row).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Push<'a> {
    /// `ToUserName`: the account, `gh_…`; empty when it does not read.
    pub to: Cow<'a, str>,
    /// `FromUserName`: the user, or WeChat itself for its own events; empty when it does not read.
    pub from: Cow<'a, str>,
    /// `CreateTime`, in seconds since 1970; absent when it does not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_time: Option<i64>,
    #[serde(flatten)]
    pub content: Content<'a>,
    /// What of it does not read; empty for nearly every push.
    #[serde(skip)]
    pub unread: Vec<Unread>,
    #[serde(skip)]
    identity: Identity<'a>,
}

/// What is pushed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Content<'a> {
    /// A message of a user.
    Message {
        #[serde(flatten)]
        message: Message<'a>,
        /// What every message carries.
        #[serde(flatten)]
        envelope: Envelope<'a>,
    },
    Event {
        /// Always `event`.
        kind: &'static str,
        #[serde(flatten)]
        event: Event<'a>,
    },
    /// A message of a type not known here; it is acknowledged and kept as it came.
    Unknown {
        /// WeChat's `MsgType`.
        kind: Cow<'a, str>,
        /// What every message carries.
        #[serde(flatten)]
        envelope: Envelope<'a>,
        /// All elements as they came.
        raw: Value,
    },
    /// A push of which not even the type reads; it is acknowledged and kept as it came.
    Unread {
        /// Always `unread`.
        kind: &'static str,
    },
}

impl<'a> Push<'a> {
    /// Reads a push that is whole, XML or JSON.
    ///
    /// ```
    /// use wechat_oa::callback::Push;
    ///
    /// let push = Push::parse("<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName>\
    ///     <CreateTime>1767000000</CreateTime><MsgType>image</MsgType><PicUrl>http://mmbiz.qpic.cn/1</PicUrl>\
    ///     <MediaId>m1</MediaId><MsgId>7</MsgId></xml>").unwrap();
    /// assert_eq!((push.kind(), &*push.from), ("image", "o1"));
    /// assert_eq!(serde_json::json!(push)["media_id"], "m1");
    ///
    /// assert!(Push::parse("<xml><MsgType>text</MsgType></xml>").is_err());
    /// ```
    ///
    /// # Errors
    /// The first thing that does not read; [`read`](Self::read) reads the rest all the same.
    pub fn parse(body: &'a str) -> Result<Self, Unread> {
        let push = Self::of(element::read(body)?, None, Faults::default());
        match push.unread.first() {
            None => Ok(push),
            Some(fault) => Err(*fault),
        }
    }

    /// Reads as much of a push as reads. WeChat signed it, and would repeat one that is refused and
    /// then show its user the error notice: whatever it holds, there is a push, and `unread` says
    /// what is missing of it.
    ///
    /// ```
    /// use wechat_oa::callback::{Clear, Push};
    ///
    /// let clear = Clear::of(b"<xml><FromUserName>o1</FromUserName><MsgType>text</MsgType><Content>hi</Content></xml>");
    /// let push = Push::read(&clear);
    /// assert_eq!(push.text(), Some("hi"));
    /// assert_eq!(push.unread[0].to_string(), "ToUserName: missing");
    /// ```
    pub fn read(clear: &'a Clear<'_>) -> Self {
        let (text, mut faults) = (clear.text(), Faults::default());
        if !clear.is_utf8() {
            faults.add(Unread::Malformed("no UTF-8"));
        }
        if text.len() > row::LARGEST {
            faults.add(Unread::Malformed("larger than a row holds"));
        }
        match element::read(text) {
            Ok(root) if clear.is_utf8() => Self::of(root, None, faults),
            Ok(root) => Self::of(root, Some(clear.bytes()), faults),
            Err(fault) => {
                faults.add(fault);
                let root = element::read_as_far_as_it_goes(text).unwrap_or_default();
                Self::of(root, Some(clear.bytes()), faults)
            }
        }
    }

    /// `came` is the body where the elements are not all of it.
    fn of(mut root: Element<'a>, came: Option<&[u8]>, mut faults: Faults) -> Self {
        let to = required(&mut root, "ToUserName", &mut faults).unwrap_or_default();
        let from = required(&mut root, "FromUserName", &mut faults).unwrap_or_default();
        let create_time = time(&mut root, &mut faults);
        let kind = required(&mut root, "MsgType", &mut faults);
        let (identity, content) = match kind.as_deref() {
            None => (
                Identity::digest(&root, came),
                Content::Unread { kind: UNREAD },
            ),
            Some("event") => {
                let name = required(&mut root, "Event", &mut faults).unwrap_or_default();
                let name = name.trim().to_ascii_lowercase();
                let identity = Identity::of_event(&name, &root, came);
                (identity, event(name, &mut root, &mut faults))
            }
            Some(_) => {
                let identity = Identity::of_message(&root, came);
                let kind = kind.unwrap_or_default();
                (identity, message(kind, &mut root, &mut faults))
            }
        };
        Self {
            to,
            from,
            create_time,
            content,
            unread: faults.into_list(),
            identity,
        }
    }

    /// WeChat's `MsgType`: `text`, `image`, … or `event`; `unread` when it has none that reads.
    pub fn kind(&self) -> &str {
        match &self.content {
            Content::Event { kind, .. } | Content::Unread { kind } => kind,
            Content::Unknown { kind, .. } => kind,
            Content::Message { message, .. } => match message {
                Message::Text { .. } => "text",
                Message::Image { .. } => "image",
                Message::Voice { .. } => "voice",
                Message::Video(_) => "video",
                Message::ShortVideo(_) => "shortvideo",
                Message::Location(_) => "location",
                Message::Link { .. } => "link",
            },
        }
    }

    /// The text of a text message.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Message {
                message: Message::Text { content, .. },
                ..
            } => Some(content),
            _ => None,
        }
    }

    /// The event, when it is one.
    ///
    /// ```
    /// use wechat_oa::callback::{Event, Push};
    ///
    /// let push = Push::parse("<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName>\
    ///     <CreateTime>1767000000</CreateTime><MsgType>event</MsgType><Event>CLICK</Event>\
    ///     <EventKey>TODAY</EventKey></xml>").unwrap();
    /// assert!(matches!(push.event(), Some(Event::Click { key, .. }) if key == "TODAY"));
    /// ```
    pub fn event(&self) -> Option<&Event<'a>> {
        match &self.content {
            Content::Event { event, .. } => Some(event),
            _ => None,
        }
    }
}

fn required<'a>(
    root: &mut Element<'a>,
    field: &'static str,
    faults: &mut Faults,
) -> Option<Cow<'a, str>> {
    const LONGEST: usize = 256;
    match root.text_of(field) {
        Some(text) if text.len() > LONGEST => faults.field(field, "longer than 256 bytes"),
        Some(text) if !text.is_empty() => return Some(text),
        _ => faults.field(field, "missing"),
    }
    None
}

fn time(root: &mut Element<'_>, faults: &mut Faults) -> Option<i64> {
    if root.peek("CreateTime").is_none_or(|text| text.is_empty()) {
        faults.field("CreateTime", "missing");
    }
    // Four bytes of seconds, up to the year 2106: a window that opens later would never close.
    root.number_of::<u32>("CreateTime", faults).map(i64::from)
}

fn event<'a>(name: String, root: &mut Element<'a>, faults: &mut Faults) -> Content<'a> {
    Content::Event {
        kind: "event",
        event: Event::read(name, root, faults),
    }
}

fn message<'a>(kind: Cow<'a, str>, root: &mut Element<'a>, faults: &mut Faults) -> Content<'a> {
    match Message::read(&kind, root, faults) {
        Some(message) => Content::Message {
            message,
            envelope: Envelope::read(root, faults),
        },
        None => {
            let raw = raw(root);
            Content::Unknown {
                kind,
                envelope: Envelope::read(root, faults),
                raw,
            }
        }
    }
}

#[cfg(test)]
mod tests;
