//! JSON as WeChat wants it: raw UTF-8. It refuses `\u` escapes with 40033, and shows `\/` as it is.
//!
//! Only escapes are rewritten. Numbers, blanks, the order of members and members that come twice
//! stay as they are.

use std::fmt::Write as _;

/// What becomes of half a surrogate pair, which no text can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Refused,
    /// U+FFFD stands for it.
    Marked,
}

/// The same JSON without escapes of characters that need none; `None` when it holds half a
/// surrogate pair.
///
/// ```
/// use wechat_oa::api::escapes::raw_utf8;
///
/// assert_eq!(raw_utf8(r#"{"name":"\u4f60\/"}"#).as_deref(), Some(r#"{"name":"你/"}"#));
/// assert_eq!(raw_utf8(r#""\ud83d""#), None);
/// ```
pub fn raw_utf8(json: &str) -> Option<String> {
    unescaped(json, Half::Refused)
}

/// As [`raw_utf8`], with U+FFFD in place of half a surrogate pair.
pub fn raw_utf8_lossy(json: &str) -> String {
    unescaped(json, Half::Marked).unwrap_or_default()
}

/// JSON has backslashes in texts alone, so that nothing else needs to be read.
fn unescaped(json: &str, half: Half) -> Option<String> {
    let mut raw = String::with_capacity(json.len());
    let mut rest = json;
    while let Some((plain, escape)) = rest.split_once('\\') {
        raw.push_str(plain);
        rest = write_one(escape, half, &mut raw)?;
    }
    raw.push_str(rest);
    Some(raw)
}

/// Writes the escape that begins behind its backslash; what follows it comes back.
fn write_one<'j>(escape: &'j str, half: Half, raw: &mut String) -> Option<&'j str> {
    let mut letters = escape.chars();
    match letters.next() {
        Some('/') => raw.push('/'),
        Some('u') => {
            let Some((unit, rest)) = unit(letters.as_str()) else {
                raw.push_str("\\u");
                return Some(letters.as_str());
            };
            let low = rest.strip_prefix("\\u").and_then(self::unit);
            let pair = low.and_then(|(low, rest)| {
                let both = char::decode_utf16([unit, low]).next()?.ok()?;
                (u32::from(both) > 0xffff).then_some((both, rest))
            });
            let (letter, rest) = match (pair, char::from_u32(u32::from(unit))) {
                (Some(pair), _) => pair,
                (None, Some(letter)) => (letter, rest),
                (None, None) if half == Half::Marked => (char::REPLACEMENT_CHARACTER, rest),
                (None, None) => return None,
            };
            write_letter(letter, raw);
            return Some(rest);
        }
        Some(other) => raw.extend(['\\', other]),
        None => raw.push('\\'),
    }
    Some(letters.as_str())
}

/// The four digits of `\u`.
fn unit(digits: &str) -> Option<(u16, &str)> {
    let (digits, rest) = digits.split_at_checked(4)?;
    let all = digits.bytes().all(|b| b.is_ascii_hexdigit());
    let unit = u16::from_str_radix(digits, 16).ok()?;
    all.then_some((unit, rest))
}

/// Quotes, backslashes and control characters need an escape, short where there is one.
fn write_letter(letter: char, raw: &mut String) {
    match letter {
        '"' | '\\' => raw.extend(['\\', letter]),
        '\n' => raw.push_str("\\n"),
        '\r' => raw.push_str("\\r"),
        '\t' => raw.push_str("\\t"),
        '\u{8}' => raw.push_str("\\b"),
        '\u{c}' => raw.push_str("\\f"),
        // Writing to a String does not fail.
        control if control < ' ' => drop(write!(raw, "\\u{:04x}", u32::from(control))),
        plain => raw.push(plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    #[test]
    fn escapes_go_and_everything_else_stays() {
        for (json, raw) in [
            (
                r#"{"name":"\u4e3b\u9875","url":"https:\/\/a.cn\/?t=1\u0026t1=23"}"#,
                r#"{"name":"主页","url":"https://a.cn/?t=1&t1=23"}"#,
            ),
            (
                r#"{ "b":18446744073709551615, "a":1.0,"a":1e5 , "c":-0.0 }"#,
                r#"{ "b":18446744073709551615, "a":1.0,"a":1e5 , "c":-0.0 }"#,
            ),
            (
                r#""\ud83d\ude00\u0022\u005c\u000a\u0001\u007f""#,
                "\"😀\\\"\\\\\\n\\u0001\u{7f}\"",
            ),
            (r#""\\u4e3b \\\u4e3b \"\n""#, r#""\\u4e3b \\主 \"\n""#),
            (r#"{"\u4e3b":1}"#, r#"{"主":1}"#),
            ("主页", "主页"),
            ("", ""),
        ] {
            assert_eq!(raw_utf8(json).as_deref(), Some(raw), "{json}");
        }
    }

    #[test]
    fn half_a_pair_is_refused_or_marked() {
        for half in [
            r#""\ud83d""#,
            r#""\ude00x""#,
            r#""\ud83d\u4e3b""#,
            r#""\ud83d\ud83d""#,
        ] {
            assert_eq!(raw_utf8(half), None, "{half}");
            assert!(raw_utf8_lossy(half).contains('\u{fffd}'), "{half}");
        }
        for torn in [r#""\u4e"#, r#""\"#, r#""\u+123""#, r#""\u主主主主""#] {
            assert_eq!(raw_utf8_lossy(torn), torn);
        }
    }

    proptest! {
        #[test]
        fn the_text_means_the_same(text in any::<String>()) {
            let units = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
            let json = format!("[\"{}\",1.50]", units.collect::<String>());
            let raw = raw_utf8(&json).unwrap();
            let read: Value = serde_json::from_str(&raw).unwrap();
            prop_assert_eq!(read[0].as_str(), Some(text.as_str()));
            prop_assert!(raw.ends_with(",1.50]"));
        }
    }
}
