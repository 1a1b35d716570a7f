//! What a rule fits: each pattern is checked where it is written, and what no push can fit is
//! refused.

#[cfg(feature = "patterns")]
mod pattern;

use super::{
    super::{
        condition::{Condition, Pattern},
        fold::fold,
        scope,
    },
    fault::Faults,
    names::{any_event, any_message, event, message},
    table::Fields,
    tags,
};
use crate::{account::QuietHours, sends::quiet::QuietTimes};
use regex_lite::Regex;
use std::ops::Range;
use toml::Spanned;

/// What a rule fits: one of these at least.
pub const CONDITIONS: [&str; 13] = [
    "text",
    "keyword",
    "regex",
    "kind",
    "event",
    "click",
    "scene",
    "view",
    "menu_id",
    "recognition",
    "during",
    "tagged",
    "any",
];
/// What stands beside some of them.
pub(super) const BESIDE: [&str; 2] = ["exact", "allow_unknown"];

/// Longest text of a message, in bytes of UTF-8 (protocol section 3).
const LONGEST_TEXT: usize = 2_048;
/// Longest key of a menu item, and far more than a scene or the name of an event has, in bytes.
const LONGEST_KEY: usize = 128;
/// Longest scene, in bytes: 64 characters.
const LONGEST_SCENE: usize = 256;
/// Longest URL of a menu item, in bytes.
const LONGEST_URL: usize = 1_024;

/// The conditions of a rule, and where the first stands; `None` when one is at fault.
pub(super) fn read(fields: &mut Fields<'_, '_, '_>) -> Option<(Range<usize>, Vec<Condition>)> {
    let before = fields.faults.count();
    let given = fields.given(&CONDITIONS);
    beside(fields, &given);
    let mut read: Vec<(&str, Condition)> = Vec::new();
    for (name, place) in &given {
        let Some(condition) = condition(name, fields) else {
            continue;
        };
        let excluded = read
            .iter()
            .find(|(_, other)| scope::exclude(&condition, other));
        if let Some((other, _)) = excluded {
            let why = "no push fits both; write two rules";
            let english = format!("{name}: can never fit beside {other}, for {why}");
            let chinese = format!("{name} 和 {other} 不可能同时符合；请写成两条规则");
            fields.faults.at(place, english, &chinese);
        }
        read.push((name, condition));
    }
    let (_, first) = given.into_iter().next()?;
    let conditions = read.into_iter().map(|(_, condition)| condition);
    (fields.faults.count() == before).then(|| (first, conditions.collect()))
}

/// Checks what stands beside the conditions that are given.
fn beside(fields: &mut Fields<'_, '_, '_>, given: &[(&str, Range<usize>)]) {
    let has = |names: &[&str]| given.iter().any(|(name, _)| names.contains(name));
    let others = given
        .iter()
        .any(|(name, _)| !["any", "during"].contains(name));
    if let (Some(at), true) = (fields.flag("any"), others) {
        let english = "any: fits every push, so that only account and during may stand beside it; leave it away";
        let chinese = "any 符合所有推送，旁边只能写 account 和 during；请去掉 any";
        fields.faults.at(&at, english, chinese);
    }
    if let (Some(at), false) = (fields.flag("exact"), has(&["text"])) {
        let english = "exact stands beside text alone";
        fields.faults.at(&at, english, "exact 只能和 text 一起写");
    }
    if let (Some(at), false) = (fields.flag("allow_unknown"), has(&["event", "kind"])) {
        let english = "allow_unknown stands beside event or kind alone";
        let chinese = "allow_unknown 只能和 event 或 kind 一起写";
        fields.faults.at(&at, english, chinese);
    }
}

fn condition(name: &str, fields: &mut Fields<'_, '_, '_>) -> Option<Condition> {
    Some(match name {
        "text" => {
            let texts = each(fields, name, LONGEST_TEXT, whole)?;
            match fields.value("exact") {
                Some(_) => Condition::Exact(texts),
                None => Condition::Text(texts.iter().map(|text| fold(text).collect()).collect()),
            }
        }
        "keyword" => Condition::Keyword(each(fields, name, LONGEST_TEXT, folded)?),
        "recognition" => Condition::Recognition(each(fields, name, LONGEST_TEXT, folded)?),
        "regex" => regex(&fields.text(name)?, fields.faults)?,
        "kind" => Condition::Kind(match fields.value("allow_unknown") {
            Some(_) => each(fields, name, LONGEST_KEY, any_message)?,
            None => each(fields, name, LONGEST_KEY, message)?,
        }),
        "event" => Condition::Event(match fields.value("allow_unknown") {
            Some(_) => each(fields, name, LONGEST_KEY, any_event)?,
            None => each(fields, name, LONGEST_KEY, event)?,
        }),
        "click" => Condition::Click(each(fields, name, LONGEST_KEY, pattern)?),
        "menu_id" => Condition::MenuId(each(fields, name, LONGEST_KEY, pattern)?),
        "view" => Condition::View(each(fields, name, LONGEST_URL, pattern)?),
        "scene" => Condition::Scene(each(fields, name, LONGEST_SCENE, scene)?),
        "during" => during(&fields.text(name)?, fields.faults)?,
        "tagged" => Condition::Tagged(tags::read(name, fields)?),
        _ => return None,
    })
}

/// Reads a string or an array of strings, none of them empty or longer than what it is compared with.
fn each<T>(
    fields: &mut Fields<'_, '_, '_>,
    name: &str,
    most: usize,
    read: impl Fn(&Spanned<String>, &mut Faults<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    let texts = fields.texts(name)?.into_inner();
    let one = |text: &Spanned<String>| {
        is_within(name, text, most, fields.faults)
            .then(|| read(text, fields.faults))
            .flatten()
    };
    let read: Vec<_> = texts.iter().map(one).collect();
    read.into_iter().collect()
}

fn is_within(field: &str, text: &Spanned<String>, most: usize, faults: &mut Faults<'_>) -> bool {
    let given = text.get_ref();
    if given.trim().is_empty() {
        let english = format!("{field}: must not be empty");
        faults.at(&text.span(), english, &format!("{field} 不能为空"));
    } else if given.len() > most {
        let english = format!("{field}: can never fit, for WeChat's are at most {most} bytes");
        let chinese = format!("{field} 永远不会符合：微信那边最多 {most} 字节");
        faults.at(&text.span(), english, &chinese);
    } else {
        return true;
    }
    false
}

fn whole(text: &Spanned<String>, faults: &mut Faults<'_>) -> Option<String> {
    let whole = text.get_ref();
    if whole.trim() != whole {
        let english = "text: can never fit, for blanks around a message are taken away first";
        let chinese = "text 永远不会符合：比较之前会去掉消息首尾的空白";
        faults.at(&text.span(), english, chinese);
        return None;
    }
    Some(whole.clone())
}

fn folded(text: &Spanned<String>, _: &mut Faults<'_>) -> Option<String> {
    Some(fold(text.get_ref()).collect())
}

fn pattern(text: &Spanned<String>, _: &mut Faults<'_>) -> Option<Pattern> {
    Some(Pattern::of(text.get_ref()))
}

fn scene(text: &Spanned<String>, faults: &mut Faults<'_>) -> Option<Pattern> {
    if let Some(scene) = text.get_ref().strip_prefix("qrscene_") {
        let english = format!("scene: write '{scene}', without what WeChat puts before it");
        let chinese = format!("scene 只写场景值 '{scene}'，不写微信加在前面的 qrscene_");
        faults.at(&text.span(), english, &chinese);
        return None;
    }
    pattern(text, faults)
}

fn regex(text: &Spanned<String>, faults: &mut Faults<'_>) -> Option<Condition> {
    let regex = Regex::new(text.get_ref());
    let regex = regex.map_err(|error| {
        let english = format!("regex: {error}");
        faults.at(&text.span(), english, "不是可用的正则表达式");
    });
    #[cfg(feature = "patterns")]
    if regex.is_ok()
        && let Some((english, chinese)) = pattern::hopeless(text.get_ref())
    {
        faults.at(&text.span(), format!("regex: {english}"), chinese);
        return None;
    }
    regex.ok().map(Condition::Regex)
}

/// Times of day as in `09:00-18:00 Asia/Shanghai`; the zone may be left out.
fn during(text: &Spanned<String>, faults: &mut Faults<'_>) -> Option<Condition> {
    let form = "'09:00-18:00' or '09:00-18:00 Asia/Shanghai'";
    let (from, rest) = text.get_ref().split_once('-').unwrap_or_default();
    let (to, zone) = rest
        .trim()
        .split_once(' ')
        .unwrap_or((rest.trim(), "Asia/Shanghai"));
    let midnight = |time: &str| if time == "24:00" { "00:00" } else { time }.to_owned();
    let hours = QuietTimes::of(&QuietHours {
        from: from.trim().to_owned(),
        to: midnight(to),
        time_zone: zone.trim().to_owned(),
    });
    let hours = hours.map_err(|reason| {
        let english = format!("during: must be as in {form}: {reason}");
        let chinese = "during 要写成 '09:00-18:00' 或 '09:00-18:00 Asia/Shanghai'，时区要存在";
        faults.at(&text.span(), english, chinese);
    });
    hours.ok().map(Condition::During)
}
