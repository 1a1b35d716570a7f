//! Permanent materials (protocol 7.4).

use super::{
    Handle, Route, Verb,
    article::{articles, check, news_item, page, replace},
    call::Context,
    failure::{Failure, ok},
    fields::Fields,
    get,
    media::video_url,
    post,
    reply::Reply,
    upload::{file, limits_of},
};
use crate::{
    account_data::{Library, News},
    random::media_id,
};
use serde_json::{Value, json};

/// Pictures and articles of one account; of every other kind a hundredth.
const MATERIALS: usize = 100_000;

pub(super) const ROUTES: &[Route] = &[
    post("/cgi-bin/material/add_news", add_news),
    post("/cgi-bin/material/add_material", add),
    Route::new(
        Verb::Post,
        "/cgi-bin/material/get_material",
        Handle::Any(read),
    ),
    post("/cgi-bin/material/del_material", delete),
    post("/cgi-bin/material/update_news", update),
    get("/cgi-bin/material/get_materialcount", count),
    post("/cgi-bin/material/batchget_material", list),
];

fn add_news(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let id = media_id();
    context.data(|data| {
        let articles = articles(&body)?;
        check(data, &articles, context.now_ms())?;
        let news = News {
            articles,
            updated_ms: context.now_ms(),
        };
        data.library.news.insert(id.clone(), news);
        Ok(json!({"media_id": id}))
    })
}

fn add(context: &Context<'_>) -> Result<Value, Failure> {
    let limits = limits_of(context.call)?;
    let media = file(context.call, limits)?;
    let id = media_id();
    let mut answer = json!({"media_id": id});
    if let Some(fields) = answer.as_object_mut().filter(|_| limits.kind == "image") {
        fields.insert("url".to_owned(), json!(picture_url(&id)));
    }
    context.data(|data| {
        let most = if limits.kind == "image" {
            MATERIALS
        } else {
            MATERIALS / 100
        };
        if of_kind(&data.library, limits.kind).count() >= most {
            return Err(Failure::code(45_074));
        }
        data.library.permanent.insert(id, media);
        Ok(answer)
    })
}

fn picture_url(id: &str) -> String {
    format!("http://mmbiz.qpic.cn/mmbiz_png/{id}/0?wx_fmt=png")
}

fn of_kind<'a>(
    library: &'a Library,
    kind: &'a str,
) -> impl Iterator<Item = (&'a String, &'a crate::account_data::Media)> {
    library
        .permanent
        .iter()
        .filter(move |(_, media)| media.kind == kind)
}

fn read(context: &Context<'_>) -> Result<Reply, Failure> {
    let body: Value = context.call.json()?;
    let id = body.text("media_id");
    context.data(|data| {
        if let Some(news) = data.library.news.get(id) {
            return Ok(Reply::Json(json!({"news_item": news_item(news, true)})));
        }
        let media = data.library.permanent.get(id).cloned();
        let media = media.ok_or_else(|| Failure::code(40_007))?;
        Ok(match media.kind.as_str() {
            "video" => Reply::Json(json!({
                "title": media.title, "description": media.introduction, "down_url": video_url(id),
            })),
            _ => Reply::File {
                name: media.name,
                content_type: media.content_type,
                bytes: media.bytes,
            },
        })
    })
}

fn delete(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let id = body.text("media_id");
    context.data(|data| {
        if data.menus.names(id) {
            return Err(Failure::code(48_005));
        }
        let library = &mut data.library;
        let gone = library.permanent.remove(id).is_some() || library.news.remove(id).is_some();
        gone.then(ok).ok_or_else(|| Failure::code(40_007))
    })
}

fn update(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    context.data(|data| {
        let news = data.library.news.get_mut(body.text("media_id"));
        replace(news, &body, context.now_ms()).map(|()| ok())
    })
}

fn count(context: &Context<'_>) -> Result<Value, Failure> {
    context.data(|data| {
        let of = |kind| of_kind(&data.library, kind).count();
        Ok(json!({
            "voice_count": of("voice"), "video_count": of("video"), "image_count": of("image"),
            "news_count": data.library.news.len(),
        }))
    })
}

fn list(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    context.data(|data| match body.text("type") {
        "news" => page(&body, data.library.news.iter(), |(id, news)| {
            let at = news.updated_ms / 1_000;
            let content =
                json!({"news_item": news_item(news, true), "create_time": at, "update_time": at});
            json!({"media_id": id, "content": content, "update_time": at})
        }),
        kind @ ("image" | "voice" | "video") => {
            let all: Vec<_> = of_kind(&data.library, kind).collect();
            page(&body, all.into_iter(), |(id, media)| {
                let at = media.created_ms / 1_000;
                let url = if kind == "image" {
                    picture_url(id)
                } else {
                    String::new()
                };
                json!({"media_id": id, "name": media.name, "update_time": at, "url": url})
            })
        }
        _ => Err(Failure::code(40_004)),
    })
}
