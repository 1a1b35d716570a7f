//! Publishing drafts (protocol 7.4).

use super::{
    Route,
    accepted::report,
    article::{page, shown},
    call::Context,
    failure::{Failure, ok},
    fields::Fields,
    post,
};
use crate::{account_data::Publication, random::article_id};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

const FIRST_ID: u64 = 2_247_503_051;
/// Apart from the ids of mass sends.
const FIRST_DATA_ID: u64 = 2_647_483_930;

pub(super) const ROUTES: &[Route] = &[
    post("/cgi-bin/freepublish/submit", submit),
    post("/cgi-bin/freepublish/get", status),
    post("/cgi-bin/freepublish/delete", delete),
    post("/cgi-bin/freepublish/getarticle", article),
    post("/cgi-bin/freepublish/batchget", list),
];

fn submit(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let now_ms = context.now_ms();
    let (number, event) = context.data(|data| {
        let news = data.library.drafts.remove(body.text("media_id"));
        let news = news.ok_or_else(|| Failure::code(40_007))?;
        let number = data.publications.all.len() as u64;
        data.comments.publish(FIRST_DATA_ID + number, &news);
        let publication = Publication {
            article_id: article_id(),
            news,
            done_ms: now_ms + i64::try_from(data.sends.result_delay_ms[0]).unwrap_or_default(),
            ends: data.sends.publish_status,
            deleted: BTreeSet::new(),
        };
        let done_ms = publication.done_ms;
        let info = Value::Object(info(FIRST_ID + number, &publication, done_ms));
        data.publications.all.insert(FIRST_ID + number, publication);
        Ok((
            number,
            json!({"kind": "PUBLISHJOBFINISH", "publish_event_info": info}),
        ))
    })?;
    report(context, event)?;
    Ok(json!({
        "errcode": 0, "errmsg": "ok",
        "publish_id": FIRST_ID + number, "msg_data_id": FIRST_DATA_ID + number,
    }))
}

/// A publication as it is told, empty lists left out.
fn info(id: u64, publication: &Publication, now_ms: i64) -> Map<String, Value> {
    let status = publication.status(now_ms);
    let mut told = Map::new();
    told.insert("publish_id".to_owned(), json!(id));
    told.insert("publish_status".to_owned(), json!(status));
    let count = publication.news.articles.len();
    if status == 0 {
        let item = (1..=count).map(|n| json!({"idx": n, "article_url": publication.url(n)}));
        let detail = json!({"count": count, "item": item.collect::<Vec<_>>()});
        told.insert("article_id".to_owned(), json!(publication.article_id));
        told.insert("article_detail".to_owned(), detail);
    } else if [2, 3, 4].contains(&status) {
        told.insert("fail_idx".to_owned(), (1..=count).collect());
    }
    told
}

fn status(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let id = body.id("publish_id").parse().unwrap_or_default();
    context.data(|data| {
        let publication = data.publications.all.get(&id);
        let publication = publication.ok_or_else(|| Failure::code(53_600))?;
        let mut told = info(id, publication, context.now_ms());
        told.entry("fail_idx").or_insert_with(|| json!([]));
        Ok(Value::Object(told))
    })
}

fn delete(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let index = body
        .number("index")
        .and_then(|index| usize::try_from(index).ok());
    context.data(|data| {
        let found = data
            .publications
            .article(body.text("article_id"), context.now_ms());
        let publication = found.ok_or_else(|| Failure::code(53_600))?;
        let all = 1..=publication.news.articles.len();
        match index.unwrap_or_default() {
            0 => publication.deleted.extend(all),
            n if all.contains(&n) => drop(publication.deleted.insert(n)),
            _ => return Err(Failure::code(40_060)),
        }
        Ok(ok())
    })
}

fn article(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    context.data(|data| {
        let found = data
            .publications
            .article(body.text("article_id"), context.now_ms());
        let publication = found.ok_or_else(|| Failure::code(53_600))?;
        Ok(json!({"news_item": items(publication, true)}))
    })
}

fn items(publication: &Publication, with_content: bool) -> Vec<Value> {
    let numbered = (1..).zip(&publication.news.articles);
    let show = |(n, article): (usize, &Value)| {
        let mut item = shown(article, with_content);
        if let Some(fields) = item.as_object_mut() {
            fields.insert("url".to_owned(), json!(publication.url(n)));
            fields.insert(
                "is_deleted".to_owned(),
                json!(publication.deleted.contains(&n)),
            );
        }
        item
    };
    numbered.map(show).collect()
}

fn list(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let with_content = !body.flag("no_content");
    context.data(|data| {
        let all = data.publications.all.values();
        let done: Vec<_> = all
            .filter(|one| one.status(context.now_ms()) == 0)
            .collect();
        page(&body, done.into_iter(), |publication| {
            let content = json!({"news_item": items(publication, with_content)});
            let at = publication.done_ms / 1_000;
            json!({"article_id": publication.article_id, "content": content, "update_time": at})
        })
    })
}
