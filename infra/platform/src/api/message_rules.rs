//! What template and subscription messages have in common: receivers, mini programs, values (section 5).

use super::{
    failure::Failure,
    fields::{Fields, characters},
};
use crate::account_data::{AccountData, Follower, is_openid, keywords};
use serde_json::Value;

/// Longer addresses are refused.
const URL_BYTES: usize = 1_024;

/// The receiver named in a field: 41009 without one, 40003 when it is none of this account's.
pub(super) fn openid<'a>(body: &'a Value, field: &str) -> Result<&'a str, Failure> {
    match body.text(field) {
        "" => Err(Failure::code(41_009)),
        openid if is_openid(openid) => Ok(openid),
        _ => Err(Failure::code(40_003)),
    }
}

/// The receiver, who must follow (43004) and not be on the blacklist (43019).
pub(super) fn follower<'a>(
    data: &'a mut AccountData,
    openid: &str,
    now_ms: i64,
) -> Result<&'a mut Follower, Failure> {
    let follower = data.followers.of(openid, now_ms);
    match (follower.follows, follower.blacklisted) {
        (false, _) => Err(Failure::code(43_004)),
        (_, true) => Err(Failure::code(43_019)),
        _ => Ok(follower),
    }
}

/// A template id of the right form: 40036 without one, 40037 otherwise.
pub(super) fn template_id(body: &Value) -> Result<&str, Failure> {
    let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    match body.text("template_id") {
        "" => Err(Failure::code(40_036)),
        id if id.len() <= 64 && id.bytes().all(alphabet) => Ok(id),
        _ => Err(Failure::code(40_037)),
    }
}

/// Where a tap leads: 40039, 40166 or 40165 when it leads nowhere. A mini program that is empty in
/// any way is none, and one without a page opens at its first.
pub(super) fn target(body: &Value, url_field: &str) -> Result<(), Failure> {
    if body.text(url_field).len() > URL_BYTES {
        return Err(Failure::code(40_039));
    }
    let program = body.part("miniprogram");
    if is_blank(program) {
        return Ok(());
    }
    let app_id = program.text("appid");
    if !app_id.starts_with("wx") || !app_id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Failure::code(40_166));
    }
    let path = program.text("pagepath");
    if path.len() > URL_BYTES || path.starts_with('/') || path.contains([' ', ':']) {
        return Err(Failure::code(40_165));
    }
    Ok(())
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Object(fields) => fields.values().all(is_blank),
        _ => false,
    }
}

/// The values of a message: 47003 names the first that breaks its rule or is missing.
pub(super) fn values(body: &Value, content: Option<&str>) -> Result<(), Failure> {
    let data = body
        .part("data")
        .as_object()
        .ok_or_else(|| invalid("data"))?;
    if data.is_empty() {
        return Err(invalid("data"));
    }
    for (name, field) in data {
        let value = field.part("value");
        if !(value.is_string() || value.is_number()) {
            return Err(invalid_value(name));
        }
        if !fits(
            name.trim_end_matches(|last: char| last.is_ascii_digit()),
            &field.id("value"),
        ) {
            return Err(invalid_value(name));
        }
    }
    let wanted = content.map(keywords).unwrap_or_default();
    match wanted.into_iter().find(|name| !data.contains_key(*name)) {
        Some(name) => Err(invalid_value(name)),
        None => Ok(()),
    }
}

fn invalid_value(name: &str) -> Failure {
    invalid(&format!("data.{name}.value"))
}

fn invalid(field: &str) -> Failure {
    Failure {
        errcode: 47_003,
        errmsg: format!("argument invalid! {field} invalid"),
    }
}

/// Whether a value fits its kind of keyword; older keywords have no rule.
fn fits(kind: &str, value: &str) -> bool {
    let length = characters(value);
    let all = |one: fn(char) -> bool| !value.is_empty() && value.chars().all(one);
    let is_digit = |c: char| c.is_ascii_digit() || ".,-".contains(c);
    let whole = value.split('.').next().map(characters);
    match kind {
        "thing" => (1..=20).contains(&length),
        "number" => whole <= Some(32) && all(is_digit),
        "letter" => length <= 32 && all(|c| c.is_ascii_alphabetic()),
        "symbol" => (1..=5).contains(&length) && all(|c| !c.is_alphanumeric()),
        "character_string" => length <= 32 && all(|c| c.is_ascii()),
        "time" | "date" => length <= 64 && value.contains(|c: char| c.is_ascii_digit()),
        "amount" => is_amount(value),
        "phone_number" => length <= 17 && all(|c| c.is_ascii_digit() || "+-() ".contains(c)),
        "car_number" => (1..=8).contains(&length),
        "name" => match value.is_ascii() {
            true => (1..=20).contains(&length),
            false => length <= 10,
        },
        "phrase" => length <= 5 && all(|c| c.is_alphabetic() && !c.is_ascii()),
        "const" | "enum" => (1..=20).contains(&length),
        _ => true,
    }
}

/// One sign, ten digits at most before the decimal point, and 元 where one likes.
fn is_amount(value: &str) -> bool {
    let bare = value.trim_end_matches('元');
    let bare = bare
        .strip_prefix(|first: char| !first.is_ascii_digit())
        .unwrap_or(bare);
    let whole = bare.split('.').next().unwrap_or_default();
    let digits = whole.chars().filter(char::is_ascii_digit).count();
    (1..=10).contains(&digits)
        && bare
            .chars()
            .all(|c| c.is_ascii_digit() || c == '.' || c == ',')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_keep_the_rule_of_their_kind() {
        for (kind, good, bad) in [
            (
                "thing",
                "二十个字以内",
                "一二三四五六七八九十一二三四五六七八九十一",
            ),
            ("number", "12.5", "twelve"),
            ("letter", "ABC", "AB1"),
            ("symbol", "#%", "######"),
            ("character_string", "SN-2025", "编号1"),
            ("time", "2025年1月1日 08:00", "明天"),
            ("amount", "￥12.50元", "12345678901"),
            ("phone_number", "+86-13800000000", "电话"),
            ("car_number", "粤A8Z888挂", "粤A8Z888粤A8Z8"),
            ("name", "张三", "一二三四五六七八九十一"),
            ("phrase", "已发货", "shipped"),
            ("keyword", "", "\u{0}"),
        ] {
            assert!(fits(kind, good), "{kind} {good}");
            assert!(kind == "keyword" || !fits(kind, bad), "{kind} {bad}");
        }
    }

    #[test]
    fn the_first_wrong_value_is_named() {
        let body = json!({"data": {"thing1": {"value": "a"}, "phrase10": {"value": "abc"}}});
        let refused = values(&body, None).unwrap_err();
        assert_eq!(
            refused.errmsg,
            "argument invalid! data.phrase10.value invalid"
        );
        let body = json!({"data": {"thing1": {"value": "a"}}});
        let content = Some("{{thing1.DATA}}{{time2.DATA}}");
        assert!(values(&body, content).unwrap_err().errmsg.contains("time2"));
        assert!(values(&body, None).is_ok());
        for nothing in [json!({}), json!({"data": {}}), json!({"data": {"a": "b"}})] {
            assert_eq!(values(&nothing, None).unwrap_err().errcode, 47_003);
        }
    }

    #[test]
    fn targets_lead_somewhere() {
        let refused = |program: Value| {
            let body = json!({"miniprogram": program});
            target(&body, "url").unwrap_err().errcode
        };
        assert_eq!(refused(json!({"appid": "1"})), 40_166);
        assert_eq!(
            refused(json!({"appid": "wx1", "pagepath": "/pages/a"})),
            40_165
        );
        assert!(
            target(
                &json!({"miniprogram": {"appid": "wx1", "pagepath": "a?b=1"}}),
                "url"
            )
            .is_ok()
        );
        let long = json!({"page": "u".repeat(1_025)});
        assert_eq!(target(&long, "page").unwrap_err().errcode, 40_039);
    }
}
