//! Which rule answers a push: the first that fits, in the order written.

use regex_lite::Regex;
use thiserror::Error;
use wechat_oa::callback::{Event, Push, Reply, event};

mod allowed;
mod fill;
mod rules;
mod slow;

pub use rules::{Fault, Forwarded, RulesError, RulesFile, Surroundings};
pub use slow::{Collect, Markdown, Slow, Source};

/// What a push comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// This reply, now.
    Reply(Reply),
    /// Whatever somebody else works out.
    Forward(Slow),
}

impl Decision {
    /// Whether the push collects what waits for its sender before it is answered so; one that no rule fits does.
    pub fn collects_first(&self) -> bool {
        match self {
            Self::Reply(reply) => *reply == Reply::Acknowledge,
            Self::Forward(slow) => slow.collect == Collect::First,
        }
    }
}

/// A rule's answer: a reply, or a function from the push to a reply, or [`forward`].
///
/// A value is answered every time: `"pong"`, `vec![article]`, `()`.
pub trait Handler: Send + Sync {
    /// Answers a push that fits.
    fn handle(&self, push: &Push<'_>) -> Decision;

    /// Whether it may answer with [`Decision::Forward`]: then the connection for that is opened
    /// before the first push comes.
    fn may_forward(&self) -> bool {
        true
    }
}

impl<F, R> Handler for F
where
    F: Fn(&Push<'_>) -> R + Send + Sync,
    R: Into<Reply>,
{
    fn handle(&self, push: &Push<'_>) -> Decision {
        Decision::Reply(self(push).into())
    }

    fn may_forward(&self) -> bool {
        false
    }
}

impl Handler for Decision {
    fn handle(&self, _: &Push<'_>) -> Decision {
        self.clone()
    }

    fn may_forward(&self) -> bool {
        matches!(self, Self::Forward(_))
    }
}

/// The answer of a value that is a reply.
pub fn answer(reply: impl Into<Reply>) -> Decision {
    Decision::Reply(reply.into())
}

/// The answer of the team's own function of that name; it gets the push as JSON.
pub fn forward(function: impl Into<String>) -> Decision {
    Decision::Forward(Slow::from(Source::Function(function.into())))
}

/// A pattern that is no regular expression.
#[derive(Debug, Clone, Error)]
#[error("regex: {0}")]
pub struct PatternError(#[from] regex_lite::Error);

enum Matcher {
    Text(String),
    Keyword(String),
    Regex(Regex),
    Click(String),
    Event(String),
    Any,
}

struct Rule {
    account: Option<String>,
    matcher: Matcher,
    handler: Box<dyn Handler>,
}

/// The rules of all accounts, in order.
#[derive(Default)]
pub struct Router {
    rules: Vec<Rule>,
    account: Option<String>,
}

impl Router {
    /// No rule: every push is acknowledged.
    pub fn new() -> Self {
        Self::default()
    }

    /// A text message that is `text`, white space around it and the case of letters aside.
    #[must_use]
    pub fn on_text(self, text: &str, handler: impl Handler + 'static) -> Self {
        self.with(Matcher::Text(text.to_owned()), handler)
    }

    /// A text message that contains `keyword`, in any case of letters.
    #[must_use]
    pub fn on_keyword(self, keyword: &str, handler: impl Handler + 'static) -> Self {
        self.with(Matcher::Keyword(keyword.to_lowercase()), handler)
    }

    /// A text message in which `pattern` is found.
    ///
    /// # Errors
    /// When it is no regular expression.
    pub fn on_regex(
        self,
        pattern: &str,
        handler: impl Handler + 'static,
    ) -> Result<Self, PatternError> {
        let regex = Regex::new(pattern)?;
        Ok(self.with(Matcher::Regex(regex), handler))
    }

    /// A click on the menu item with this key.
    #[must_use]
    pub fn on_click(self, key: &str, handler: impl Handler + 'static) -> Self {
        self.with(Matcher::Click(key.to_owned()), handler)
    }

    /// An event of this name, in any case.
    #[must_use]
    pub fn on_event(self, name: &str, handler: impl Handler + 'static) -> Self {
        self.with(Matcher::Event(event::canonical(name)), handler)
    }

    /// Every push that came this far.
    #[must_use]
    pub fn fallback(self, handler: impl Handler + 'static) -> Self {
        self.with(Matcher::Any, handler)
    }

    /// The rules that `add` adds hold only for the account of that name.
    #[must_use]
    pub fn for_account(mut self, account: &str, add: impl FnOnce(Self) -> Self) -> Self {
        let outer = self.account.replace(account.to_owned());
        let mut router = add(self);
        router.account = outer;
        router
    }

    /// The rules of a TOML text, after those there are.
    ///
    /// ```
    /// use shared::router::{Router, answer};
    /// use wechat_oa::callback::Push;
    ///
    /// let router = Router::new().with_toml(r#"
    ///     [[rule]]
    ///     regex = "^order (\\d+)$"
    ///     reply = "order $1 is on its way"
    /// "#).unwrap();
    /// let push = Push::parse("<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName>\
    ///     <CreateTime>1767000000</CreateTime><MsgType>text</MsgType><Content>order 7</Content><MsgId>1</MsgId></xml>");
    /// assert_eq!(router.decide("shop", &push.unwrap()), answer("order 7 is on its way"));
    /// ```
    ///
    /// # Errors
    /// Everything that is wrong in it.
    pub fn with_toml(self, text: &str) -> Result<Self, RulesError> {
        let around = Surroundings::default();
        RulesFile::read("rules.toml", text.as_bytes(), &around).map(|file| self.with_file(file))
    }

    /// The rules of a file, after those there are.
    #[must_use]
    pub fn with_file(mut self, file: RulesFile) -> Self {
        self.rules.extend(file.into_rules());
        self
    }

    /// Whether a rule may forward a push.
    pub fn may_forward(&self) -> bool {
        self.rules.iter().any(|rule| rule.handler.may_forward())
    }

    /// What the push comes to; one that no rule fits is acknowledged.
    pub fn decide(&self, account: &str, push: &Push<'_>) -> Decision {
        let fits = |rule: &&Rule| {
            rule.account.as_deref().is_none_or(|a| a == account) && rule.matcher.fits(push)
        };
        match self.rules.iter().find(fits) {
            Some(rule) => rule.handler.handle(push),
            None => Decision::Reply(Reply::Acknowledge),
        }
    }

    fn with(mut self, matcher: Matcher, handler: impl Handler + 'static) -> Self {
        let account = self.account.clone();
        self.rules.push(Rule {
            account,
            matcher,
            handler: Box::new(handler),
        });
        self
    }
}

impl Matcher {
    fn fits(&self, push: &Push<'_>) -> bool {
        let text = |fits: &dyn Fn(&str) -> bool| push.text().is_some_and(|text| fits(text.trim()));
        match self {
            Self::Text(whole) => text(&|text| lower(text).eq(lower(whole))),
            Self::Keyword(part) => text(&|text| text.to_lowercase().contains(part)),
            Self::Regex(regex) => text(&|text| regex.is_match(text)),
            Self::Click(key) => {
                matches!(push.event(), Some(Event::Click { key: clicked, .. }) if clicked == key)
            }
            Self::Event(name) => push.event().is_some_and(|event| event.name() == name),
            Self::Any => true,
        }
    }
}

fn lower(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests;
