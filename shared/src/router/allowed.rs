//! Rules whose answer nobody would see.

use super::{Decision, Matcher};
use wechat_oa::callback::{Reply, takes_no_answer};

/// Checks that what the rule fits can be answered so.
pub(super) fn check(matcher: &Matcher, decision: &Decision) -> Result<(), String> {
    let Decision::Reply(reply) = decision else {
        return Ok(());
    };
    match (matcher, reply) {
        (_, Reply::Acknowledge) => Ok(()),
        (Matcher::Event(name), _) if takes_no_answer(name) => Err(format!(
            "event: {name} takes no answer, for nobody would see it; leave the reply out or use forward \
             （事件 {name} 不能回复，没有人会看到；请去掉回复，或改用 forward）"
        )),
        (Matcher::Event(_) | Matcher::Click(_), _) => Ok(()),
        (_, Reply::News { articles }) if articles.len() > 1 => Err(format!(
            "articles: a message can be answered with one article, and {} are given; keep one \
             （回复消息只能用一条图文，这里有 {0} 条；请只留一条）",
            articles.len()
        )),
        _ => Ok(()),
    }
}
