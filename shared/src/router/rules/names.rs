//! WeChat's names of messages and events.

use super::{
    fault::Faults,
    table::{nearest, unknown},
};
use toml::Spanned;
use wechat_oa::callback::event;

/// Messages that WeChat is known to push, by their `MsgType`.
pub const KINDS: [&str; 8] = [
    "text",
    "image",
    "voice",
    "video",
    "shortvideo",
    "location",
    "link",
    "file",
];

/// A message that WeChat is known to push.
pub(super) fn message(text: &Spanned<String>, faults: &mut Faults<'_>) -> Option<String> {
    known("kind", "消息类型", text.get_ref(), text, &KINDS, faults)?;
    any_message(text, faults)
}

/// A message of whatever `MsgType`.
pub(super) fn any_message(text: &Spanned<String>, faults: &mut Faults<'_>) -> Option<String> {
    let kind = text.get_ref();
    if kind == "event" {
        let english = "kind: names messages; an event is named with event";
        faults.at(&text.span(), english, "kind 只用于消息；事件请写 event");
        return None;
    }
    Some(kind.clone())
}

/// An event that WeChat is known to push.
pub(super) fn event(text: &Spanned<String>, faults: &mut Faults<'_>) -> Option<String> {
    let name = event::canonical(text.get_ref());
    known("event", "事件", &name, text, &event::EVENT_NAMES, faults)?;
    Some(name)
}

/// An event of whatever name.
pub(super) fn any_event(text: &Spanned<String>, _: &mut Faults<'_>) -> Option<String> {
    Some(event::canonical(text.get_ref()))
}

/// Notes a name that WeChat is not known to use; it may be newer than this list.
fn known(
    english: &str,
    chinese: &str,
    name: &str,
    written: &Spanned<String>,
    known: &[&str],
    faults: &mut Faults<'_>,
) -> Option<()> {
    if known.contains(&name) {
        return Some(());
    }
    let written_name: &str = written.get_ref();
    let (english, chinese) = match nearest(name, known) {
        Some(_) => unknown(english, chinese, written_name, known),
        None => (
            format!("unknown {english} '{written_name}'."),
            format!("未知的{chinese} '{written_name}'。"),
        ),
    };
    let english = format!("{english} If WeChat has added it, write allow_unknown = true beside it");
    let chinese = format!("{chinese}如果是微信新增的，请在旁边写 allow_unknown = true");
    faults.at(&written.span(), english, &chinese);
    None
}
