//! What a rule fits: each pattern is checked where it is written, and one that no push can fit is
//! refused.

#[cfg(feature = "patterns")]
mod pattern;

use super::{Faults, Matcher, nearest, unknown};
use regex_lite::Regex;
use toml::Spanned;
use wechat_oa::callback::event;

/// Reads a pattern; `None` when it is at fault.
pub(super) type Read = fn(&Spanned<String>, &mut Faults) -> Option<Matcher>;

/// Longest text of a message, in bytes of UTF-8 (protocol section 3).
const LONGEST_TEXT: usize = 2_048;
/// Longest key of a menu item, in bytes.
const LONGEST_KEY: usize = 128;

pub(super) fn text(text: &Spanned<String>, faults: &mut Faults) -> Option<Matcher> {
    let whole = within("text", text, LONGEST_TEXT, faults)?;
    if whole.trim() != whole {
        let english = "text: can never fit, for blanks around a message are taken away first";
        let chinese = "text 永远不会符合：比较之前会去掉消息首尾的空白";
        faults.at(&text.span(), english, chinese);
        return None;
    }
    Some(Matcher::Text(whole.to_owned()))
}

pub(super) fn keyword(text: &Spanned<String>, faults: &mut Faults) -> Option<Matcher> {
    let word = within("keyword", text, LONGEST_TEXT, faults)?;
    Some(Matcher::Keyword(word.to_lowercase()))
}

pub(super) fn click(text: &Spanned<String>, faults: &mut Faults) -> Option<Matcher> {
    let key = within("click", text, LONGEST_KEY, faults)?;
    Some(Matcher::Click(key.to_owned()))
}

pub(super) fn regex(text: &Spanned<String>, faults: &mut Faults) -> Option<Matcher> {
    let regex = Regex::new(text.get_ref());
    let regex = regex.map_err(|error| {
        let english = format!("regex: {error}");
        faults.at(&text.span(), english, "不是可用的正则表达式");
    });
    #[cfg(feature = "patterns")]
    if regex.is_ok()
        && let Some((english, chinese)) = pattern::hopeless(text.get_ref())
    {
        faults.at(&text.span(), format!("regex: {english}"), chinese);
        return None;
    }
    regex.ok().map(Matcher::Regex)
}

/// An event that WeChat is known to push.
pub(super) fn event(text: &Spanned<String>, faults: &mut Faults) -> Option<Matcher> {
    let name = within("event", text, LONGEST_KEY, faults)?;
    if event::EVENT_NAMES.contains(&event::canonical(name).as_str()) {
        return any_event(text, faults);
    }
    let (english, chinese) = match nearest(name, &event::EVENT_NAMES) {
        Some(_) => unknown("event", "事件", name, &event::EVENT_NAMES),
        None => (
            format!("unknown event '{name}'."),
            format!("未知的事件 '{name}'。"),
        ),
    };
    let english = format!("{english} If WeChat has added it, write allow_unknown = true beside it");
    let chinese = format!("{chinese}如果是微信新增的，请在旁边写 allow_unknown = true");
    faults.at(&text.span(), english, &chinese);
    None
}

/// An event of whatever name.
pub(super) fn any_event(text: &Spanned<String>, faults: &mut Faults) -> Option<Matcher> {
    let name = within("event", text, LONGEST_KEY, faults)?;
    Some(Matcher::Event(event::canonical(name)))
}

/// The text, unless it is empty or longer than what it is compared with.
fn within<'t>(
    field: &str,
    text: &'t Spanned<String>,
    most: usize,
    faults: &mut Faults,
) -> Option<&'t str> {
    let given = text.get_ref();
    if given.trim().is_empty() {
        let english = format!("{field}: must not be empty");
        faults.at(&text.span(), english, &format!("{field} 不能为空"));
        return None;
    }
    if given.len() > most {
        let english = format!("{field}: can never fit, for WeChat's are at most {most} bytes");
        let chinese = format!("{field} 永远不会符合：微信那边最多 {most} 字节");
        faults.at(&text.span(), english, &chinese);
        return None;
    }
    Some(given)
}
