//! The draft box (protocol 7.4).

use super::{
    Route,
    article::{articles, check, news_item, page, replace},
    call::Context,
    failure::{Failure, ok},
    fields::Fields,
    get, post,
};
use crate::{account_data::News, random::media_id};
use serde_json::{Value, json};

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
    context.data(|data| {
        let articles = articles(&body)?;
        check(data, &articles, context.now_ms())?;
        let news = News {
            articles,
            updated_ms: context.now_ms(),
        };
        data.library.drafts.insert(id.clone(), news);
        Ok(json!({"media_id": id}))
    })
}

fn read(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    context.data(|data| {
        let draft = data.library.drafts.get(body.text("media_id"));
        let draft = draft.ok_or_else(|| Failure::code(40_007))?;
        Ok(json!({"news_item": news_item(draft, true)}))
    })
}

fn delete(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    context.data(|data| {
        let gone = data.library.drafts.remove(body.text("media_id"));
        gone.map(|_| ok()).ok_or_else(|| Failure::code(40_007))
    })
}

fn update(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    context.data(|data| {
        let draft = data.library.drafts.get_mut(body.text("media_id"));
        replace(draft, &body, context.now_ms()).map(|()| ok())
    })
}

fn count(context: &Context<'_>) -> Result<Value, Failure> {
    context.data(|data| Ok(json!({"total_count": data.library.drafts.len()})))
}

fn list(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let with_content = !body.flag("no_content");
    context.data(|data| {
        page(&body, data.library.drafts.iter(), |(id, news)| {
            let content = json!({"news_item": news_item(news, with_content)});
            json!({"media_id": id, "content": content, "update_time": news.updated_ms / 1_000})
        })
    })
}
