//! Rules whose answer nobody would see.

use super::{
    condition::Condition,
    scope::{Sort, scope},
};
use wechat_oa::callback::{Answerable, Reply, takes_no_answer};

/// Who sends it is gone: nothing is known of them, and nothing done to their tags.
pub(super) const UNSUBSCRIBE: &str = "unsubscribe";

/// Checks that what the conditions fit can be answered so; an error is in English and Chinese.
pub(super) fn check(conditions: &[Condition], reply: &Reply) -> Result<(), (String, String)> {
    if *reply == Reply::Acknowledge {
        return Ok(());
    }
    let scope = scope(conditions);
    let sorts = || scope.iter().flatten();
    let event = |sort: &Sort<'_>| match *sort {
        Sort::Event(name) => Some(name.to_owned()),
        Sort::Message(_) => None,
    };
    if let Some(name) = sorts().filter_map(event).find(|name| takes_no_answer(name)) {
        return Err(unseen(&name));
    }
    let only_events = scope.is_some() && sorts().all(|sort| event(sort).is_some());
    if only_events && reply.is_transfer() {
        return Err(not_handed_over());
    }
    let takes_one = |sort: &Sort<'_>| match *sort {
        Sort::Event(_) => false,
        Sort::Message(kind) => Answerable::of(kind, None, "sender") == Answerable::Articles(1),
    };
    let one_at_most = scope.is_none() || sorts().any(takes_one);
    match reply {
        Reply::News { articles } if articles.len() > 1 && one_at_most => {
            Err(too_many(articles.len()))
        }
        _ => Ok(()),
    }
}

/// Checks that who sends what the conditions fit can have tags; an error is in English and Chinese.
pub(super) fn check_marks(conditions: &[Condition]) -> Result<(), (&'static str, &'static str)> {
    let left = Sort::Event(UNSUBSCRIBE);
    match scope(conditions) {
        Some(sorts) if sorts.contains(&left) => Err((
            "tag: who unsubscribed has no tags; leave the event out",
            "取消关注的人没有标签；请去掉这个事件",
        )),
        _ => Ok(()),
    }
}

fn unseen(event: &str) -> (String, String) {
    (
        format!(
            "event: {event} takes no answer, for nobody would see it; leave the reply out or use forward"
        ),
        format!("事件 {event} 不能回复，没有人会看到；请去掉回复，或改用 forward"),
    )
}

fn not_handed_over() -> (String, String) {
    (
        "transfer: only messages are handed over, and this rule fits events alone; answer them with a reply"
            .to_owned(),
        "只有消息可以转交，这条规则只符合事件；请改用回复".to_owned(),
    )
}

fn too_many(articles: usize) -> (String, String) {
    (
        format!(
            "articles: a message can be answered with one article, and {articles} are given; keep one"
        ),
        format!("回复消息只能用一条图文，这里有 {articles} 条；请只留一条"),
    )
}
