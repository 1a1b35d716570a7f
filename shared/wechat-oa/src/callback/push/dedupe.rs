//! The key under which a push and its repeats are one.

use super::{Content, Push, identity::Identity};
use sha1::{Digest as _, Sha1};
use std::borrow::Cow;

/// Six parts of a dedupe key stay far below the 2048 bytes of a row's key.
const LONGEST_PART: usize = 160;

impl Push<'_> {
    /// The same for every repeat of this push, and for no other push of the account.
    ///
    /// `msg:MsgId:FromUserName:CreateTime`, or `evt:FromUserName:CreateTime:event:EventKey:id`, where
    /// `id` is the `MsgID` or `publish_id` of a result. What has no id of WeChat's has the digest of
    /// all it holds in its place, for two events of one second are two (protocol section 1.7). At
    /// most 700 bytes.
    ///
    /// ```
    /// use wechat_oa::callback::Push;
    ///
    /// let push = Push::parse("<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName>\
    ///     <CreateTime>1767000000</CreateTime><MsgType>text</MsgType><Content>hi</Content><MsgId>7</MsgId></xml>");
    /// assert_eq!(push.unwrap().dedupe_key(), "msg:7:o1:1767000000");
    /// ```
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
