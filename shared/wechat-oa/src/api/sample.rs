//! What the `samples` of the families are made of: one request of every endpoint, with every field its page names
//! where it has a type.

use super::{
    Body, Download, Endpoint, Error, File, Meta, answer,
    article::{Article, ArticleType, NewsArticle},
    template::{DataValue, MiniProgram},
};
use crate::ids::{AppId, AppSecret, OpenId};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A request as it travels, and how its answer is read.
pub(crate) struct Sample {
    pub(crate) meta: Meta,
    pub(crate) body: Body,
    pub(crate) read: Read,
}

/// Reads what the endpoint of that path answered.
type Read = fn(&str, u16, Vec<u8>) -> Result<(), Error>;

/// A call that answers JSON.
pub(crate) fn call<E>(request: E) -> Sample
where
    E: Endpoint<Response: DeserializeOwned>,
{
    sample(&request, |path, status, body| {
        let body = answer::accept(path, status, body)?;
        let _: E::Response = answer::parse(path, &body)?;
        Ok(())
    })
}

/// A call without a type, whose answer is passed on.
pub(crate) fn passed(meta: Meta) -> Sample {
    Sample {
        meta,
        body: Body::json(Vec::new()),
        read: |path, status, body| {
            let body = answer::accept(path, status, body)?;
            let _: Value = answer::parse(path, &body)?;
            Ok(())
        },
    }
}

/// A call that answers a file.
pub(crate) fn download<E>(request: E) -> Sample
where
    E: Endpoint<Response: From<Download>>,
{
    sample(&request, |path, status, body| {
        let bytes = answer::accept_bytes(path, status, body)?;
        let _ = E::Response::from(Download {
            content_type: None,
            file_name: None,
            bytes,
        });
        Ok(())
    })
}

/// A page for browsers.
pub(crate) fn page<E: Endpoint>(request: E) -> Sample {
    sample(&request, |_, _, _| Ok(()))
}

fn sample<E: Endpoint>(request: &E, read: Read) -> Sample {
    let body = Body::of(request);
    Sample {
        meta: E::META,
        body: body.unwrap_or_else(|error| panic!("{error}")),
        read,
    }
}

pub(crate) fn app_id() -> AppId {
    AppId::try_from("wx5f2c8a1d9e3b7046").unwrap()
}

pub(crate) fn secret() -> AppSecret {
    AppSecret("0123456789abcdef0123456789abcdef".into())
}

pub(crate) fn openid() -> OpenId {
    OpenId::try_from("oT3x_uK9bqVwZ2m4LrNcY8dEfGhI").unwrap()
}

pub(crate) fn kf_account() -> String {
    "test1@example".into()
}

pub(crate) fn template_id() -> String {
    "ngqIpbwh8bUfcSsECmogfXcV14J0tQlEpBO27izEYtY".into()
}

pub(crate) fn miniprogram() -> Option<MiniProgram> {
    Some(MiniProgram {
        appid: app_id(),
        pagepath: "pages/index".into(),
    })
}

pub(crate) fn value() -> DataValue {
    DataValue {
        value: "你好".into(),
        color: Some("#173177".into()),
    }
}

pub(crate) fn jpeg() -> File {
    File::new("m.jpg", b"\xff\xd8\xff\xe0".to_vec())
}

pub(crate) fn media_id() -> String {
    "9pXk2LmQvR7tYwZaBcDeF1gHiJ3kLmN5oPqRsT8uVwXyZ0123456789AbCdEfGhI".into()
}

pub(crate) fn article() -> Article {
    Article {
        article_type: Some(ArticleType::News),
        title: "标题".into(),
        author: Some("作者".into()),
        digest: Some("摘要".into()),
        content: "<p>正文</p>".into(),
        content_source_url: Some("https://example.com".into()),
        thumb_media_id: Some(media_id()),
        need_open_comment: Some(true),
        only_fans_can_comment: Some(false),
        pic_crop_235_1: Some("0_0_1_1".into()),
        pic_crop_1_1: Some("0_0_1_1".into()),
        image_info: Some(serde_json::json!({})),
    }
}

pub(crate) fn news() -> NewsArticle {
    NewsArticle {
        title: "标题".into(),
        thumb_media_id: media_id(),
        author: Some("作者".into()),
        digest: Some("摘要".into()),
        show_cover_pic: true,
        content: "<p>正文</p>".into(),
        content_source_url: "https://example.com".into(),
        need_open_comment: Some(true),
        only_fans_can_comment: Some(true),
    }
}
