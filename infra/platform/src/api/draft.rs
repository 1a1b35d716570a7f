//! The draft box (protocol 7.4).

use serde_json::{Value, json};

use super::article::{articles, check, news_item, page, replace};
use super::call::Context;
use super::failure::{Failure, ok};
use super::fields::Fields;
use super::{Route, get, post};
use crate::random::media_id;
use crate::world::News;

pub(super) const ROUTES: &[Route] = &[
    post("/cgi-bin/draft/switch", switch),
    post("/cgi-bin/draft/add", add),
    post("/cgi-bin/draft/get", read),
    post("/cgi-bin/draft/delete", delete),
    post("/cgi-bin/draft/update", update),
    get("/cgi-bin/draft/count", count),
    post("/cgi-bin/draft/batchget", list),
];

/// It is switched on, and nothing switches it off.
fn switch(_: &Context<'_>) -> Result<Value, Failure> {
    Ok(json!({"errcode": 0, "errmsg": "ok", "is_open": 1}))
}

fn add(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let id = media_id();
    context.world(|world| {
        let articles = articles(&body)?;
        check(world, &articles, context.now_ms())?;
        let news = News {
            articles,
            updated_ms: context.now_ms(),
        };
        world.library.drafts.insert(id.clone(), news);
        Ok(json!({"media_id": id}))
    })
}

fn read(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    context.world(|world| {
        let draft = world.library.drafts.get(body.text("media_id"));
        let draft = draft.ok_or_else(|| Failure::code(40007))?;
        Ok(json!({"news_item": news_item(draft, true)}))
    })
}

fn delete(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    context.world(|world| {
        let gone = world.library.drafts.remove(body.text("media_id"));
        gone.map(|_| ok()).ok_or_else(|| Failure::code(40007))
    })
}

fn update(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    context.world(|world| {
        let draft = world.library.drafts.get_mut(body.text("media_id"));
        replace(draft, &body, context.now_ms()).map(|()| ok())
    })
}

fn count(context: &Context<'_>) -> Result<Value, Failure> {
    context.world(|world| Ok(json!({"total_count": world.library.drafts.len()})))
}

fn list(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let with_content = !body.flag("no_content");
    context.world(|world| {
        page(&body, world.library.drafts.iter(), |(id, news)| {
            let content = json!({"news_item": news_item(news, with_content)});
            json!({"media_id": id, "content": content, "update_time": news.updated_ms / 1_000})
        })
    })
}
