//! Answers that somebody else works out.

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
}

impl Source {
    /// What logs call it.
    pub fn name(&self) -> &str {
        match self {
            Self::Function(name) | Self::Url(name) | Self::Assistant(name) => name,
        }
    }
}

/// What becomes of Markdown in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Markdown {
    /// It stays as it is.
    #[default]
    Keep,
    /// It becomes what a phone shows.
    Plain,
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

/// The answer of a slow rule, and what is said where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slow {
    pub source: Source,
    /// Said when the source fails, or answers what is no answer.
    pub fallback: Option<Reply>,
    pub collect: Collect,
    pub markdown: Markdown,
    /// Whether its service messages are marked as made by an AI (`aimsgcontext`).
    pub ai: bool,
}

impl From<Source> for Slow {
    fn from(source: Source) -> Self {
        Self {
            source,
            fallback: None,
            collect: Collect::default(),
            markdown: Markdown::default(),
            ai: false,
        }
    }
}
