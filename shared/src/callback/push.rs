//! A push: a message or an event, who sent it and when.

use super::{
    Refusal,
    element::{self, Element},
    event::Event,
    message::{Envelope, Message},
};
use serde::Serialize;
use serde_json::Value;
use sha1::{Digest as _, Sha1};
use std::borrow::Cow;

/// Six parts of a dedupe key stay far below the 2048 bytes of a row's key.
const LONGEST_PART: usize = 160;

/// One push of WeChat.
///
/// As JSON, which rows and the team's own functions get: `{"kind": "text", "content": "…", "msg_id":
/// "…", "from": "…", "to": "…", "create_time": 1735689601}`; an event has `"kind": "event"` and its
/// name, in lower case, as `"event"`. Ids are text, since they exceed 2⁵³.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Push<'a> {
    /// `ToUserName`: the account, `gh_…`.
    pub to: Cow<'a, str>,
    /// `FromUserName`: the user, or WeChat itself for its own events.
    pub from: Cow<'a, str>,
    /// Seconds since 1970.
    pub create_time: i64,
    /// What is pushed.
    #[serde(flatten)]
    pub content: Content<'a>,
}

/// What is pushed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Content<'a> {
    /// A message of a user.
    Message {
        /// The message.
        #[serde(flatten)]
        message: Message<'a>,
        /// What every message carries.
        #[serde(flatten)]
        envelope: Envelope<'a>,
    },
    /// An event.
    Event {
        /// Always `event`.
        kind: &'static str,
        /// The event.
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
}

impl<'a> Push<'a> {
    /// Reads a push, XML or JSON.
    ///
    /// # Errors
    /// When it is no push: not well-formed, without sender, receiver, time or type, or with a number
    /// that is none.
    pub fn parse(body: &'a str) -> Result<Self, Refusal> {
        let mut root = element::read(body)?;
        let to = required(&mut root, "ToUserName")?;
        let from = required(&mut root, "FromUserName")?;
        let create_time = root.number_of("CreateTime")?.ok_or(MISSING_TIME)?;
        let kind = required(&mut root, "MsgType")?;
        let content = if kind == "event" {
            event(&mut root)?
        } else {
            message(kind, &mut root)?
        };
        Ok(Self {
            to,
            from,
            create_time,
            content,
        })
    }

    /// WeChat's `MsgType`: `text`, `image`, … or `event`.
    pub fn kind(&self) -> &str {
        match &self.content {
            Content::Event { kind, .. } => kind,
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
    pub fn event(&self) -> Option<&Event<'a>> {
        match &self.content {
            Content::Event { event, .. } => Some(event),
            _ => None,
        }
    }

    /// The same for every repeat of this push, and for no other push of the account.
    ///
    /// `msg:MsgId:FromUserName:CreateTime`, or `evt:FromUserName:CreateTime:event:EventKey:id`, where
    /// `id` is the `MsgID` or `publish_id` of a result or the user a notice is about. What is not
    /// known here has the digest of what it holds as its id. At most 700 bytes.
    pub fn dedupe_key(&self) -> String {
        let (from, time) = (part(&self.from), self.create_time);
        match &self.content {
            Content::Message {
                envelope: Envelope {
                    msg_id: Some(id), ..
                },
                ..
            }
            | Content::Unknown {
                envelope: Envelope {
                    msg_id: Some(id), ..
                },
                ..
            } => ["msg", &id.to_string(), &from, &time.to_string()].join(":"),
            Content::Message { .. } => format!("msg::{from}:{time}:{}", self.kind()),
            Content::Unknown { kind, raw, .. } => format!(
                "msg::{from}:{time}:{}:{}",
                part(kind),
                digest(&raw.to_string())
            ),
            Content::Event { event, .. } => {
                let (name, key, id) = (
                    part(event.name()),
                    part(event.key().unwrap_or_default()),
                    event.id(),
                );
                format!("evt:{from}:{time}:{name}:{key}:{}", part(&id))
            }
        }
    }
}

const MISSING_TIME: Refusal = Refusal::Field {
    field: "CreateTime",
    rule: "missing",
};

fn required<'a>(root: &mut Element<'a>, field: &'static str) -> Result<Cow<'a, str>, Refusal> {
    const LONGEST: usize = 256;
    match root.text_of(field) {
        Some(text) if text.len() > LONGEST => Err(Refusal::Field {
            field,
            rule: "longer than 256 bytes",
        }),
        Some(text) if !text.is_empty() => Ok(text),
        _ => Err(Refusal::Field {
            field,
            rule: "missing",
        }),
    }
}

fn event<'a>(root: &mut Element<'a>) -> Result<Content<'a>, Refusal> {
    let name = required(root, "Event")?;
    Ok(Content::Event {
        kind: "event",
        event: Event::read(&name, root)?,
    })
}

fn message<'a>(kind: Cow<'a, str>, root: &mut Element<'a>) -> Result<Content<'a>, Refusal> {
    Ok(match Message::read(&kind, root)? {
        Some(message) => Content::Message {
            message,
            envelope: Envelope::read(root)?,
        },
        None => {
            let raw = raw(root);
            Content::Unknown {
                kind,
                envelope: Envelope::read(root)?,
                raw,
            }
        }
    })
}

/// Everything that stands nowhere else in the push.
pub(super) fn raw(root: &Element<'_>) -> Value {
    let mut raw = root.to_json();
    if let Some(fields) = raw.as_object_mut() {
        fields.retain(|name, _| {
            ![
                "ToUserName",
                "FromUserName",
                "CreateTime",
                "MsgType",
                "Event",
            ]
            .contains(&name.as_str())
        });
    }
    raw
}

/// A part of a dedupe key: its digest where it is long or would make the key ambiguous.
fn part(text: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b':' && byte != b'~';
    let letter = |letter: char| letter != ':' && letter != '~' && !letter.is_control();
    let is_plain = text.bytes().all(plain) || text.chars().all(letter);
    if text.len() <= LONGEST_PART && is_plain {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(digest(text))
    }
}

/// A digest that no part can be taken for.
pub(super) fn digest(text: &str) -> String {
    format!("~{}", hex::encode(Sha1::digest(text)))
}

#[cfg(test)]
mod tests;
