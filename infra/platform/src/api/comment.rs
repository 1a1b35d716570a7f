//! Comments below articles (protocol 7.5).

use super::{
    Route,
    call::Context,
    failure::{Failure, ok},
    fields::{Fields, characters},
    post,
};
use crate::account_data::{Comment, Topic};
use serde_json::{Value, json};

const PAGE: std::ops::RangeInclusive<i64> = 1..=50;
const REPLY: std::ops::RangeInclusive<usize> = 1..=600;
/// Comments one article can elect.
const ELECTED: usize = 100;

pub(super) const ROUTES: &[Route] = &[
    post("/cgi-bin/comment/open", open),
    post("/cgi-bin/comment/close", close),
    post("/cgi-bin/comment/list", list),
    post("/cgi-bin/comment/markelect", elect),
    post("/cgi-bin/comment/unmarkelect", unelect),
    post("/cgi-bin/comment/delete", delete),
    post("/cgi-bin/comment/reply/add", reply),
    post("/cgi-bin/comment/reply/delete", delete_reply),
];

fn on_topic<T>(
    context: &Context<'_>,
    act: impl FnOnce(&mut Topic, &Value) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let body: Value = context.call.json()?;
    let id = |name: &str| body.id(name).parse().unwrap_or_default();
    context.data(|data| {
        let topic = data.comments.topic(id("msg_data_id"), id("index"));
        act(topic.ok_or_else(|| Failure::code(88_001))?, &body)
    })
}

fn on_comment(
    context: &Context<'_>,
    act: impl FnOnce(&mut Comment, &Value) -> Result<(), Failure>,
) -> Result<Value, Failure> {
    on_topic(context, |topic, body| {
        let id = body.id("user_comment_id").parse().unwrap_or_default();
        let comment = topic.comments.get_mut(&id);
        act(comment.ok_or_else(|| Failure::code(88_008))?, body).map(|()| ok())
    })
}

fn open(context: &Context<'_>) -> Result<Value, Failure> {
    on_topic(context, |topic, _| {
        topic.open = true;
        Ok(ok())
    })
}

fn close(context: &Context<'_>) -> Result<Value, Failure> {
    on_topic(context, |topic, _| {
        topic.open = false;
        Ok(ok())
    })
}

fn list(context: &Context<'_>) -> Result<Value, Failure> {
    on_topic(context, |topic, body| {
        let count = body.number("count").filter(|count| PAGE.contains(count));
        let count = count.ok_or_else(|| Failure::code(88_010))?;
        let size = |number: i64| usize::try_from(number).unwrap_or_default();
        let kind = body.number("type").unwrap_or_default();
        let wanted = |comment: &Comment| kind == 0 || comment.elected == (kind == 2);
        let all: Vec<_> = topic
            .comments
            .iter()
            .filter(|(_, comment)| wanted(comment))
            .collect();
        let begin = size(body.number("begin").unwrap_or_default());
        let page = all.iter().skip(begin).take(size(count));
        let comment: Vec<_> = page.map(|(id, comment)| shown(**id, comment)).collect();
        Ok(json!({"errcode": 0, "errmsg": "ok", "total": all.len(), "comment": comment}))
    })
}

fn shown(id: u64, comment: &Comment) -> Value {
    let mut shown = json!({
        "user_comment_id": id, "openid": comment.openid, "create_time": comment.at_ms / 1_000,
        "content": comment.content, "comment_type": u8::from(comment.elected),
    });
    if let (Some((content, at_ms)), Some(fields)) = (&comment.reply, shown.as_object_mut()) {
        let reply = json!({"content": content, "create_time": at_ms / 1_000});
        fields.insert("reply".to_owned(), reply);
    }
    shown
}

fn elect(context: &Context<'_>) -> Result<Value, Failure> {
    on_topic(context, |topic, body| {
        if topic
            .comments
            .values()
            .filter(|comment| comment.elected)
            .count()
            >= ELECTED
        {
            return Err(Failure::code(88_003));
        }
        let id = body.id("user_comment_id").parse().unwrap_or_default();
        let comment = topic.comments.get_mut(&id);
        comment.ok_or_else(|| Failure::code(88_008))?.elected = true;
        Ok(ok())
    })
}

fn unelect(context: &Context<'_>) -> Result<Value, Failure> {
    on_comment(context, |comment, _| {
        comment.elected = false;
        Ok(())
    })
}

fn delete(context: &Context<'_>) -> Result<Value, Failure> {
    on_topic(context, |topic, body| {
        let id = body.id("user_comment_id").parse().unwrap_or_default();
        topic
            .comments
            .remove(&id)
            .map(|_| ok())
            .ok_or_else(|| Failure::code(88_008))
    })
}

fn reply(context: &Context<'_>) -> Result<Value, Failure> {
    on_comment(context, |comment, body| {
        if comment.reply.is_some() {
            return Err(Failure::code(88_005));
        }
        let content = body.text("content");
        if !REPLY.contains(&characters(content)) {
            return Err(Failure::code(88_007));
        }
        comment.reply = Some((content.to_owned(), context.now_ms()));
        Ok(())
    })
}

fn delete_reply(context: &Context<'_>) -> Result<Value, Failure> {
    on_comment(context, |comment, _| {
        let gone = comment.reply.take();
        gone.map(drop).ok_or_else(|| Failure::code(88_009))
    })
}
