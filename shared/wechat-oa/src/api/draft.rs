//! Family `draft`: articles before they are sent or published (protocol section 7.4).

use super::{
    Invalid, Meta,
    answer::Done,
    article::{Article, News},
    endpoint::{
        RetryClass::{Idempotent, Read},
        family,
    },
    material::check_page,
    rules::{each, filled},
    wire::{Flag, Number},
};
use serde::{Deserialize, Serialize};
use serde_with::BoolFromInt;
use std::ops::Not;

family! { "draft" for ANY:
    SwitchDrafts => DraftSwitch: Meta::post("/cgi-bin/draft/switch", "https://developers.weixin.qq.com/doc/offiaccount/Draft_Box/Temporary_MP_Switch.html")
        .retry(Idempotent).query(&["checkonly"]);
    AddDraft => DraftAdded: Meta::post("/cgi-bin/draft/add", "https://developers.weixin.qq.com/doc/offiaccount/Draft_Box/Add_draft.html"), validate;
    GetDraft => News: Meta::post("/cgi-bin/draft/get", "https://developers.weixin.qq.com/doc/offiaccount/Draft_Box/Get_draft.html")
        .retry(Read), check(media_id: filled);
    DeleteDraft => Done: Meta::post("/cgi-bin/draft/delete", "https://developers.weixin.qq.com/doc/offiaccount/Draft_Box/Delete_draft.html")
        .retry(Idempotent), check(media_id: filled);
    UpdateDraft => Done: Meta::post("/cgi-bin/draft/update", "https://developers.weixin.qq.com/doc/offiaccount/Draft_Box/Update_draft.html")
        .retry(Idempotent), check(media_id: filled, articles: check_article);
    CountDrafts => DraftCount: Meta::get("/cgi-bin/draft/count", "https://developers.weixin.qq.com/doc/offiaccount/Draft_Box/Count_drafts.html");
    ListDrafts => DraftList: Meta::post("/cgi-bin/draft/batchget", "https://developers.weixin.qq.com/doc/offiaccount/Draft_Box/Get_draft_list.html")
        .retry(Read), check(count: check_page);
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::{article, call, media_id};
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
    ]
}

/// `POST /cgi-bin/draft/switch`: switches the draft box on. It cannot be switched off again.
#[serde_with::serde_as]
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct SwitchDrafts {
    /// Only ask; in the query.
    #[serde_as(as = "BoolFromInt")]
    #[serde(skip_serializing_if = "Not::not")]
    pub checkonly: bool,
}

/// Whether the draft box is on.
#[serde_with::serde_as]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct DraftSwitch {
    /// Whether it is.
    #[serde_as(as = "Flag")]
    #[serde(default)]
    pub is_open: bool,
}

/// `POST /cgi-bin/draft/add`: drafts articles that belong together.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AddDraft {
    pub articles: Vec<Article>,
}

impl AddDraft {
    /// There are articles, each with title, text and, when it is no picture article, a cover.
    ///
    /// # Errors
    /// When there are not.
    pub fn validate(&self) -> Result<(), Invalid> {
        Invalid::unless(!self.articles.is_empty(), "articles", "must not be empty")?;
        each("articles", &self.articles, Article::validate)
    }
}

/// A draft.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DraftAdded {
    /// Its id; gone once it is sent or published.
    pub media_id: String,
}

/// `POST /cgi-bin/draft/get`: the articles of a draft.
#[derive(Debug, Clone, Serialize)]
pub struct GetDraft {
    pub media_id: String,
}

/// `POST /cgi-bin/draft/delete`: throws a draft away; there is no way back.
#[derive(Debug, Clone, Serialize)]
pub struct DeleteDraft {
    pub media_id: String,
}

/// `POST /cgi-bin/draft/update`: another article in place of one of a draft.
#[serde_with::serde_as]
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UpdateDraft {
    pub media_id: String,
    /// Which of its articles, from 0.
    #[serde_as(as = "Number")]
    pub index: u32,
    pub articles: Article,
}

fn check_article(field: &'static str, article: &Article) -> Result<(), Invalid> {
    article.validate().map_err(|broken| broken.inside(field))
}

/// `GET /cgi-bin/draft/count`: how many drafts there are.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct CountDrafts {}

/// How many drafts there are.
#[serde_with::serde_as]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct DraftCount {
    #[serde_as(as = "Number")]
    pub total_count: u64,
}

/// `POST /cgi-bin/draft/batchget`: a page of drafts.
///
/// ```
/// use wechat_oa::api::draft::ListDrafts;
///
/// assert!(ListDrafts { offset: 0, count: 20, no_content: true }.validate().is_ok());
/// assert!(ListDrafts { offset: 0, count: 21, no_content: true }.validate().is_err());
/// ```
#[serde_with::serde_as]
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ListDrafts {
    /// How many to leave out at the beginning.
    pub offset: u64,
    /// How many to tell, 1 to 20.
    pub count: u32,
    #[serde_as(as = "BoolFromInt")]
    #[serde(skip_serializing_if = "Not::not")]
    pub no_content: bool,
}

/// A page of drafts.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct DraftList {
    /// How many there are in all.
    #[serde_as(as = "Number")]
    pub total_count: u64,
    /// How many are on this page.
    #[serde_as(as = "Number")]
    pub item_count: u64,
    #[serde(default)]
    pub item: Vec<DraftItem>,
}

/// A draft on a page.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct DraftItem {
    pub media_id: String,
    #[serde(default)]
    pub content: News,
    /// When it was last changed, in seconds since 1970.
    #[serde_as(as = "Number")]
    #[serde(default)]
    pub update_time: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::article::ArticleType;
    use serde_json::{Value, json};

    fn article() -> Article {
        Article {
            article_type: Some(ArticleType::News),
            title: "标题".into(),
            author: Some("作者".into()),
            digest: Some("摘要".into()),
            content: "<p>正文</p>".into(),
            content_source_url: Some("https://example.com".into()),
            thumb_media_id: Some(
                "Th4mbQvR7tYwZaBcDeF1gHiJ3kLmN5oPqRsT8uVwXyZ0123456789AbCdEf-_Jk".into(),
            ),
            need_open_comment: Some(true),
            only_fans_can_comment: Some(false),
            ..Article::default()
        }
    }

    #[test]
    fn requests_are_those_of_the_fixtures() {
        let add = AddDraft {
            articles: vec![article()],
        };
        let expected: Value = serde_json::from_str(include_str!(
            "../../../../tests/fixtures/requests/draft_add.json"
        ))
        .unwrap();
        assert_eq!((json!(add), add.validate()), (expected, Ok(())));
    }

    #[test]
    fn responses_are_those_of_the_fixtures() {
        let added: DraftAdded = serde_json::from_str(include_str!(
            "../../../../tests/fixtures/responses/draft_add.json"
        ))
        .unwrap();
        assert_eq!(added.media_id.len(), 64);
        let draft: News = serde_json::from_str(include_str!(
            "../../../../tests/fixtures/responses/draft_get.json"
        ))
        .unwrap();
        let first = draft.news_item.first().unwrap();
        assert_eq!(
            (first.author.as_str(), first.show_cover_pic),
            ("作者", false)
        );
        let count: DraftCount = serde_json::from_str(include_str!(
            "../../../../tests/fixtures/responses/draft_count.json"
        ))
        .unwrap();
        assert_eq!(count.total_count, 3);
        let list: DraftList = serde_json::from_str(include_str!(
            "../../../../tests/fixtures/responses/draft_batchget.json"
        ))
        .unwrap();
        let item = list.item.first().unwrap();
        assert_eq!(
            (item.content.news_item.len(), item.update_time),
            (1, 1_735_692_000)
        );
    }

    #[test]
    fn a_wrong_draft_names_article_and_field() {
        assert!(AddDraft { articles: vec![] }.validate().is_err());
        let mut articles = vec![article(); 2];
        articles[1].content.clear();
        let broken = AddDraft { articles }.validate().unwrap_err();
        assert_eq!(broken.field, "articles[1].content");
        let update = UpdateDraft {
            media_id: "m".into(),
            index: 0,
            articles: Article::default(),
        };
        assert_eq!(update.validate().unwrap_err().field, "articles.title");
    }

    #[test]
    fn asking_and_switching_are_told_apart() {
        assert_eq!(
            json!(SwitchDrafts { checkonly: true }),
            json!({"checkonly": 1})
        );
        assert_eq!(json!(SwitchDrafts::default()), json!({}));
        let on: DraftSwitch = serde_json::from_value(json!({"errcode": 0, "is_open": 1})).unwrap();
        assert!(on.is_open);
    }
}
