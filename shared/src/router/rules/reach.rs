//! Rules that can never be reached, for one above them takes everything they fit.

use super::{Faults, Matcher, Rule, position};
use std::ops::Range;

/// Notes every rule that can never be reached.
pub(super) fn check(rules: &[(Range<usize>, Rule)], text: &str, faults: &mut Faults) {
    for (n, (span, rule)) in rules.iter().enumerate() {
        let above = rules.iter().take(n).find(|(_, above)| {
            let same = above.account.is_none() || above.account == rule.account;
            same && takes_all(&above.matcher, &rule.matcher)
        });
        if let Some((above, _)) = above {
            let (line, _) = position(text, above.start);
            let why = format!("the rule of line {line} takes all that fits this one");
            let english = format!("can never be reached: {why}");
            let chinese = format!("永远轮不到：凡是符合它的都先被第 {line} 行的规则取走");
            faults.at(span, english, &chinese);
        }
    }
}

/// Whether every push that fits `below` fits `above` too, as far as can be told.
fn takes_all(above: &Matcher, below: &Matcher) -> bool {
    match (above, below) {
        (Matcher::Any, _) => true,
        (Matcher::Text(above), Matcher::Text(below)) => {
            above.to_lowercase() == below.to_lowercase()
        }
        (Matcher::Click(above), Matcher::Click(below))
        | (Matcher::Event(above), Matcher::Event(below)) => above == below,
        (Matcher::Keyword(part), Matcher::Keyword(below)) => below.contains(part.as_str()),
        (Matcher::Keyword(part), Matcher::Text(below)) => {
            below.to_lowercase().contains(part.as_str())
        }
        // A text fits in any case: a push may write it in capitals where the rule does not.
        (Matcher::Regex(above), Matcher::Text(below)) => {
            below.to_lowercase() == below.to_uppercase() && above.is_match(below)
        }
        (Matcher::Regex(above), Matcher::Regex(below)) => above.as_str() == below.as_str(),
        (Matcher::Event(above), Matcher::Click(_)) => above == "click",
        _ => false,
    }
}
