//! Regular expressions that no message can fit. Only where rules are checked ahead of time: the
//! library that takes patterns apart would weigh on a function.

use regex_syntax::{
    ParserBuilder,
    hir::{Class, Hir, HirKind, Look},
};

/// Why nothing fits the pattern, in English and Chinese; `None` when something may.
pub(super) fn hopeless(pattern: &str) -> Option<(&'static str, &'static str)> {
    let mut parser = ParserBuilder::new().utf8(false).build();
    let hir = parser.parse(pattern).ok()?;
    let anchored = |look| match look {
        Look::Start => hir.properties().look_set_prefix().contains(look),
        _ => hir.properties().look_set_suffix().contains(look),
    };
    if impossible(&hir) {
        return Some((
            "can never fit: something must stand before the start, or after the end, or a set is empty",
            "永远不会符合：开头之前或结尾之后还要求有内容，或者字符集为空",
        ));
    }
    let blank =
        (anchored(Look::Start) && blank(&hir, false)) || (anchored(Look::End) && blank(&hir, true));
    blank.then_some((
        "can never fit, for blanks around a message are taken away first",
        "永远不会符合：匹配之前会去掉消息首尾的空白",
    ))
}

/// Whether nothing at all fits: an empty set, or an anchor behind or before what takes room.
fn impossible(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Class(Class::Unicode(class)) => class.ranges().is_empty(),
        HirKind::Class(Class::Bytes(class)) => class.ranges().is_empty(),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Look(_) => false,
        HirKind::Repetition(repetition) => repetition.min > 0 && impossible(&repetition.sub),
        HirKind::Capture(capture) => impossible(&capture.sub),
        HirKind::Alternation(ways) => ways.iter().all(impossible),
        HirKind::Concat(parts) => {
            let room = |parts: &[Hir]| parts.iter().any(takes_room);
            parts.iter().any(impossible)
                || parts.iter().enumerate().any(|(n, part)| {
                    let (before, rest) = parts.split_at(n);
                    let after = rest.get(1..).unwrap_or_default();
                    let of = part.properties();
                    of.look_set_prefix().contains(Look::Start) && room(before)
                        || of.look_set_suffix().contains(Look::End) && room(after)
                })
        }
    }
}

fn takes_room(hir: &Hir) -> bool {
    hir.properties().minimum_len().is_some_and(|len| len > 0)
}

/// Whether the first character of all that fits is white space, or the last.
fn blank(hir: &Hir, last: bool) -> bool {
    match hir.kind() {
        HirKind::Literal(literal) => {
            let text = String::from_utf8_lossy(&literal.0);
            let mut text = text.chars();
            let one = if last { text.next_back() } else { text.next() };
            one.is_some_and(char::is_whitespace)
        }
        HirKind::Class(Class::Unicode(class)) => class
            .iter()
            .all(|range| (range.start()..=range.end()).all(char::is_whitespace)),
        HirKind::Class(Class::Bytes(class)) => class
            .iter()
            .all(|range| (range.start()..=range.end()).all(|b| b.is_ascii_whitespace())),
        HirKind::Empty | HirKind::Look(_) => false,
        HirKind::Repetition(repetition) => repetition.min > 0 && blank(&repetition.sub, last),
        HirKind::Capture(capture) => blank(&capture.sub, last),
        HirKind::Alternation(ways) => ways.iter().all(|way| blank(way, last)),
        HirKind::Concat(parts) => {
            let is_look = |part: &&Hir| matches!(part.kind(), HirKind::Look(_));
            let mut parts = parts.iter().filter(|part| !is_look(part));
            let part = match last {
                true => parts.next_back(),
                false => parts.next(),
            };
            part.is_some_and(|part| blank(part, last))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_fit_is_told_from_what_can() {
        for never in [
            "a^",
            "$a",
            "(a)^b",
            "a(^b|^c)",
            "x+^",
            r"(?:a|b)\A",
            r"[^\s\S]",
            r"a[^\s\S]+",
            "^ a",
            r"^\s+a",
            "a $",
            r"^(\s)x",
            r"^(?: |　)a",
            r"a\s$",
        ] {
            assert!(hopeless(never).is_some(), "{never}");
        }
        for may in [
            "",
            "^$",
            "^a$",
            "a|b^",
            "(?m)a\n^b",
            "a*^b",
            "^ ?a",
            r"^\s*a\s*$",
            " a",
            "a ",
            "a b",
            r"[^\s\S]*a",
            r"^订单 (\d+)$",
            "(?i)^price",
            "^( |x)a",
            r"(?s).+$",
            "a$b?",
        ] {
            assert_eq!(hopeless(may), None, "{may}");
        }
    }
}
