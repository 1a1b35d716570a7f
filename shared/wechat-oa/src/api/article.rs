//! Articles: what is drafted, kept, sent and published (protocol sections 6 and 7.4).

use super::{
    Invalid,
    rules::filled,
    wire::{Flag, Number},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_with::BoolFromInt;

/// An article to draft. Its limits have changed over time and are left to WeChat; pictures in
/// `content` must come from [`UploadArticleImage`](super::mass::UploadArticleImage).
#[serde_with::serde_as]
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Article {
    /// What it is; an article with text when absent.
    pub article_type: Option<ArticleType>,
    pub title: String,
    pub author: Option<String>,
    /// Its summary; only a single article has one.
    pub digest: Option<String>,
    /// Its text, in HTML; scripts are taken out.
    pub content: String,
    /// The page that 阅读原文 ("read more") opens.
    pub content_source_url: Option<String>,
    /// Its cover, permanent material; a picture article needs none.
    pub thumb_media_id: Option<String>,
    /// Whether it can be commented on.
    #[serde_as(serialize_as = "Option<BoolFromInt>", deserialize_as = "Option<Flag>")]
    pub need_open_comment: Option<bool>,
    /// Whether only followers can comment.
    #[serde_as(serialize_as = "Option<BoolFromInt>", deserialize_as = "Option<Flag>")]
    pub only_fans_can_comment: Option<bool>,
    /// What of the cover is shown at 2.35:1: `X1_Y1_X2_Y2`.
    pub pic_crop_235_1: Option<String>,
    /// What of the cover is shown as a square: `X1_Y1_X2_Y2`.
    pub pic_crop_1_1: Option<String>,
    /// The pictures of a picture article, as the page of `draft/add` describes them.
    pub image_info: Option<Value>,
}

/// What an article is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ArticleType {
    News,
    Newspic,
    /// Something newer.
    #[serde(untagged)]
    Other(String),
}

impl Article {
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        filled("title", &self.title)?;
        filled("content", &self.content)?;
        match self.article_type {
            None | Some(ArticleType::News) => filled(
                "thumb_media_id",
                self.thumb_media_id.as_deref().unwrap_or_default(),
            ),
            _ => Ok(()),
        }
    }
}

/// An article of the time before drafts; at most 8 go together.
#[serde_with::serde_as]
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewsArticle {
    pub title: String,
    /// Its cover: permanent material, or for `uploadnews` a thumb.
    pub thumb_media_id: String,
    pub author: Option<String>,
    /// Its summary; only a single article has one.
    pub digest: Option<String>,
    /// Whether the cover is shown in the text.
    #[serde_as(serialize_as = "BoolFromInt", deserialize_as = "Flag")]
    pub show_cover_pic: bool,
    pub content: String,
    /// The page that 阅读原文 ("read more") opens.
    pub content_source_url: String,
    /// Whether it can be commented on.
    #[serde_as(serialize_as = "Option<BoolFromInt>", deserialize_as = "Option<Flag>")]
    pub need_open_comment: Option<bool>,
    /// Whether only followers can comment.
    #[serde_as(serialize_as = "Option<BoolFromInt>", deserialize_as = "Option<Flag>")]
    pub only_fans_can_comment: Option<bool>,
}

impl NewsArticle {
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        filled("title", &self.title)?;
        filled("content", &self.content)?;
        filled("thumb_media_id", &self.thumb_media_id)
    }
}

/// Articles that belong together, as WeChat keeps them.
#[serde_with::serde_as]
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct News {
    pub news_item: Vec<NewsItem>,
    /// When they came, in seconds since 1970; not everywhere.
    #[serde_as(as = "Option<Number>")]
    pub create_time: Option<i64>,
    /// When they were last changed, in seconds since 1970; not everywhere.
    #[serde_as(as = "Option<Number>")]
    pub update_time: Option<i64>,
}

/// An article as WeChat keeps it. What it does not tell is empty.
#[serde_with::serde_as]
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct NewsItem {
    /// What it is; text with pictures when absent.
    pub article_type: Option<ArticleType>,
    pub title: String,
    pub author: String,
    pub digest: String,
    /// Its text, in HTML; empty when the list was asked for without.
    pub content: String,
    /// The page that 阅读原文 ("read more") opens.
    pub content_source_url: String,
    pub thumb_media_id: String,
    /// Where the cover can be seen.
    pub thumb_url: Option<String>,
    /// Whether the cover is shown in the text.
    #[serde_as(as = "Flag")]
    pub show_cover_pic: bool,
    /// Whether it can be commented on.
    #[serde_as(as = "Flag")]
    pub need_open_comment: bool,
    /// Whether only followers can comment.
    #[serde_as(as = "Flag")]
    pub only_fans_can_comment: bool,
    /// Where it can be read; that of a draft is for a look only.
    pub url: String,
    /// Whether it was deleted after publication.
    #[serde_as(as = "Flag")]
    pub is_deleted: bool,
    /// The pictures of a picture article.
    pub image_info: Option<Value>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn article() -> Article {
        Article {
            title: "标题".into(),
            content: "<p>正文</p>".into(),
            thumb_media_id: Some("Th4mb".into()),
            ..Article::default()
        }
    }

    #[test]
    fn an_article_needs_title_text_and_cover() {
        assert_eq!(article().validate(), Ok(()));
        for (field, broken) in [
            (
                "title",
                Article {
                    title: " ".into(),
                    ..article()
                },
            ),
            (
                "content",
                Article {
                    content: String::new(),
                    ..article()
                },
            ),
            (
                "thumb_media_id",
                Article {
                    thumb_media_id: None,
                    ..article()
                },
            ),
        ] {
            assert_eq!(broken.validate().unwrap_err().field, field);
        }
        let pictures = Article {
            article_type: Some(ArticleType::Newspic),
            thumb_media_id: None,
            ..article()
        };
        assert_eq!(pictures.validate(), Ok(()));
        assert_eq!(
            NewsArticle::default().validate().unwrap_err().field,
            "title"
        );
    }

    #[test]
    fn an_article_of_any_age_is_read() {
        let item: NewsItem = serde_json::from_value(json!({
            "article_type": "short_video", "title": "t", "is_deleted": true, "need_open_comment": "1",
        }))
        .unwrap();
        assert!(item.is_deleted && item.need_open_comment && !item.show_cover_pic);
        let other = Some(ArticleType::Other("short_video".into()));
        assert_eq!(item.article_type, other);
    }
}
