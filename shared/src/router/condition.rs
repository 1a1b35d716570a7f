//! What a rule looks at in a push.

use super::{asked::Asked, fold::fold};
use crate::{followers::TagRef, sends::quiet::QuietTimes};
use regex_lite::Regex;
use std::cell::OnceCell;
use wechat_oa::callback::{Content, Event, Message, Push};

/// One thing that a rule looks at; all of a rule's have to hold, and of a list one.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    /// The whole text is one of these, which are folded.
    Text(Vec<String>),
    /// The whole text is one of these, letter for letter.
    Exact(Vec<String>),
    /// The text has one of these in it, which are folded.
    Keyword(Vec<String>),
    Regex(Regex),
    /// What was said has one of these in it, which are folded.
    Recognition(Vec<String>),
    /// The item of a msgmenu that was chosen.
    MenuId(Vec<Pattern>),
    /// WeChat's `MsgType`, of messages.
    Kind(Vec<String>),
    /// WeChat's name of the event, in lower case.
    Event(Vec<String>),
    Click(Vec<Pattern>),
    View(Vec<Pattern>),
    /// The scene of a QR code, scanned by a follower or by who became one.
    Scene(Vec<Pattern>),
    During(QuietTimes),
    /// The follower has one of these tags.
    Tagged(Vec<TagRef>),
}

/// A key, whole or by how it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pattern {
    Whole(String),
    Prefix(String),
}

impl Pattern {
    /// As rules files have it: a `*` at the end stands for anything.
    pub(super) fn of(text: &str) -> Self {
        match text.strip_suffix('*') {
            Some(prefix) => Self::Prefix(prefix.to_owned()),
            None => Self::Whole(text.to_owned()),
        }
    }

    fn fits(&self, key: &str) -> bool {
        match self {
            Self::Whole(whole) => whole == key,
            Self::Prefix(prefix) => key.starts_with(prefix.as_str()),
        }
    }

    /// Whether it fits all that `other` fits.
    pub(super) fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Whole(key)) => self.fits(key),
            (Self::Prefix(prefix), Self::Prefix(other)) => other.starts_with(prefix.as_str()),
            (Self::Whole(_), Self::Prefix(_)) => false,
        }
    }
}

/// The words of a push, which are folded once however many rules look for a part of them.
pub(super) struct Words<'a> {
    text: Option<&'a str>,
    recognition: Option<&'a str>,
    folded: OnceCell<String>,
}

impl<'a> Words<'a> {
    pub(super) fn of(push: &'a Push<'_>) -> Self {
        Self {
            text: push.text().map(str::trim),
            recognition: recognition(push),
            folded: OnceCell::new(),
        }
    }

    /// Whether `words`, which are this push's, have one of the parts in them.
    fn have(&self, words: Option<&str>, parts: &[String]) -> bool {
        words.is_some_and(|words| {
            let folded = self.folded.get_or_init(|| fold(words).collect());
            parts.iter().any(|part| folded.contains(part.as_str()))
        })
    }
}

impl Condition {
    /// Whether it holds for the push, whose `words` are these.
    pub(super) fn holds(&self, asked: &Asked<'_>, words: &Words<'_>) -> bool {
        let text = |fits: &dyn Fn(&str) -> bool| words.text.is_some_and(fits);
        let one_of = |patterns: &[Pattern], key: Option<&str>| {
            key.is_some_and(|key| patterns.iter().any(|pattern| pattern.fits(key)))
        };
        let (push, event) = (asked.push, asked.push.event());
        match self {
            Self::Text(whole) => text(&|text| whole.iter().any(|w| fold(text).eq(w.chars()))),
            Self::Exact(whole) => text(&|text| whole.iter().any(|w| w == text)),
            Self::Keyword(parts) => words.have(words.text, parts),
            Self::Regex(regex) => text(&|text| regex.is_match(text)),
            Self::Recognition(parts) => words.have(words.recognition, parts),
            Self::MenuId(ids) => one_of(ids, menu_id(push)),
            Self::Kind(kinds) => event.is_none() && kinds.iter().any(|kind| kind == push.kind()),
            Self::Event(names) => {
                event.is_some_and(|event| names.iter().any(|n| n == event.name()))
            }
            Self::Click(keys) => one_of(keys, event.and_then(click)),
            Self::View(urls) => one_of(urls, event.and_then(view)),
            Self::Scene(scenes) => one_of(scenes, event.and_then(scene)),
            Self::During(hours) => hours.include(asked.now),
            Self::Tagged(tags) => asked.known.is_tagged(tags),
        }
    }
}

fn recognition<'a>(push: &'a Push<'_>) -> Option<&'a str> {
    match &push.content {
        Content::Message {
            message: Message::Voice { recognition, .. },
            ..
        } => recognition.as_deref(),
        _ => None,
    }
}

fn menu_id<'a>(push: &'a Push<'_>) -> Option<&'a str> {
    match &push.content {
        Content::Message {
            message: Message::Text { menu_id, .. },
            ..
        } => menu_id.as_deref(),
        _ => None,
    }
}

fn click<'a>(event: &'a Event<'_>) -> Option<&'a str> {
    match event {
        Event::Click { key, .. } => Some(key),
        _ => None,
    }
}

fn view<'a>(event: &'a Event<'_>) -> Option<&'a str> {
    match event {
        Event::View { url, .. } => Some(url),
        _ => None,
    }
}

fn scene<'a>(event: &'a Event<'_>) -> Option<&'a str> {
    match event {
        Event::Scan { scene, .. } => Some(scene),
        Event::Subscribe { scene, .. } => scene.as_deref(),
        _ => None,
    }
}
