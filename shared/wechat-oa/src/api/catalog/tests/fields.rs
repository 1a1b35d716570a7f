//! Reads `request_fields` of endpoints.json and holds a body against it: `?` optional, `|`
//! alternatives, `+` together, `[…]` a list, `{…}` an object, `(…)` a remark, `=` a fixed value.

use serde_json::Value;
use std::collections::BTreeSet;

/// One entry of the list.
enum Entry {
    /// Named members, in alternatives of which one must be whole.
    Fields(Vec<Vec<Field>>),
    /// The object `msgtype` names.
    OfMsgType,
}

struct Field {
    name: String,
    optional: bool,
    fixed: Option<String>,
    inner: Option<String>,
}

/// What of the body is not as the rule says.
pub(super) fn compare(rule: &str, body: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut allowed = BTreeSet::new();
    for entry in split(rule, ',').iter().map(|part| entry(part)) {
        match entry {
            Entry::OfMsgType => {
                let kind = body["msgtype"].as_str().unwrap_or_default().to_owned();
                let there = [kind.clone(), format!("{kind}s")];
                if !there.iter().any(|name| body.get(name).is_some()) {
                    wrong.push(format!("{kind} is missing"));
                }
                allowed.extend(there);
            }
            Entry::Fields(alternatives) => {
                let whole = |together: &Vec<Field>| together.iter().all(|f| f.is_in(body));
                let free = |together: &Vec<Field>| together.iter().all(|f| f.optional);
                if !alternatives.iter().any(|a| whole(a) || free(a)) {
                    wrong.push(format!("{} is missing", name(rule, &alternatives)));
                }
                for field in alternatives.iter().flatten() {
                    wrong.extend(field.check(body));
                    allowed.insert(field.name.clone());
                }
            }
        }
    }
    let sent = body.as_object().into_iter().flatten();
    let strange = sent.filter(|(name, _)| !allowed.contains(*name));
    wrong.extend(strange.map(|(name, _)| format!("{name} is not on the page")));
    wrong
}

fn name(rule: &str, alternatives: &[Vec<Field>]) -> String {
    let together = |fields: &Vec<Field>| {
        let names: Vec<_> = fields.iter().map(|field| field.name.as_str()).collect();
        names.join("+")
    };
    let names: Vec<_> = alternatives.iter().map(together).collect();
    if names.is_empty() {
        rule.to_owned()
    } else {
        names.join(" | ")
    }
}

impl Field {
    fn is_in(&self, body: &Value) -> bool {
        body.get(&self.name).is_some()
    }

    fn check(&self, body: &Value) -> Vec<String> {
        let Some(value) = body.get(&self.name) else {
            return Vec::new();
        };
        let written = value.to_string();
        if self
            .fixed
            .as_ref()
            .is_some_and(|fixed| written.trim_matches('"') != fixed)
        {
            return vec![format!("{} is {written}", self.name)];
        }
        let Some(inner) = &self.inner else {
            return Vec::new();
        };
        let items = value
            .as_array()
            .map_or(vec![value], |list| list.iter().collect());
        let wrong = items
            .into_iter()
            .flat_map(|item| match inner.split_once(':') {
                // Members of any name.
                Some(("k", rule)) => {
                    let members = item.as_object().into_iter().flatten();
                    let rule = rule.trim_matches(['{', '}']);
                    members
                        .flat_map(|(_, member)| compare(rule, member))
                        .collect()
                }
                _ => compare(inner, item),
            });
        wrong.map(|what| format!("{}.{what}", self.name)).collect()
    }
}

/// Splits at a sign outside all brackets.
fn split(rule: &str, sign: char) -> Vec<String> {
    let (mut parts, mut part, mut depth) = (Vec::new(), String::new(), 0);
    for c in rule.chars() {
        depth += match c {
            '{' | '[' | '(' => 1,
            '}' | ']' | ')' => -1,
            _ => 0,
        };
        if c == sign && depth == 0 {
            parts.push(std::mem::take(&mut part));
        } else {
            part.push(c);
        }
    }
    parts.push(part);
    parts.retain(|part| !part.trim().is_empty() && part.trim() != "{}");
    parts
}

/// A remark or a list's length goes.
fn without_remarks(part: &str) -> String {
    let (mut kept, mut depth) = (String::new(), 0);
    for c in part.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    kept
}

fn entry(part: &str) -> Entry {
    if part.trim() == "<msgtype object>" {
        return Entry::OfMsgType;
    }
    let alternatives = split(part, '|');
    let together = |alternative: &String| {
        let fields = split(alternative, '+');
        fields.iter().map(|text| field(text)).collect()
    };
    Entry::Fields(alternatives.iter().map(together).collect())
}

fn field(text: &str) -> Field {
    let (head, inner) = match text.split_once('{') {
        Some((head, rest)) => {
            let (inner, tail) = rest.rsplit_once('}').expect("an open bracket");
            (format!("{head}{tail}"), Some(inner.to_owned()))
        }
        None => (text.to_owned(), None),
    };
    let head = without_remarks(&head);
    let optional = head.contains('?');
    let head = head.replace('?', "");
    let (name, fixed) = match head.trim().split_once('=') {
        Some((name, fixed)) => (name.to_owned(), Some(fixed.to_owned())),
        None => (head.trim().to_owned(), None),
    };
    // `data.content{…}` is a member of a member; a remark may follow the name.
    let name = name
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_owned();
    let inner = inner.filter(|inner| !inner.starts_with("...") && !inner.is_empty());
    match name.clone().split_once('.') {
        Some((outer, member)) => Field {
            name: outer.to_owned(),
            optional,
            fixed: None,
            inner: Some(inner.map_or(member.to_owned(), |inner| format!("{member}{{{inner}}}"))),
        },
        None => Field {
            name,
            optional,
            fixed,
            inner,
        },
    }
}
