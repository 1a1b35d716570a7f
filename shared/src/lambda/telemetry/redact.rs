//! What a line may show of a text, whoever wrote it: the last wall before the log. The lines
//! themselves name no token, no user and no text; an error made elsewhere may.

use std::borrow::Cow;

/// Stands for what was cut out.
const CUT: &str = "[…]";
/// Letters of an openid.
const OPENID: usize = 28;
/// A run of this many letters and digits is a key, a secret or a code; one of this many letters of
/// base64 a token. Names of tables and functions, ids of requests and digests stay below.
const KEY: usize = 32;
const TOKEN: usize = 64;
/// The client's words before the beginning of an answer that it cannot read.
const UNREADABLE: &str = "no answer of the API: ";
/// Parameters and members whose values are never shown.
const NAMES: [&str; 12] = [
    "access_token",
    "app_secret",
    "appsecret",
    "code",
    "from_user",
    "login",
    "openid",
    "refresh_token",
    "secret",
    "ticket",
    "token",
    "touser",
];

/// The text without what could be somebody's or could open something.
pub(super) fn redacted(text: &str) -> Cow<'_, str> {
    let text = without_values(without_body(text));
    let named = match without_named(&text) {
        Cow::Owned(rest) => Some(rest),
        Cow::Borrowed(_) => None,
    };
    without_ids(named.map_or(text, Cow::Owned))
}

/// An error of the client ends with how the answer began, which may be a profile or a message.
fn without_body(text: &str) -> Cow<'_, str> {
    let unreadable = text.find(UNREADABLE).map(|at| at + UNREADABLE.len());
    let object = text.match_indices('{').map(|(at, _)| at).find(|at| {
        let inside = text.get(at + 1..).unwrap_or_default().trim_start();
        inside.starts_with(['"', '\\'])
    });
    let cut = unreadable.into_iter().chain(object).min();
    match cut.and_then(|at| text.get(..at)) {
        Some(before) => Cow::Owned(format!("{before}{CUT}")),
        None => Cow::Borrowed(text),
    }
}

/// The deserialiser names the value it did not expect: `invalid type: string "…", expected …`.
fn without_values(text: Cow<'_, str>) -> Cow<'_, str> {
    let before = [("string \"", "\", expected"), ("unknown variant `", "`,")];
    let found = before.iter().find_map(|(begin, end)| {
        let (head, rest) = text.split_once(begin)?;
        // The value may hold the end too: the last one counts. None there: it was cut.
        let tail = rest.rfind(end).and_then(|at| rest.get(at..));
        Some(format!("{head}{begin}{CUT}{}", tail.unwrap_or_default()))
    });
    found.map_or(text, Cow::Owned)
}

/// `access_token=…` of a query and `"access_token":"…"` of JSON, without the values.
fn without_named(text: &str) -> Cow<'_, str> {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((at, end)) = rest.char_indices().find_map(|(at, _)| {
        let end = named(rest.get(..at)?, rest.get(at..)?)?;
        Some((at + end.0, at + end.1))
    }) {
        kept.push_str(rest.get(..at).unwrap_or_default());
        kept.push_str(CUT);
        rest = rest.get(end..).unwrap_or_default();
    }
    if kept.is_empty() {
        return Cow::Borrowed(text);
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

/// Where the value of a name of the list lies that begins here.
fn named(before: &str, here: &str) -> Option<(usize, usize)> {
    if before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    let name = NAMES.iter().find(|name| {
        here.strip_prefix(**name)
            .is_some_and(|rest| rest.starts_with(['=', '"', '\\']))
    })?;
    let rest = here.get(name.len()..)?;
    let value = rest.trim_start_matches(['=', '"', '\\', ':', ' ']);
    let begin = here.len() - value.len();
    let between = here.get(name.len()..begin)?;
    if !between.contains(['=', ':']) {
        return None;
    }
    let is_end = |c: char| c.is_whitespace() || "&\"\\,;)}]'".contains(c);
    let length = value.find(is_end).unwrap_or(value.len());
    (length > 0).then_some((begin, begin + length))
}

/// The text without openids, and without runs as long as keys and tokens are.
fn without_ids(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.len() < OPENID {
        return text;
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest: &str = &text;
    while !rest.is_empty() {
        let (run, tail) = rest.split_at(rest.find(|c| !in_token(c)).unwrap_or(rest.len()));
        keep(run, &mut kept);
        let (between, tail) = tail.split_at(tail.find(in_token).unwrap_or(tail.len()));
        kept.push_str(between);
        rest = tail;
    }
    Cow::Owned(kept)
}

fn keep(run: &str, kept: &mut String) {
    let words = run.split(['-', '_']);
    let is_key = |word: &str| word.len() >= KEY && !word.bytes().all(|b| b.is_ascii_digit());
    if run.len() >= TOKEN || words.clone().any(is_key) {
        return kept.push_str(CUT);
    }
    let mut starts = words.scan(0, |next, word| {
        let start = *next;
        *next += word.len() + 1;
        Some(start)
    });
    let openid = starts.find(|start| is_openid(run.get(*start..).unwrap_or_default()));
    match openid.and_then(|start| Some((run.get(..start)?, run.get(start + OPENID..)?))) {
        Some((before, after)) => {
            kept.push_str(before);
            kept.push_str(CUT);
            keep(after, kept);
        }
        None => kept.push_str(run),
    }
}

/// Whether the text begins with an openid that ends there, or at a mark.
fn is_openid(text: &str) -> bool {
    let Some((word, after)) = text.split_at_checked(OPENID) else {
        return false;
    };
    let has = |of: fn(&u8) -> bool| word.as_bytes().iter().any(of);
    word.starts_with('o')
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && (after.is_empty() || after.starts_with(['-', '_']))
}

fn in_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI";

    #[test]
    fn ordinary_lines_stay_as_they_are() {
        for text in [
            "",
            "push",
            "inbox.file: INBOX_TABLE names table 'wechat-functions-prod-Inbox-1A2B3C4D5E6F7', which does not exist here",
            "arn:aws:lambda:us-east-1:123456789012:function:wechat-handler-orders-with-a-long-name",
            "8d1e4b52-6a3f-4c0e-9b57-2f6f1f0a7c11",
            "late-0123456789abcdef01234567",
            "111600000000041268834837111600000000041268834837",
            "/cgi-bin/x: errcode 45011: api minute-quota reach limit",
            "invalid ip 203.0.113.9 rid: 67748a4e-1f2e3d4c-5b6a7980",
            "errcode=40001 status_code=7",
            "没有这个账号",
        ] {
            assert_eq!(redacted(text), text);
        }
    }

    #[test]
    fn openids_go_wherever_they_stand() {
        for (text, left) in [
            (USER.to_owned(), "[…]"),
            (format!("welcome-{USER}"), "welcome-[…]"),
            (format!("a_{USER}_2-{USER}"), "a_[…]_2-[…]"),
            (format!("msg:1:{USER}:2"), "msg:1:[…]:2"),
            (format!("用户{USER}。"), "用户[…]。"),
        ] {
            assert_eq!(redacted(&text), left);
        }
    }

    #[test]
    fn keys_tokens_and_codes_go() {
        for secret in [
            "0123456789abcdef0123456789abcdef".to_owned(),
            format!("86_Zk3QmX9v{}", "-a_b".repeat(20)),
            "k".repeat(43),
        ] {
            let text = format!("refused: {secret}, again");
            assert_eq!(redacted(&text), "refused: […], again");
        }
        for (text, left) in [
            ("GET /x?code=071Ad&state=1", "GET /x?code=[…]&state=1"),
            (
                "url (http://h/?access_token=short)",
                "url (http://h/?access_token=[…])",
            ),
            (
                "\"openid\":\"o1\", \"login\" \"x\"",
                "\"openid\":\"[…]\", \"login\" \"x\"",
            ),
        ] {
            assert_eq!(redacted(text), left);
        }
    }

    #[test]
    fn values_that_do_not_read_are_not_repeated() {
        for (text, left) in [
            (
                r#"invalid type: string "my ", expected secret", expected u64 at line 1"#,
                r#"invalid type: string "[…]", expected u64 at line 1"#,
            ),
            (
                r#"invalid value: string "cut he"#,
                r#"invalid value: string "[…]"#,
            ),
            (
                "unknown variant `my text`, expected one of `a`, `b`",
                "unknown variant `[…]`, `b`",
            ),
        ] {
            assert_eq!(redacted(text), left);
        }
    }

    #[test]
    fn answers_are_not_repeated() {
        use wechat_oa::api::Error;
        let endpoint = || "/sns/userinfo".to_owned();
        let excerpt = || r#"{"nickname":"小明"#.to_owned();
        for error in [
            Error::Unreadable {
                endpoint: endpoint(),
                status: 200,
                excerpt: excerpt(),
            },
            Error::Unreadable {
                endpoint: endpoint(),
                status: 502,
                excerpt: "<html>小明".to_owned(),
            },
            Error::Shape {
                endpoint: endpoint(),
                field: "sex".to_owned(),
                reason: "expected a number".to_owned(),
                excerpt: excerpt(),
            },
        ] {
            let text = error.to_string();
            let shown = redacted(&text);
            assert!(text.contains("小明") && !shown.contains("小明"), "{shown}");
            assert!(shown.starts_with("/sns/userinfo: "), "{shown}");
        }
        let route = "GET /web/{account}/oauth/start";
        assert_eq!(redacted(route), route);
    }
}
