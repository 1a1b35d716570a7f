//! Rules as data: `[[rule]]` entries of a TOML text.

mod fault;
mod fit;
mod reach;
mod table;

pub use fault::{Fault, RulesError};

use super::{Decision, Matcher, Rule, Source, allowed, fill};
use crate::account::AccountName;
use fault::{Faults, position};
use std::ops::Range;
use table::{Fields, nearest, unknown, wrong_type};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};
use wechat_oa::callback::Reply;

/// What a rule fits: one of these.
const FITS: [&str; 6] = ["text", "keyword", "regex", "click", "event", "any"];
/// What happens: one of these.
const HAPPENS: [&str; 3] = ["reply", "articles", "forward"];
/// What stands beside them.
const BESIDE: [&str; 2] = ["account", "allow_unknown"];

/// What is known beside the text of a rules file; what is `None` is not checked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surroundings<'a> {
    /// The names of all accounts.
    pub accounts: Option<&'a [&'a str]>,
    /// How the names of functions begin that may be forwarded to.
    pub function_prefix: Option<&'a str>,
}

/// A rules file that can be used.
#[derive(Default)]
pub struct RulesFile {
    rules: Vec<Rule>,
    functions: Vec<Forwarded>,
}

/// A function that a rule forwards to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forwarded {
    /// The line of its name, from 1.
    pub line: usize,
    /// The character of the line, from 1.
    pub column: usize,
    pub function: String,
}

impl RulesFile {
    /// Reads a file; `name` is how it is called where something is wrong with it.
    ///
    /// # Errors
    /// Everything that is wrong, each with the line and column of the key or value at fault.
    pub fn read(name: &str, text: &[u8], around: &Surroundings<'_>) -> Result<Self, RulesError> {
        let mut faults = Faults::default();
        let text = match std::str::from_utf8(text) {
            Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
            Err(error) => {
                let (good, _) = text.split_at(error.valid_up_to());
                let good = std::str::from_utf8(good).unwrap_or_default();
                let span = good.len()..good.len();
                let english = "this is no UTF-8: save the file as UTF-8";
                faults.at(&span, english, "不是 UTF-8：请把文件存为 UTF-8");
                return faults.or(Self::default(), name, good);
            }
        };
        let written = tables(text, &mut faults);
        let mut read = Vec::new();
        let mut functions = Vec::new();
        for (span, rule) in written {
            let Some(rule) = rule.into_rule(&span, around, &mut faults) else {
                continue;
            };
            if let (Some(function), at) = (rule.function, rule.happens.start) {
                let (line, column) = position(text, at);
                functions.push(Forwarded {
                    line,
                    column,
                    function,
                });
            }
            read.push((rule.fits, rule.rule));
        }
        reach::check(&read, text, &mut faults);
        let rules = read.into_iter().map(|(_, rule)| rule).collect();
        faults.or(Self { rules, functions }, name, text)
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The functions that rules forward to, as the file has them.
    pub fn functions(&self) -> &[Forwarded] {
        &self.functions
    }

    pub(super) fn into_rules(self) -> Vec<Rule> {
        self.rules
    }
}

/// Every `[[rule]]` of the text, with where it stands. A text that is no TOML has none.
fn tables(text: &str, faults: &mut Faults) -> Vec<(Range<usize>, Written)> {
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = error.span().unwrap_or_default();
        faults.at(&at, error.message(), "TOML 语法有误");
    }
    if !errors.is_empty() {
        return Vec::new();
    }
    let file = Fields::of(document.get_ref(), &["rule"], faults);
    let Some(rules) = file.value("rule") else {
        return Vec::new();
    };
    let Some(rules) = rules.get_ref().as_array() else {
        let english = "a rule is written [[rule]], with two brackets";
        faults.at(&rules.span(), english, "规则要写成 [[rule]]，两层方括号");
        return Vec::new();
    };
    let mut written = Vec::new();
    for rule in rules {
        match rule.get_ref() {
            DeValue::Table(table) => {
                written.push((rule.span(), Written::read(table, faults)));
            }
            _ => wrong_type(faults, "rule", rule, "a table", "表"),
        }
    }
    written
}

/// A rule as people write it: one thing it fits, one thing that happens.
struct Written {
    account: Option<Spanned<String>>,
    text: Option<Spanned<String>>,
    keyword: Option<Spanned<String>>,
    regex: Option<Spanned<String>>,
    click: Option<Spanned<String>>,
    event: Option<Spanned<String>>,
    any: Option<Range<usize>>,
    allow_unknown: Option<Range<usize>>,
    reply: Option<Spanned<Reply>>,
    articles: Option<Spanned<Reply>>,
    forward: Option<Spanned<String>>,
    /// Whether each field that stands there is one and reads.
    sound: bool,
}

/// A rule that is fine, with where its parts stand.
struct Fine {
    rule: Rule,
    fits: Range<usize>,
    happens: Range<usize>,
    function: Option<String>,
}

impl Written {
    fn read(table: &DeTable<'_>, faults: &mut Faults) -> Self {
        let before = faults.count();
        let known = [&FITS[..], &HAPPENS[..], &BESIDE[..]].concat();
        let mut fields = Fields::of(table, &known, faults);
        let mut written = Self {
            account: fields.text("account"),
            text: fields.text("text"),
            keyword: fields.text("keyword"),
            regex: fields.text("regex"),
            click: fields.text("click"),
            event: fields.text("event"),
            any: fields.flag("any"),
            allow_unknown: fields.flag("allow_unknown"),
            reply: fields.reply("reply"),
            articles: fields.articles("articles"),
            forward: fields.text("forward"),
            sound: true,
        };
        written.sound = faults.count() == before;
        written
    }

    /// The rule, unless something is wrong with it; `span` is where it begins.
    fn into_rule(
        mut self,
        span: &Range<usize>,
        around: &Surroundings<'_>,
        faults: &mut Faults,
    ) -> Option<Fine> {
        let before = faults.count();
        let account = self.account.take();
        if let Some(account) = &account {
            check_account(account, around, faults);
        }
        let matcher = self.matcher(span, faults);
        let decision = self.decision(span, around, faults);
        let (matcher, decision) = (matcher?, decision?);
        if faults.count() > before || !self.sound {
            return None;
        }
        let (fits, happens) = (matcher.span(), decision.span());
        let (matcher, decision) = (matcher.into_inner(), decision.into_inner());
        let function = match &decision {
            Decision::Forward(slow) => match &slow.source {
                Source::Function(function) => Some(function.clone()),
                Source::Url(_) | Source::Assistant(_) => None,
            },
            Decision::Reply(_) => None,
        };
        if let Err(reason) = allowed::check(&matcher, &decision) {
            faults.note(&happens, reason);
            return None;
        }
        let handler = fill::handler(&matcher, decision);
        let rule = Rule {
            account: account.map(Spanned::into_inner),
            matcher,
            handler,
        };
        Some(Fine {
            rule,
            fits,
            happens,
            function,
        })
    }

    fn matcher(&mut self, span: &Range<usize>, faults: &mut Faults) -> Option<Spanned<Matcher>> {
        let known = self.allow_unknown.is_none();
        if let (Some(at), None) = (&self.allow_unknown, &self.event) {
            let english = "allow_unknown stands beside event alone";
            faults.at(at, english, "allow_unknown 只能和 event 一起写");
        }
        let mut given: Vec<Spanned<Option<Matcher>>> = Vec::new();
        let mut fit = |text: Option<Spanned<String>>, read: fit::Read| {
            let read = |text: Spanned<String>| Spanned::new(text.span(), read(&text, faults));
            given.extend(text.map(read));
        };
        fit(self.text.take(), fit::text);
        fit(self.keyword.take(), fit::keyword);
        fit(self.regex.take(), fit::regex);
        fit(self.click.take(), fit::click);
        let event = if known { fit::event } else { fit::any_event };
        fit(self.event.take(), event);
        let any = |at| Spanned::new(at, Some(Matcher::Any));
        given.extend(self.any.take().map(any));
        let matcher = only_one(given, &FITS, span, self.sound, faults)?;
        let at = matcher.span();
        Some(Spanned::new(at, matcher.into_inner()?))
    }

    fn decision(
        &mut self,
        span: &Range<usize>,
        around: &Surroundings<'_>,
        faults: &mut Faults,
    ) -> Option<Spanned<Decision>> {
        let reply = |reply: Spanned<Reply>| {
            Spanned::new(reply.span(), Some(Decision::Reply(reply.into_inner())))
        };
        let forward = self.forward.take().map(|name| {
            let fits = check_function(&name, around, faults);
            let at = name.span();
            Spanned::new(at, fits.then(|| super::forward(name.into_inner())))
        });
        let replies = [self.reply.take(), self.articles.take()];
        let replies = replies.into_iter().flatten().map(reply);
        let given = replies.chain(forward).collect();
        let decision = only_one(given, &HAPPENS, span, self.sound, faults)?;
        let at = decision.span();
        Some(Spanned::new(at, decision.into_inner()?))
    }
}

/// The one that is given; of several, the second in the text is at fault.
fn only_one<T>(
    mut given: Vec<Spanned<T>>,
    names: &[&str],
    rule: &Range<usize>,
    sound: bool,
    faults: &mut Faults,
) -> Option<Spanned<T>> {
    let names = names.join(", ");
    given.sort_by_key(|one| one.span().start);
    match given.get(1) {
        Some(second) => {
            let english = format!("only one of {names} may be given");
            let chinese = format!("{names} 只能写一个");
            faults.at(&second.span(), english, &chinese);
            None
        }
        None => {
            // The misspelt field, which is the reason, is reported already.
            if given.is_empty() && sound {
                let english = format!("one of {names} is needed");
                let chinese = format!("{names} 必须写一个");
                faults.at(rule, english, &chinese);
            }
            given.pop()
        }
    }
}

fn check_account(name: &Spanned<String>, around: &Surroundings<'_>, faults: &mut Faults) {
    let given: &str = name.get_ref();
    if let Err(error) = AccountName::try_from(given) {
        let english = format!("account: {error}");
        return faults.at(&name.span(), english, "account 不是合法的账号名");
    }
    let Some(accounts) = around.accounts else {
        return;
    };
    if !accounts.contains(&given) {
        let (english, chinese) = unknown("account", "账号", given, accounts);
        faults.at(&name.span(), english, &chinese);
    }
}

/// Lambda's own rule for names, and the stack's.
fn check_function(name: &Spanned<String>, around: &Surroundings<'_>, faults: &mut Faults) -> bool {
    let given: &str = name.get_ref();
    let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if !(1..=64).contains(&given.len()) || !given.bytes().all(letter) {
        let english = "forward: must be a function's name: 1 to 64 letters, digits, '-' or '_'";
        let chinese = "forward 必须是函数名：1 到 64 个字母、数字、'-' 或 '_'";
        faults.at(&name.span(), english, chinese);
        return false;
    }
    let prefix = around.function_prefix.unwrap_or_default();
    if !given.starts_with(prefix) {
        let whose = "the stack's ForwardFunctionPrefix";
        let english = format!("forward: '{given}' must begin with '{prefix}', {whose}");
        let chinese = format!("函数名必须以 '{prefix}' 开头（栈的参数 ForwardFunctionPrefix）");
        faults.at(&name.span(), english, &chinese);
        return false;
    }
    true
}

#[cfg(test)]
mod tests;
