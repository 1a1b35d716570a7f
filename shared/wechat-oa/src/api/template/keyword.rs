//! The values of a template, and what each kind of keyword takes (protocol section 5).

use crate::api::{Invalid, wire::Text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Values by the name the template gives them: `thing2` where it says `{{thing2.DATA}}`.
///
/// | keyword | takes |
/// |---|---|
/// | `thing` | 20 characters |
/// | `number` | 32 digits, decimals beside them |
/// | `letter` | 32 letters |
/// | `symbol` | 5 characters |
/// | `character_string` | 32 characters, none Chinese |
/// | `time`, `date` | a time or date, or two joined by `~` |
/// | `amount` | a currency sign, 10 digits, decimals beside them, 元 |
/// | `phone_number` | 17 characters |
/// | `car_number` | 8 characters |
/// | `name` | 10 characters with Chinese, 20 without |
/// | `phrase` | 5 Chinese characters |
///
/// What breaks this WeChat refuses with 47003. `const` and `enum` take only values approved in the
/// console. The number is that of the keyword in the library. Templates of the time before
/// categories name their values as they like and take any text: `first`, `keyword1`, `remark`, and
/// some of them `name1`. See
/// <https://developers.weixin.qq.com/doc/service/api/notify/template/api_sendtemplatemessage.html>
/// for `data` and the table of
/// <https://developers.weixin.qq.com/doc/offiaccount/Subscription_Messages/api.html> for the kinds.
pub type Data = BTreeMap<String, DataValue>;

/// A value of a template.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object such as {\"value\": \"…\"}")]
pub struct DataValue {
    /// The text, or a number as it is written.
    #[serde_as(as = "Text")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub value: String,
    /// A colour such as `#FF0000`; clients ignore it since 2023.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
}

impl From<&str> for DataValue {
    fn from(value: &str) -> Self {
        Self {
            value: value.to_owned(),
            color: None,
        }
    }
}

/// There are values, their names are names, and each fits its keyword.
pub(in crate::api) fn check_data(field: &'static str, data: &Data) -> Result<(), Invalid> {
    check_names(data)?;
    let fits = |(name, item): (&String, &DataValue)| check_value(name, &item.value);
    data.iter()
        .try_for_each(fits)
        .map_err(|broken| broken.inside(field))
}

/// As [`check_data`], for messages whose template may be of the time before categories: values are
/// held against their keyword only where their names can be no others.
pub(in crate::api) fn check_category(data: &Data) -> Result<(), Invalid> {
    if data.keys().any(|name| is_category(name)) && !data.keys().any(|name| is_free(name)) {
        return check_data("data", data);
    }
    check_names(data)
}

/// Keywords that are also everyday words, by which older templates name values of any text.
const EVERYDAY: [&str; 7] = [
    "name", "number", "date", "time", "amount", "letter", "symbol",
];

/// A name that only a category template has.
fn is_category(name: &str) -> bool {
    takes(name).is_some() && !EVERYDAY.contains(&kind(name))
}

/// A name that no category template has.
fn is_free(name: &str) -> bool {
    kind(name).len() == name.len() || matches!(kind(name), "keyword" | "first" | "remark")
}

fn check_names(data: &Data) -> Result<(), Invalid> {
    Invalid::unless(!data.is_empty(), "data", "must hold at least one value")?;
    let rule = "must be named as in the template, without '{{' and '.DATA}}'";
    let wrong = |c: char| ".{}".contains(c) || c <= ' ';
    let named = |name: &String| {
        let is_name = !name.is_empty() && !name.contains(wrong);
        Invalid::unless(is_name, shown(name), rule)
    };
    data.keys()
        .try_for_each(named)
        .map_err(|broken| broken.inside("data"))
}

fn check_value(name: &str, value: &str) -> Result<(), Invalid> {
    match takes(name) {
        Some((fits, rule)) => Invalid::unless(fits(value), format!("{}.value", shown(name)), rule),
        None => Ok(()),
    }
}

fn shown(name: &str) -> String {
    name.chars().take(64).collect()
}

/// The name without its number.
fn kind(name: &str) -> &str {
    name.trim_end_matches(|c: char| c.is_ascii_digit())
}

type Rule = (fn(&str) -> bool, &'static str);

/// What the keyword of that name takes.
fn takes(name: &str) -> Option<Rule> {
    let kind = kind(name);
    if kind.len() == name.len() {
        return None;
    }
    Some(match kind {
        "thing" => (|v| long(v, 20), "must be 1 to 20 characters"),
        "number" => (is_number, "must be 1 to 32 digits, decimals beside them"),
        "letter" => (is_letters, "must be 1 to 32 letters"),
        "symbol" => (|v| long(v, 5), "must be 1 to 5 characters"),
        "character_string" => (
            |v| long(v, 32) && !v.contains(is_han),
            "must be 1 to 32 characters, none Chinese",
        ),
        "time" | "date" => (
            is_time,
            "must be a time or date such as 2025年1月1日 08:00, or two joined by '~'",
        ),
        "amount" => (
            is_amount,
            "must be at most one currency sign, 1 to 10 digits, decimals beside them, and 元 or nothing",
        ),
        "phone_number" => (|v| long(v, 17), "must be 1 to 17 characters"),
        "car_number" => (|v| long(v, 8), "must be 1 to 8 characters"),
        "name" => (
            is_person,
            "must be 1 to 10 characters with Chinese ones, 1 to 20 without",
        ),
        "phrase" => (
            |v| long(v, 5) && v.chars().all(is_han),
            "must be 1 to 5 Chinese characters",
        ),
        _ => return None,
    })
}

fn long(value: &str, most: usize) -> bool {
    (1..=most).contains(&value.chars().count())
}

/// So many digits before the point at most; how many may follow no page says.
fn is_digits(value: &str, most: usize) -> bool {
    let (whole, decimals) = value.split_once('.').unwrap_or((value, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    digits(whole) && whole.len() <= most && digits(decimals)
}

fn is_number(value: &str) -> bool {
    is_digits(value, 32)
}

fn is_letters(value: &str) -> bool {
    long(value, 32) && value.chars().all(|c| c.is_ascii_alphabetic())
}

fn is_amount(value: &str) -> bool {
    let value = value.strip_suffix('元').unwrap_or(value);
    let unsigned = value.trim_start_matches(|c: char| !c.is_ascii_digit());
    let signs = value.chars().count() - unsigned.chars().count();
    signs <= 1 && is_digits(unsigned, 10)
}

fn is_time(value: &str) -> bool {
    let part = |part: &str| {
        let fits = |c: char| c.is_ascii_digit() || "年月日时分秒-/.: ".contains(c);
        part.contains(|c: char| c.is_ascii_digit()) && part.chars().all(fits)
    };
    value.matches('~').count() <= 1 && value.split('~').all(part)
}

fn is_person(value: &str) -> bool {
    long(value, if value.contains(is_han) { 10 } else { 20 })
}

fn is_han(c: char) -> bool {
    matches!(c, '〇' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(name: &str, value: &str) -> Option<String> {
        let data = Data::from([(name.to_owned(), value.into())]);
        check_data("data", &data)
            .err()
            .map(|broken| broken.to_string())
    }

    #[test]
    fn values_fit_their_keyword() {
        let chinese = |n| "字".repeat(n);
        for (name, value) in [
            ("thing2", chinese(20)),
            ("number01", "9".repeat(32)),
            ("number1", "0.5".into()),
            ("number1", format!("{}.25", "9".repeat(32))),
            ("amount6", "¥1234567890.99".into()),
            ("amount6", "1234567890.5元".into()),
            ("letter3", "a".repeat(32)),
            ("symbol4", "#@!~%".into()),
            ("character_string1", "SN-2025/0001".into()),
            ("time3", "2025年1月1日 08:00".into()),
            ("time3", "08:00~09:30".into()),
            ("date5", "2025-01-01".into()),
            ("amount6", "¥9999999.99".into()),
            ("amount6", "12元".into()),
            ("phone_number7", "+86-0766-66888866".into()),
            ("car_number8", "粤A8Z888挂".into()),
            ("name9", chinese(10)),
            ("name9", "Ada Lovelace-Byron".into()),
            ("phrase10", chinese(5)),
            ("const11", "any".into()),
            ("first", chinese(300)),
            ("keyword1", String::new()),
        ] {
            assert_eq!(broken(name, &value), None, "{name} {value}");
        }
    }

    #[test]
    fn values_that_do_not_fit_are_named_with_their_rule() {
        let chinese = |n| "字".repeat(n);
        for (name, value) in [
            ("thing2", chinese(21)),
            ("thing2", String::new()),
            ("number1", "9".repeat(33)),
            ("number1", "1.2.3".into()),
            ("number1", "1.".into()),
            ("number1", "3件".into()),
            ("letter3", "ab1".into()),
            ("symbol4", "######".into()),
            ("character_string1", "订单1".into()),
            ("time3", "soon".into()),
            ("time3", "1~2~3".into()),
            ("date5", String::new()),
            ("amount6", "$$1".into()),
            ("amount6", "12345678901".into()),
            ("phone_number7", "1".repeat(18)),
            ("car_number8", "1".repeat(9)),
            ("name9", chinese(11)),
            ("name9", "a".repeat(21)),
            ("phrase10", "good".into()),
            ("phrase10", chinese(6)),
        ] {
            let told = broken(name, &value).unwrap_or_else(|| panic!("{name} {value} fits"));
            assert!(told.starts_with(&format!("data.{name}.value: must be ")));
        }
    }

    #[test]
    fn a_template_may_be_of_the_time_before_categories() {
        let check = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).into()));
            check_category(&pairs.collect()).is_ok()
        };
        for free in [
            &[("number1", "3件")][..],
            &[
                ("name1", "一件很长的名字的商品啊"),
                ("date1", "明天"),
                ("number2", "x"),
            ],
            &[
                ("first", "hi"),
                ("name1", "3件"),
                ("thing1", "不止二十个字的文字不止二十个字的文字不止二十个字"),
            ],
            &[("keyword1", ""), ("amount2", "很多")],
        ] {
            assert!(check(free), "{free:?}");
        }
        for category in [
            &[("thing1", "ok"), ("number2", "3件")][..],
            &[("thing1", "不止二十个字的文字不止二十个字的文字不止二十个字")],
            &[("phrase3", "good"), ("const1", "any")],
            &[("thing1.DATA", "x")],
        ] {
            assert!(!check(category), "{category:?}");
        }
        assert!(check(&[("thing1", "ok"), ("number2", "3")]));
    }

    #[test]
    fn names_are_those_of_the_template() {
        for name in ["thing2.DATA", "{{thing2.DATA}}", "", "thing 2", "a\nb"] {
            let told = broken(name, "x").unwrap();
            assert!(told.contains("as in the template"), "{told}");
        }
        assert!(broken(&"长".repeat(999), "x").is_none());
        assert!(broken(&".".repeat(999), "x").unwrap().len() < 200);
        assert_eq!(
            check_data("data", &Data::new()).unwrap_err().to_string(),
            "data: must hold at least one value"
        );
    }
}
