//! media, material, draft, freepublish, comment.

use super::{Sample, call, download, jpeg};
use wechat_oa::api::{
    File,
    article::{Article, ArticleType, NewsArticle},
    comment::*,
    draft::*,
    freepublish::*,
    material::*,
    media::*,
};

fn media_id() -> String {
    "9pXk2LmQvR7tYwZaBcDeF1gHiJ3kLmN5oPqRsT8uVwXyZ0123456789AbCdEfGhI".into()
}

fn article() -> Article {
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

pub(super) fn news() -> NewsArticle {
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

pub(super) fn all() -> Vec<Sample> {
    [kept(), written(), comments()]
        .into_iter()
        .flatten()
        .collect()
}

fn kept() -> Vec<Sample> {
    let description = VideoDescription {
        title: "标题".into(),
        introduction: "介绍".into(),
    };
    vec![
        call(UploadMedia {
            kind: MediaKind::Image,
            media: jpeg(),
        }),
        download(GetMedia {
            media_id: media_id(),
        }),
        download(GetJssdkVoice {
            media_id: media_id(),
        }),
        call(AddNews {
            articles: vec![news()],
        }),
        call(AddMaterial {
            kind: MediaKind::Video,
            description: Some(description),
            media: File::new("v.mp4", b"\0\0\0\x18ftypmp42".to_vec()),
        }),
        download(GetMaterial {
            media_id: media_id(),
        }),
        call(DeleteMaterial {
            media_id: media_id(),
        }),
        call(UpdateNews {
            media_id: media_id(),
            index: 0,
            articles: news(),
        }),
        call(CountMaterials {}),
        call(ListMaterials {
            kind: MaterialKind::News,
            offset: 0,
            count: 20,
        }),
    ]
}

fn written() -> Vec<Sample> {
    vec![
        call(SwitchDrafts { checkonly: true }),
        call(AddDraft {
            articles: vec![article()],
        }),
        call(GetDraft {
            media_id: media_id(),
        }),
        call(DeleteDraft {
            media_id: media_id(),
        }),
        call(UpdateDraft {
            media_id: media_id(),
            index: 0,
            articles: article(),
        }),
        call(CountDrafts {}),
        call(ListDrafts {
            offset: 0,
            count: 20,
            no_content: true,
        }),
        call(Publish {
            media_id: media_id(),
        }),
        call(GetPublication {
            publish_id: 2_247_503_051,
        }),
        call(DeletePublished {
            article_id: "a".into(),
            index: Some(1),
        }),
        call(GetPublished {
            article_id: "a".into(),
        }),
        call(ListPublished {
            offset: 0,
            count: 20,
            no_content: true,
        }),
    ]
}

fn comments() -> Vec<Sample> {
    let (msg_data_id, index, user_comment_id) = (2_247_483_920, Some(0), 1);
    vec![
        call(OpenComments { msg_data_id, index }),
        call(CloseComments { msg_data_id, index }),
        call(ListComments {
            msg_data_id,
            index,
            begin: 0,
            count: 49,
            filter: CommentFilter::Elected,
        }),
        call(ElectComment {
            msg_data_id,
            index,
            user_comment_id,
        }),
        call(UnelectComment {
            msg_data_id,
            index,
            user_comment_id,
        }),
        call(DeleteComment {
            msg_data_id,
            index,
            user_comment_id,
        }),
        call(AddCommentReply {
            msg_data_id,
            index,
            user_comment_id,
            content: "谢谢".into(),
        }),
        call(DeleteCommentReply {
            msg_data_id,
            index,
            user_comment_id,
        }),
    ]
}
