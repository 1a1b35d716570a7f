//! The console's auto-replies, and the rules of ours that say the same.
//! <https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Getting_Rules_for_Auto_Replies.html>

use super::answer::{Answer, reply};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value as Json;
use shared::router::words::KINDS;
use toml_edit::{Array, Table, Value, value};
use wechat_oa::api::base::AutoreplyInfo;

/// A rule that may take the place of one of the console's.
pub(super) struct Candidate {
    /// How the console calls it.
    pub(super) name: String,
    /// What is left out or differs, and why.
    pub(super) remarks: Vec<String>,
    /// What it fits and what it answers; absent where nothing is left of it.
    pub(super) rule: Option<Table>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct KeywordRule {
    rule_name: String,
    reply_mode: String,
    keyword_list_info: Vec<Keyword>,
    reply_list_info: Vec<Answer>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Keyword {
    match_mode: String,
    content: String,
}

/// The rules that are switched on, in the order in which they are to be tried: whole texts before parts of texts,
/// and what answers everything last.
pub(super) fn candidates(info: AutoreplyInfo) -> Vec<Candidate> {
    let followed = info.add_friend_autoreply_info;
    let followed = followed.filter(|_| info.is_add_friend_reply_open == 1);
    let followed = followed.map(|answer| single("被关注回复", answer, table("event", "subscribe")));
    let keywords = info.keyword_autoreply_info.map(|rules| rules.list);
    let any = info.message_default_autoreply_info;
    let any = any.filter(|_| info.is_autoreply_open == 1).map(|answer| {
        // The console gives it for any message, and events have none.
        let rule = table("kind", KINDS.into_iter().collect::<Array>());
        let mut any = single("收到消息回复", answer, rule);
        let differs =
            "differs: the console gave it once an hour to each user, a rule gives it every time";
        any.remarks
            .extend(any.rule.is_some().then(|| differs.to_owned()));
        any
    });
    let between = of_keywords(keywords.unwrap_or_default());
    followed.into_iter().chain(between).chain(any).collect()
}

/// The rules by keyword, and what cannot be said of them.
fn of_keywords(list: Vec<Json>) -> Vec<Candidate> {
    let read: Vec<_> = list.into_iter().map(read::<KeywordRule>).collect();
    let rules = || read.iter().flatten();
    let of_mode = |mode| rules().filter_map(move |rule| keyword_rule(rule, mode));
    let ill = read.iter().filter_map(|read| read.as_ref().err());
    let ill = ill.map(|reason| unread("关键词回复", reason));
    let odd = rules().filter_map(odd_keywords);
    let all = of_mode("equal").chain(of_mode("contain"));
    all.chain(ill).chain(odd).collect()
}

fn read<T: DeserializeOwned>(json: Json) -> Result<T, String> {
    serde_json::from_value(json).map_err(|error| error.to_string())
}

fn table(condition: &str, of: impl Into<Value>) -> Table {
    let mut table = Table::new();
    table.insert(condition, value(of));
    table
}

fn unread(name: &str, reason: &str) -> Candidate {
    Candidate {
        name: name.to_owned(),
        remarks: vec![format!("left out: WeChat's answer does not read: {reason}")],
        rule: None,
    }
}

/// A rule with one answer.
fn single(name: &str, answer: Json, rule: Table) -> Candidate {
    match read::<Answer>(answer) {
        Ok(answer) => answered(name, &[answer], "reply_all", rule),
        Err(reason) => unread(name, &reason),
    }
}

/// The part of a rule whose keywords are compared in that way.
fn keyword_rule(rule: &KeywordRule, mode: &str) -> Option<Candidate> {
    let of_mode = rule
        .keyword_list_info
        .iter()
        .filter(|k| k.match_mode == mode);
    let (condition, words): (_, Vec<&str>) = match mode {
        // Blanks around a message are taken away before it is compared.
        "equal" => ("text", of_mode.map(|k| k.content.trim()).collect()),
        _ => ("keyword", of_mode.map(|k| k.content.as_str()).collect()),
    };
    let fits: Value = match words.as_slice() {
        [] => return None,
        [one] => (*one).into(),
        words => words.iter().copied().collect::<Array>().into(),
    };
    let table = table(condition, fits);
    Some(answered(
        &rule.rule_name,
        &rule.reply_list_info,
        &rule.reply_mode,
        table,
    ))
}

/// What is said of keywords that are compared in a way the page does not know.
fn odd_keywords(rule: &KeywordRule) -> Option<Candidate> {
    let known = |keyword: &&Keyword| !["equal", "contain"].contains(&keyword.match_mode.as_str());
    let odd: Vec<_> = rule.keyword_list_info.iter().filter(known).collect();
    let said = |keyword: &&Keyword| {
        let (word, mode) = (&keyword.content, &keyword.match_mode);
        format!("left out: the keyword '{word}' is compared in a way that is not known: '{mode}'")
    };
    let none = rule.keyword_list_info.is_empty();
    let none = none.then(|| "left out: it has no keyword".to_owned());
    let remarks: Vec<_> = odd.iter().map(said).chain(none).collect();
    (!remarks.is_empty()).then(|| Candidate {
        name: rule.rule_name.clone(),
        remarks,
        rule: None,
    })
}

/// A rule with what of the answers can be given; without one nothing is left of it.
fn answered(name: &str, answers: &[Answer], mode: &str, rule: Table) -> Candidate {
    let mut remarks = Vec::new();
    let mut replies = Array::new();
    for answer in answers {
        match reply(answer, &mut remarks) {
            Ok(reply) => replies.push(reply),
            Err(reason) => remarks.push(format!("left out: {reason}")),
        }
    }
    if answers.is_empty() {
        remarks.push("left out: it has no answer".to_owned());
    }
    let rule = giving(rule, replies, mode).unwrap_or_else(|reason| {
        remarks.push(format!("left out: {reason}"));
        None
    });
    Candidate {
        name: name.to_owned(),
        remarks,
        rule,
    }
}

/// The rule that gives these replies in the console's mode; none where there are none.
fn giving(mut rule: Table, replies: Array, mode: &str) -> Result<Option<Table>, String> {
    if replies.len() > 1 {
        let pick = match mode {
            "reply_all" => "all",
            "random_one" => "random",
            _ => return Err(format!("how it answers is not known: '{mode}'")),
        };
        rule.insert("replies", value(replies));
        rule.insert("pick", value(pick));
        return Ok(Some(rule));
    }
    let only = replies.into_iter().next();
    Ok(only.map(|reply| {
        rule.insert("reply", value(reply));
        rule
    }))
}
