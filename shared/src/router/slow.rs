//! Answers that somebody else works out.

use crate::followers::Marks;
use serde::{Deserialize, Serialize};
use wechat_oa::callback::Reply;

/// Who works out the answer of a slow rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The team's own Lambda function of that name.
    Function(String),
    /// The team's own server: an `https` address, called as Standard Webhooks.
    Url(String),
    /// The assistant of that name in the account's document.
    Assistant(String),
    /// The rule itself: all of these, one after the other.
    Replies(Vec<Reply>),
    /// The handler of that name, written in Rust, in the function `forward`.
    Code(String),
}

impl Source {
    /// What logs call it.
    pub fn name(&self) -> &str {
        match self {
            Self::Function(name) | Self::Url(name) | Self::Assistant(name) | Self::Code(name) => {
                name
            }
            Self::Replies(_) => "replies",
        }
    }
}

/// What becomes of Markdown in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Markdown {
    /// It stays as it is.
    #[default]
    Keep,
    /// It becomes what a phone shows.
    Plain,
}

/// A reply of the rule's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quick {
    pub reply: Reply,
    pub collect: Collect,
    pub marks: Marks,
}

impl From<Reply> for Quick {
    fn from(reply: Reply) -> Self {
        Self {
            reply,
            collect: Collect::default(),
            marks: Marks::default(),
        }
    }
}

/// When the push that a rule fits collects an answer that waits for its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Collect {
    /// Only when no rule fits: this rule wins.
    #[default]
    Last,
    /// Before the rule is asked.
    First,
}

impl Collect {
    /// What holds for a rule with so many conditions that does not say: a rule that every push fits
    /// would keep what waits from ever being collected.
    pub(super) fn of(conditions: usize) -> Self {
        match conditions {
            0 => Self::First,
            _ => Self::Last,
        }
    }
}

/// The answer of a slow rule, and what is said where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slow {
    pub source: Source,
    /// The SSM parameter with the secret that calls of the team's server are signed with; none: the account's.
    pub secret_parameter: Option<String>,
    /// Said at once, in answer to the push; then the source's answer follows as a late one does.
    pub at_once: Option<Reply>,
    /// Said when the source fails, or answers what is no answer.
    pub fallback: Option<Reply>,
    pub collect: Collect,
    pub markdown: Markdown,
    /// Whether its service messages are marked as made by an AI (`aimsgcontext`).
    pub ai: bool,
    pub marks: Marks,
}

impl From<Source> for Slow {
    /// As a rule has it that says no more: an assistant's Markdown becomes plain.
    fn from(source: Source) -> Self {
        let markdown = match source {
            Source::Assistant(_) => Markdown::Plain,
            Source::Function(_) | Source::Url(_) | Source::Replies(_) | Source::Code(_) => {
                Markdown::Keep
            }
        };
        Self {
            source,
            secret_parameter: None,
            at_once: None,
            fallback: None,
            collect: Collect::default(),
            markdown,
            ai: false,
            marks: Marks::default(),
        }
    }
}
