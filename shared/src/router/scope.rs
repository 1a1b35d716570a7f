//! Which sorts of pushes conditions admit, and which of them say the same.

use super::{
    condition::{Condition, Pattern},
    fold::{fold, is_caseless},
};
use std::collections::BTreeSet;

/// A push as WeChat sorts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort<'a> {
    /// A message, by its `MsgType`.
    Message(&'a str),
    /// An event, by its name in lower case.
    Event(&'a str),
}

/// Sorts of pushes; `None` are all there are.
pub(super) type Scope<'a> = Option<BTreeSet<Sort<'a>>>;

/// The sorts that fit all of the conditions.
pub(super) fn scope<'a>(conditions: impl IntoIterator<Item = &'a Condition>) -> Scope<'a> {
    conditions.into_iter().map(admitted).fold(None, both)
}

fn both<'a>(one: Scope<'a>, other: Scope<'a>) -> Scope<'a> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.intersection(&other).copied().collect()),
        (one, other) => one.or(other),
    }
}

fn admitted(condition: &Condition) -> Scope<'_> {
    let text = [Sort::Message("text")];
    Some(match condition {
        Condition::Text(_)
        | Condition::Exact(_)
        | Condition::Keyword(_)
        | Condition::Regex(_)
        | Condition::MenuId(_) => text.into(),
        Condition::Recognition(_) => [Sort::Message("voice")].into(),
        Condition::Kind(kinds) => kinds.iter().map(|kind| Sort::Message(kind)).collect(),
        Condition::Event(names) => names.iter().map(|name| Sort::Event(name)).collect(),
        Condition::Click(_) => [Sort::Event("click")].into(),
        Condition::View(_) => [Sort::Event("view")].into(),
        Condition::Scene(_) => [Sort::Event("scan"), Sort::Event("subscribe")].into(),
        Condition::During(_) | Condition::Tagged(_) => return None,
    })
}

/// Whether no push can fit both.
pub(super) fn exclude(one: &Condition, other: &Condition) -> bool {
    let none = both(admitted(one), admitted(other)).is_some_and(|sorts| sorts.is_empty());
    none || words_exclude(one, other) || words_exclude(other, one)
}

/// Whether none of the texts can have in it what the other looks for.
fn words_exclude(texts: &Condition, other: &Condition) -> bool {
    match (texts, other) {
        (Condition::Text(texts), Condition::Keyword(parts)) => !texts.iter().any(|t| has(t, parts)),
        (Condition::Exact(texts), Condition::Keyword(parts)) => {
            !texts.iter().any(|text| has(&folded(text), parts))
        }
        (Condition::Text(texts), Condition::Regex(regex)) => {
            texts.iter().all(|t| is_caseless(t) && !regex.is_match(t))
        }
        (Condition::Exact(texts), Condition::Regex(regex)) => {
            !texts.iter().any(|text| regex.is_match(text))
        }
        _ => false,
    }
}

/// Whether every push that fits all of `below` fits `above` too, as far as can be told.
pub(super) fn implies(below: &[Condition], above: &Condition) -> bool {
    let within = || match (scope(below), admitted(above)) {
        (Some(below), Some(above)) => below.is_subset(&above),
        _ => false,
    };
    let by_sort = matches!(above, Condition::Kind(_) | Condition::Event(_)) && within();
    by_sort || below.iter().any(|below| implies_alone(below, above))
}

fn implies_alone(below: &Condition, above: &Condition) -> bool {
    use Condition::{
        Click, During, Exact, Keyword, MenuId, Recognition, Regex, Scene, Tagged, Text, View,
    };
    match (below, above) {
        (Text(below), Text(above)) => below.iter().all(|text| above.contains(text)),
        (Exact(below), Text(above)) => below.iter().all(|text| above.contains(&folded(text))),
        (Exact(below), Exact(above)) => below.iter().all(|text| above.contains(text)),
        // A text fits in any case: a push may write it in capitals where the rule does not.
        (Text(below), Exact(above)) => {
            (below.iter()).all(|text| is_caseless(text) && above.contains(text))
        }
        (Text(below) | Keyword(below), Keyword(above))
        | (Recognition(below), Recognition(above)) => below.iter().all(|text| has(text, above)),
        (Exact(below), Keyword(above)) => below.iter().all(|text| has(&folded(text), above)),
        (Text(below), Regex(above)) => {
            (below.iter()).all(|text| is_caseless(text) && above.is_match(text))
        }
        (Exact(below), Regex(above)) => below.iter().all(|text| above.is_match(text)),
        (Regex(below), Regex(above)) => above.as_str() == below.as_str(),
        (MenuId(below), MenuId(above))
        | (Click(below), Click(above))
        | (View(below), View(above))
        | (Scene(below), Scene(above)) => below.iter().all(|key| covered(key, above)),
        (During(below), During(above)) => above.cover(below),
        (Tagged(below), Tagged(above)) => below.iter().all(|tag| above.contains(tag)),
        _ => false,
    }
}

fn has(text: &str, parts: &[String]) -> bool {
    parts.iter().any(|part| text.contains(part.as_str()))
}

fn covered(key: &Pattern, by: &[Pattern]) -> bool {
    by.iter().any(|pattern| pattern.covers(key))
}

fn folded(text: &str) -> String {
    fold(text).collect()
}
