//! Rules as data: `[[rule]]` entries of a TOML text.

use super::{Decision, Matcher, Rule, allowed, fill};
use crate::callback::{Reply, reply::Article};
use regex_lite::Regex;
use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;

/// A rule that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {reason}")]
pub struct RulesError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rule: Vec<Spanned<Written>>,
}

/// A rule as people write it: one thing it fits, one thing that happens.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    account: Option<String>,
    text: Option<String>,
    keyword: Option<String>,
    regex: Option<String>,
    click: Option<String>,
    event: Option<String>,
    any: Option<bool>,
    reply: Option<Reply>,
    articles: Option<Vec<Article>>,
    forward: Option<String>,
}

pub(super) fn read(text: &str) -> Result<Vec<Rule>, RulesError> {
    let at = |offset: usize| {
        text.bytes()
            .take(offset)
            .filter(|byte| *byte == b'\n')
            .count()
            + 1
    };
    let file: File = toml::from_str(text).map_err(|e| RulesError {
        line: at(e.span().map_or(0, |span| span.start)),
        reason: e.message().to_owned(),
    })?;
    let rule = |written: Spanned<Written>| {
        let line = at(written.span().start);
        written
            .into_inner()
            .into_rule()
            .map_err(|reason| RulesError { line, reason })
    };
    file.rule.into_iter().map(rule).collect()
}

impl Written {
    fn into_rule(mut self) -> Result<Rule, String> {
        let account = self.account.take();
        let matcher = self.matcher()?;
        let decision = self.decision()?;
        allowed::check(&matcher, &decision)?;
        let handler = fill::handler(&matcher, decision);
        Ok(Rule {
            account,
            matcher,
            handler,
        })
    }

    fn matcher(&mut self) -> Result<Matcher, String> {
        let regex = self
            .regex
            .take()
            .map(|pattern| Regex::new(&pattern))
            .transpose();
        let regex = regex.map_err(|e| format!("regex: {e}"))?;
        let any = if self.any == Some(false) {
            return Err("any: can only be true".to_owned());
        } else {
            self.any
        };
        let all = [
            self.text.take().map(Matcher::Text),
            self.keyword
                .take()
                .map(|word| Matcher::Keyword(word.to_lowercase())),
            regex.map(Matcher::Regex),
            self.click.take().map(Matcher::Click),
            self.event
                .take()
                .map(|name| Matcher::Event(name.to_ascii_lowercase())),
            any.map(|_| Matcher::Any),
        ];
        let matcher = only_one(all, "one of text, keyword, regex, click, event, any")?;
        match &matcher {
            Matcher::Text(t) | Matcher::Keyword(t) | Matcher::Click(t) | Matcher::Event(t)
                if t.trim().is_empty() =>
            {
                Err("what a rule fits must not be empty".to_owned())
            }
            _ => Ok(matcher),
        }
    }

    fn decision(self) -> Result<Decision, String> {
        let articles = self.articles.map(Reply::from);
        if let Some(articles) = &articles {
            articles.validate().map_err(|e| e.to_string())?;
        }
        let forward = self
            .forward
            .map(|name| function_name(&name).map(Decision::Forward))
            .transpose()?;
        let all = [
            self.reply.map(Decision::Reply),
            articles.map(Decision::Reply),
            forward,
        ];
        only_one(all, "one of reply, articles, forward")
    }
}

fn only_one<T, const N: usize>(all: [Option<T>; N], which: &str) -> Result<T, String> {
    let mut given = all.into_iter().flatten();
    match (given.next(), given.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(format!("{which} is needed")),
        (Some(_), Some(_)) => Err(format!("only {which} may be given")),
    }
}

/// Lambda's own rule for names.
fn function_name(name: &str) -> Result<String, String> {
    let fits = (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if fits {
        Ok(name.to_owned())
    } else {
        Err("forward: must be a function's name: 1 to 64 letters, digits, '-' or '_'".to_owned())
    }
}
