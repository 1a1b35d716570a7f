//! Texts of a rule in which `$1` stands for what its pattern found, and `{{time}}` for the time.

use super::asked::Asked;
use crate::beijing;
use regex_lite::{Captures, Regex};
use std::borrow::Cow;
use wechat_oa::callback::Reply;

/// What may stand between two pairs of braces.
pub(super) const NAMES: [&str; 6] = ["openid", "account", "time", "date", "nickname", "remark"];
/// Those of them that are not known of every follower: behind a `|` stands what is said then.
pub(super) const KNOWN: [&str; 2] = ["nickname", "remark"];

/// Fills every text of a reply; groups are those of `regex`.
pub(super) fn fill(reply: &mut Reply, regex: Option<&Regex>, asked: &Asked<'_>) {
    let text = asked.push.text().unwrap_or_default().trim();
    let found = regex.and_then(|regex| Some((regex, regex.captures(text)?)));
    let values = Values { asked, found };
    reply.change_texts(&mut |text| {
        if is_filled(text, regex) {
            *text = values.expand(text);
        }
    });
}

/// Whether there is anything to fill.
pub(super) fn is_filled(text: &str, regex: Option<&Regex>) -> bool {
    text.contains("{{") || regex.is_some() && text.contains('$')
}

/// Whether something in it has to be known of the follower.
pub(super) fn is_about_follower(text: &str) -> bool {
    names(text).any(|(_, name)| KNOWN.contains(&name.name))
}

/// What stands between two pairs of braces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Name<'t> {
    pub(super) name: &'t str,
    /// What is said where there is nothing to fill in.
    pub(super) otherwise: Option<&'t str>,
}

/// The names between braces, each with the text that names it: `{{ time }}` and `time`.
pub(super) fn names(text: &str) -> impl Iterator<Item = (&str, Name<'_>)> {
    let opened = text.match_indices('{');
    opened.filter_map(|(at, _)| {
        let (_, rest) = text.split_at(at);
        let (name, after) = name(rest)?;
        Some((rest.strip_suffix(after)?, name))
    })
}

/// The name in `{{name}}` or `{{name|otherwise}}`, with which the text begins, and what follows.
fn name(text: &str) -> Option<(Name<'_>, &str)> {
    let (inside, after) = text.strip_prefix("{{")?.split_once("}}")?;
    let (name, otherwise) = match inside.split_once('|') {
        Some((name, otherwise)) => (name.trim(), Some(otherwise.trim())),
        None => (inside.trim(), None),
    };
    let letter = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let is_name = !name.is_empty() && name.chars().all(letter);
    is_name.then_some((Name { name, otherwise }, after))
}

struct Values<'a> {
    asked: &'a Asked<'a>,
    found: Option<(&'a Regex, Captures<'a>)>,
}

impl Values<'_> {
    /// `$1`, `$name` and `${name}` are what that group found, nothing where it took no part; `$$` is
    /// a dollar, and a dollar that names no group of the pattern stays as it is written. What was
    /// put in is not looked at again.
    fn expand(&self, template: &str) -> String {
        let mut filled = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, special)) =
            rest.split_at_checked(rest.find(['$', '{']).unwrap_or(rest.len()))
        {
            filled.push_str(before);
            let Some(first) = special.chars().next() else {
                break;
            };
            match self.value(special) {
                Some((value, after)) => {
                    filled.push_str(&value);
                    rest = after;
                }
                None => {
                    filled.push(first);
                    rest = special.get(1..).unwrap_or_default();
                }
            }
        }
        filled
    }

    /// What stands for the beginning of a text, and what follows.
    fn value<'v>(&'v self, text: &'v str) -> Option<(Cow<'v, str>, &'v str)> {
        if let Some((name, after)) = name(text) {
            return Some((self.named(name)?, after));
        }
        let (regex, found) = self.found.as_ref()?;
        let rest = text.strip_prefix('$')?;
        if let Some(after) = rest.strip_prefix('$') {
            return Some((Cow::Borrowed("$"), after));
        }
        let (found, after) = group(rest, regex, found)?;
        Some((Cow::Borrowed(found), after))
    }

    fn named<'v>(&'v self, name: Name<'v>) -> Option<Cow<'v, str>> {
        let now = |format| beijing::local(self.asked.now).strftime(format).to_string();
        Some(match name.name {
            "openid" => Cow::Borrowed(&*self.asked.push.from),
            "account" => Cow::Borrowed(self.asked.account),
            "time" => Cow::Owned(now("%H:%M")),
            "date" => Cow::Owned(now("%Y-%m-%d")),
            // WeChat tells nobody's nickname: what the account's people call the follower is the nearest there is.
            "nickname" | "remark" => Cow::Borrowed(match self.asked.known.remark() {
                "" => name.otherwise.unwrap_or_default(),
                remark => remark,
            }),
            _ => return None,
        })
    }
}

/// The text of the group named right behind a dollar, and what follows the name.
fn group<'f, 't>(rest: &'t str, regex: &Regex, found: &Captures<'f>) -> Option<(&'f str, &'t str)> {
    let (name, after) = match rest.strip_prefix('{') {
        Some(inside) => inside.split_once('}')?,
        None => {
            let is_number = rest.starts_with(|c: char| c.is_ascii_digit());
            let named =
                |c: char| c.is_ascii_digit() || !is_number && (c.is_ascii_alphabetic() || c == '_');
            rest.split_at_checked(rest.find(|c| !named(c)).unwrap_or(rest.len()))?
        }
    };
    let number = match name.parse() {
        Ok(number) => number,
        Err(_) => (regex.capture_names()).position(|known| known == Some(name))?,
    };
    let group = (number < found.len()).then(|| found.get(number))?;
    Some((group.map_or("", |group| group.as_str()), after))
}

#[cfg(test)]
mod tests;
