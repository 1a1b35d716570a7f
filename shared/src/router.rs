//! Which rule answers a push: the first that fits, in the order written.

mod allowed;
mod asked;
mod condition;
mod fill;
mod fold;
mod prepared;
mod rules;
mod scope;
mod slow;

pub use asked::Asked;
pub use rules::{Fault, Forwarded, RulesError, RulesFile, Surroundings, words};
pub use slow::{Collect, Markdown, Quick, Slow, Source};

use crate::followers::{Marks, Needs};
use condition::{Condition, Pattern, Words};
use fold::fold;
use regex_lite::Regex;
use thiserror::Error;
use wechat_oa::callback::{Push, Reply, event};

/// What a push comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// This reply, now.
    Reply(Quick),
    /// Whatever somebody else works out.
    Forward(Slow),
}

impl Decision {
    /// Whether the push collects what waits for its sender before it is answered so; one that no rule fits does.
    pub fn collects_first(&self) -> bool {
        match self {
            Self::Reply(quick) => {
                quick.reply == Reply::Acknowledge || quick.collect == Collect::First
            }
            Self::Forward(slow) => slow.collect == Collect::First,
        }
    }

    /// What is done to the tags of whoever sent the push.
    pub fn marks(&self) -> &Marks {
        match self {
            Self::Reply(quick) => &quick.marks,
            Self::Forward(slow) => &slow.marks,
        }
    }

    /// As it is where the push collects an answer that waits before the rule is asked.
    fn collecting(mut self) -> Self {
        match &mut self {
            Self::Reply(quick) => quick.collect = Collect::First,
            Self::Forward(slow) => slow.collect = Collect::First,
        }
        self
    }
}

/// A rule's answer: a reply, or a function from what is [`Asked`] to a reply, or [`forward`], or [`run`].
///
/// A value is answered every time: `"pong"`, `vec![article]`, `()`.
pub trait Handler: Send + Sync {
    /// Answers a push that fits.
    fn handle(&self, asked: &Asked<'_>) -> Decision;

    /// Whether it may answer with [`Decision::Forward`]: then the connection for that is opened
    /// before the first push comes.
    fn may_forward(&self) -> bool {
        true
    }

    /// Whether it may do something to the tags of whoever sent a push.
    fn may_mark(&self) -> bool {
        false
    }

    /// What it looks at in [`Asked::known`].
    fn needs(&self) -> Needs {
        Needs::default()
    }
}

impl<F, R> Handler for F
where
    F: Fn(&Asked<'_>) -> R + Send + Sync,
    R: Into<Reply>,
{
    fn handle(&self, asked: &Asked<'_>) -> Decision {
        answer(self(asked))
    }

    fn may_forward(&self) -> bool {
        false
    }
}

impl Handler for Decision {
    fn handle(&self, _: &Asked<'_>) -> Decision {
        self.clone()
    }

    fn may_forward(&self) -> bool {
        matches!(self, Self::Forward(_))
    }

    fn may_mark(&self) -> bool {
        !self.marks().is_empty()
    }
}

/// The answer of a value that is a reply.
pub fn answer(reply: impl Into<Reply>) -> Decision {
    Decision::Reply(Quick::from(reply.into()))
}

/// The answer of the team's own function of that name; it gets the push as JSON.
pub fn forward(function: impl Into<String>) -> Decision {
    Decision::Forward(Slow::from(Source::Function(function.into())))
}

/// The answer of the handler of that name, an async function in Rust in `functions/forward/src/handlers.rs`.
///
/// ```
/// use shared::router::{Decision, Router, Source, run};
///
/// let router = Router::new().on_keyword("member", run("member"));
/// assert!(router.may_forward());
/// let Decision::Forward(slow) = run("member") else { unreachable!() };
/// assert_eq!(slow.source, Source::Code("member".to_owned()));
/// ```
pub fn run(handler: impl Into<String>) -> Decision {
    Decision::Forward(Slow::from(Source::Code(handler.into())))
}

/// A pattern that is no regular expression.
#[derive(Debug, Clone, Error)]
#[error("regex: {0}")]
pub struct PatternError(#[from] regex_lite::Error);

struct Rule {
    account: Option<String>,
    /// All have to hold; none: every push fits.
    conditions: Vec<Condition>,
    collect: Collect,
    handler: Box<dyn Handler>,
}

impl Rule {
    fn is_of(&self, account: &str) -> bool {
        self.account.as_deref().is_none_or(|its| its == account)
    }

    fn fits(&self, asked: &Asked<'_>, words: &Words<'_>) -> bool {
        self.is_of(asked.account) && self.conditions.iter().all(|one| one.holds(asked, words))
    }

    /// Whether it fits, or would if the follower had the tags for which it looks.
    fn may_fit(&self, asked: &Asked<'_>, words: &Words<'_>) -> bool {
        let holds = |one: &Condition| is_of_tags(one) || one.holds(asked, words);
        self.is_of(asked.account) && self.conditions.iter().all(holds)
    }

    fn needs(&self) -> Needs {
        self.handler.needs().and(Needs {
            follower: self.looks_at_tags(),
            agents: false,
        })
    }

    fn looks_at_tags(&self) -> bool {
        self.conditions.iter().any(is_of_tags)
    }

    fn decide(&self, asked: &Asked<'_>) -> Decision {
        let decision = self.handler.handle(asked);
        match self.collect {
            Collect::First => decision.collecting(),
            Collect::Last => decision,
        }
    }
}

/// Whether the push says that its sender is a follower no more.
fn has_left(push: &Push<'_>) -> bool {
    (push.event()).is_some_and(|event| event.name() == allowed::UNSUBSCRIBE)
}

fn is_of_tags(condition: &Condition) -> bool {
    matches!(condition, Condition::Tagged(_))
}

/// The rules of all accounts, in order.
#[derive(Default)]
pub struct Router {
    rules: Vec<Rule>,
    account: Option<String>,
    /// Whether some rule needs more than the push.
    needs_more: bool,
}

impl Router {
    /// No rule: every push is acknowledged.
    pub fn new() -> Self {
        Self::default()
    }

    /// A text message that is `text`, white space around it and the case of letters aside.
    #[must_use]
    pub fn on_text(self, text: &str, handler: impl Handler + 'static) -> Self {
        self.with(Condition::Text(vec![fold(text).collect()]), handler)
    }

    /// A text message that contains `keyword`, in any case of letters.
    #[must_use]
    pub fn on_keyword(self, keyword: &str, handler: impl Handler + 'static) -> Self {
        self.with(Condition::Keyword(vec![fold(keyword).collect()]), handler)
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
        Ok(self.with(Condition::Regex(regex), handler))
    }

    /// A click on the menu item with this key.
    #[must_use]
    pub fn on_click(self, key: &str, handler: impl Handler + 'static) -> Self {
        self.with(
            Condition::Click(vec![Pattern::Whole(key.to_owned())]),
            handler,
        )
    }

    /// An event of this name, in any case.
    #[must_use]
    pub fn on_event(self, name: &str, handler: impl Handler + 'static) -> Self {
        self.with(Condition::Event(vec![event::canonical(name)]), handler)
    }

    /// Every push that came this far. An answer that waits for its sender is collected before.
    #[must_use]
    pub fn fallback(self, handler: impl Handler + 'static) -> Self {
        self.with(None::<Condition>, handler)
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
    /// use shared::router::Router;
    ///
    /// let router = Router::new().with_toml(r#"
    ///     [[rule]]
    ///     regex = "^order (\\d+)$"
    ///     reply = "order $1 is on its way"
    /// "#).unwrap();
    /// assert!(!router.may_forward());
    ///
    /// let error = Router::new().with_toml("[[rule]]\nkeywrd = 'price'\nreply = 'none'").err().unwrap();
    /// assert!(error.to_string().starts_with("rules.toml:2:1: unknown field 'keywrd'; did you mean 'keyword'?"));
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
        for rule in file.into_rules() {
            self.add(rule);
        }
        self
    }

    /// Whether a rule may forward a push.
    pub fn may_forward(&self) -> bool {
        self.rules.iter().any(|rule| rule.handler.may_forward())
    }

    /// Whether a rule may have something done that no push is answered with alone: forward it, look its sender up,
    /// change their tags.
    pub fn may_call(&self) -> bool {
        let mark = || self.rules.iter().any(|rule| rule.handler.may_mark());
        self.needs_more || self.may_forward() || mark()
    }

    /// What has to be known beside the push: what the first rule that fits looks at, and those before it that fit
    /// by all but the follower's tags.
    pub fn needs(&self, asked: &Asked<'_>) -> Needs {
        let mut needs = Needs::default();
        if !self.needs_more || has_left(asked.push) {
            return needs;
        }
        let words = Words::of(asked.push);
        for rule in self.rules.iter().filter(|rule| rule.may_fit(asked, &words)) {
            needs = needs.and(rule.needs());
            if !rule.looks_at_tags() {
                break;
            }
        }
        needs
    }

    /// What the push comes to; one that no rule fits collects what waits for its sender, and is
    /// acknowledged.
    pub fn decide(&self, asked: &Asked<'_>) -> Decision {
        let words = Words::of(asked.push);
        match self.rules.iter().find(|rule| rule.fits(asked, &words)) {
            Some(rule) => rule.decide(asked),
            None => answer(Reply::Acknowledge).collecting(),
        }
    }

    fn with(
        mut self,
        condition: impl Into<Option<Condition>>,
        handler: impl Handler + 'static,
    ) -> Self {
        let conditions: Vec<Condition> = condition.into().into_iter().collect();
        self.add(Rule {
            account: self.account.clone(),
            collect: Collect::of(conditions.len()),
            conditions,
            handler: Box::new(handler),
        });
        self
    }

    fn add(&mut self, rule: Rule) {
        self.needs_more |= !rule.needs().is_nothing();
        self.rules.push(rule);
    }
}

#[cfg(test)]
mod tests;
