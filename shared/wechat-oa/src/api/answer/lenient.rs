//! What can be read of an answer that is not as it should be: another character set, broken bytes,
//! torn or malformed JSON.

use crate::api::escapes::raw_utf8_lossy;
use encoding_rs::GBK;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// What bytes say: UTF-8, or GBK where hardly anything is UTF-8; U+FFFD stands for what is neither.
pub(in crate::api) fn text(bytes: &[u8]) -> Cow<'_, str> {
    let lossy = String::from_utf8_lossy(bytes);
    if matches!(lossy, Cow::Borrowed(_)) {
        return lossy;
    }
    let broken = lossy.matches(char::REPLACEMENT_CHARACTER).count();
    // Two bytes of GBK are now and then a short sequence of UTF-8, three hardly ever.
    let long = lossy.chars().filter(|c| *c >= '\u{800}').count();
    let whole = long.max(broken) - broken;
    match GBK.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(gbk) if whole * 4 <= broken => gbk,
        _ => lossy,
    }
}

/// The JSON in UTF-8, without the control characters that WeChat leaves in and JSON forbids, and
/// without halves of surrogate pairs.
pub(super) fn cleaned(mut body: Vec<u8>) -> Vec<u8> {
    if std::str::from_utf8(&body).is_err() {
        body = text(&body).into_owned().into_bytes();
    }
    body.retain(|byte| *byte >= b' ');
    let surrogates = |pair: &[u8]| pair.eq_ignore_ascii_case(b"\\ud");
    if body.windows(3).any(surrogates)
        && let Ok(json) = std::str::from_utf8(&body)
    {
        body = raw_utf8_lossy(json).into_bytes();
    }
    body
}

/// The ids an answer may carry beside its verdict.
const IDS: [&str; 3] = ["msgid", "msg_id", "msg_data_id"];

/// The verdict of a success whose message alone breaks the JSON, with the ids it carries. None
/// where anything else stands in the answer, which would be lost.
pub(super) fn success(body: &[u8]) -> Option<Vec<u8>> {
    let body = std::str::from_utf8(body).ok()?.trim();
    let mut names: Vec<_> = body
        .split("\":")
        .map(|part| part.rsplit('"').next())
        .collect();
    names.pop();
    let verdict = |name: &str| matches!(name, "errcode" | "errmsg") || IDS.contains(&name);
    let alone = names.into_iter().all(|name| name.is_some_and(verdict));
    let whole = body.ends_with('}') && number(body, "\"errcode\"") == Some(0);
    let mut said = ids(body);
    said.insert("errcode".to_owned(), 0.into());
    (alone && whole).then(|| Value::Object(said).to_string().into_bytes())
}

/// What WeChat says for certain in an answer that is no JSON as a whole: a code that is not cut
/// off, its message, and the id a duplicate carries.
pub(super) fn refusal(body: &[u8]) -> Option<(i64, String, Map<String, Value>)> {
    let body = std::str::from_utf8(body).ok()?;
    let errcode = number(body, "\"errcode\"").filter(|code| *code != 0)?;
    let errmsg = message(body).unwrap_or_default().to_owned();
    Some((errcode, errmsg, ids(body)))
}

fn ids(body: &str) -> Map<String, Value> {
    let id = |name: &str| {
        Some((
            name.to_owned(),
            number(body, &format!("\"{name}\""))?.into(),
        ))
    };
    IDS.into_iter().filter_map(id).collect()
}

/// The number of a member of the outermost object, plain or as text, when it is there to its end.
fn number(body: &str, quoted: &str) -> Option<i64> {
    let at = body.find(quoted)?;
    let (before, rest) = (body.get(..at)?, body.get(at.checked_add(quoted.len())?..)?);
    let outermost = before.matches('{').count() == 1 && !before.contains('[');
    let value = rest.trim_start().strip_prefix(':')?.trim_start();
    let value = value.strip_prefix('"').unwrap_or(value);
    let end = value.find(|c: char| !c.is_ascii_digit() && c != '-')?;
    let (digits, after) = value.split_at(end);
    let whole = after.starts_with([',', '}', '"', ' ']);
    digits.parse().ok().filter(|_| outermost && whole)
}

fn message(body: &str) -> Option<&str> {
    let (_, rest) = body.split_once("\"errmsg\"")?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start();
    let rest = rest.strip_prefix('"')?;
    let end = rest.find("\",\"").unwrap_or(rest.len());
    Some(rest.get(..end)?.trim_end_matches(['}', '"', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn foreign_bytes_are_read_as_what_they_most_likely_are() {
        let gbk = GBK.encode("无效的凭证").0;
        assert_eq!(text(&gbk), "无效的凭证");
        assert_eq!(text("表.xls".as_bytes()), "表.xls");
        assert_eq!(text("尐\u{7}".as_bytes()), "尐\u{7}");
        let broken = [&b"\xe5\xb0\x90\x07\xff"[..], b"\",\"SN\xac\""].concat();
        assert_eq!(text(&broken), "尐\u{7}\u{fffd}\",\"SN\u{fffd}\"");
        assert_eq!(text(b"\xff"), "\u{fffd}");
    }

    #[test]
    fn a_success_is_one_though_its_message_is_broken() {
        let said =
            |body: &str| success(body.as_bytes()).map(|said| String::from_utf8(said).unwrap());
        let broken = r#"{"errcode":0,"errmsg":"say "ok"","msgid":200228332}"#;
        let read: Value = serde_json::from_str(&said(broken).unwrap()).unwrap();
        assert_eq!(read, json!({"errcode": 0, "msgid": 200_228_332}));
        for lost in [
            r#"{"errcode":0,"errmsg":"a "b"","media_id":"m"}"#,
            r#"{"errcode":0,"errmsg":"ok","data":["#,
            r#"{"errcode":0,"errmsg":"torn"#,
            r#"{"errcode":40037,"errmsg":"a "b""}"#,
            "}",
        ] {
            assert_eq!(said(lost), None, "{lost}");
        }
    }

    #[test]
    fn a_code_that_is_there_whole_counts() {
        for (body, code) in [
            (
                r#"{"errcode":40037,"errmsg":"say "no" rid: 1"}"#,
                Some(40037),
            ),
            (r#"{ "errcode" : "45065" , "errmsg":"torn"#, Some(45065)),
            (r#"{"errmsg":"a "b"","errcode":-1}"#, Some(-1)),
            (r#"{"errcode":400"#, None),
            (r#"{"errcode":0,"errmsg":"torn"#, None),
            (r#"{"list":[{"errcode":40003}],"#, None),
            (r#"{"errmsg":"\"errcode\":40001, x"#, None),
            ("<html>", None),
            ("", None),
        ] {
            assert_eq!(
                refusal(body.as_bytes()).map(|(code, ..)| code),
                code,
                "{body}"
            );
        }
        let body = br#"{"errcode":45065,"errmsg":"say "no"","msg_id":3147483705}"#;
        let (_, errmsg, ids) = refusal(body).unwrap();
        assert_eq!(
            (errmsg.as_str(), &ids["msg_id"]),
            ("say \"no", &json!(3_147_483_705_i64))
        );
    }
}
