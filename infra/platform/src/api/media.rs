//! Temporary media, and uploads that articles and mass sends need (protocol 7.4 and 6).

use super::{
    Handle, Route, Verb,
    article::{articles, check},
    call::Context,
    failure::Failure,
    fields::Fields,
    post,
    reply::Reply,
    upload::{ARTICLE_PICTURE, file, limits_of},
};
use crate::{
    account_data::{Media, News},
    random::media_id,
};
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    post("/cgi-bin/media/upload", upload),
    Route::new(Verb::Get, "/cgi-bin/media/get", Handle::Any(get)),
    Route::new(
        Verb::Get,
        "/cgi-bin/media/get/jssdk",
        Handle::Any(get_voice),
    ),
    post("/cgi-bin/media/uploadimg", upload_picture),
    post("/cgi-bin/media/uploadnews", upload_news),
    post("/cgi-bin/media/uploadvideo", upload_video),
];

fn upload(context: &Context<'_>) -> Result<Value, Failure> {
    let limits = limits_of(context.call)?;
    let media = file(context.call, limits)?;
    let id = media_id();
    let field = if limits.kind == "thumb" {
        "thumb_media_id"
    } else {
        "media_id"
    };
    let answer = json!({"type": limits.kind, field: id, "created_at": context.now_ms() / 1_000});
    context.data(|data| {
        data.library.temporary.insert(id, media);
        Ok(answer)
    })
}

/// Videos come as an address, everything else as bytes.
fn get(context: &Context<'_>) -> Result<Reply, Failure> {
    let media = temporary(context)?;
    match media.kind.as_str() {
        "video" => Ok(Reply::Json(
            json!({"video_url": video_url(context.call.query("media_id").unwrap_or_default())}),
        )),
        _ => Ok(Reply::File {
            name: media.name,
            content_type: media.content_type,
            bytes: media.bytes,
        }),
    }
}

fn get_voice(context: &Context<'_>) -> Result<Reply, Failure> {
    let media = temporary(context)?;
    match media.kind.as_str() {
        "voice" => Ok(Reply::File {
            name: "voice.speex".to_owned(),
            content_type: "audio/speex",
            bytes: media.bytes,
        }),
        _ => Err(Failure::code(40_007)),
    }
}

fn temporary(context: &Context<'_>) -> Result<Media, Failure> {
    let id = context
        .call
        .query("media_id")
        .ok_or_else(|| Failure::code(41_006))?;
    context.data(|data| {
        let found = data.library.temporary(id, context.now_ms()).cloned();
        found.ok_or_else(|| Failure::code(40_007))
    })
}

/// Where a video would be downloaded; nothing is served there.
pub(super) fn video_url(media_id: &str) -> String {
    format!("http://203.0.113.50/{media_id}.mp4")
}

fn upload_picture(context: &Context<'_>) -> Result<Value, Failure> {
    let media = file(context.call, &ARTICLE_PICTURE)?;
    let id = media_id();
    let url = format!("http://mmbiz.qpic.cn/mmbiz_jpg/{id}/0");
    context.data(|data| {
        data.library.pictures.insert(id, media);
        Ok(json!({"url": url}))
    })
}

fn upload_news(context: &Context<'_>) -> Result<Value, Failure> {
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
        Ok(json!({"type": "news", "media_id": id, "created_at": context.now_ms() / 1_000}))
    })
}

/// Turns an uploaded video into the one a mass send takes.
fn upload_video(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let id = media_id();
    context.data(|data| {
        let uploaded = data
            .library
            .file(body.text("media_id"), context.now_ms())
            .cloned();
        let video = uploaded.filter(|media| media.kind == "video");
        let mut video = video.ok_or_else(|| Failure::code(40_007))?;
        video.title = body.text("title").to_owned();
        video.introduction = body.text("description").to_owned();
        video.created_ms = context.now_ms();
        data.library.temporary.insert(id.clone(), video);
        Ok(json!({"type": "video", "media_id": id, "created_at": context.now_ms() / 1_000}))
    })
}
