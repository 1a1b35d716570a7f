//! Family `freepublish`: articles made public without a message to followers (protocol section
//! 7.4).

use super::{
    Meta,
    answer::Done,
    article::News,
    endpoint::{RetryClass::Read, family},
    material::check_page,
    rules::filled,
    wire::{Number, NumberText},
};
use serde::{Deserialize, Serialize};
use serde_with::BoolFromInt;
use std::ops::Not;

family! { "freepublish" for VERIFIED_OR_MORE:
    Publish => PublishJob: Meta::post("/cgi-bin/freepublish/submit", "https://developers.weixin.qq.com/doc/offiaccount/Publish/Publish.html"), check(media_id: filled);
    GetPublication => Publication: Meta::post("/cgi-bin/freepublish/get", "https://developers.weixin.qq.com/doc/offiaccount/Publish/Get_status.html").retry(Read);
    DeletePublished => Done: Meta::post("/cgi-bin/freepublish/delete", "https://developers.weixin.qq.com/doc/offiaccount/Publish/Delete_posts.html"), check(article_id: filled);
    GetPublished => News: Meta::post("/cgi-bin/freepublish/getarticle", "https://developers.weixin.qq.com/doc/offiaccount/Publish/Get_article_from_id.html")
        .retry(Read), check(article_id: filled);
    ListPublished => PublishedList: Meta::post("/cgi-bin/freepublish/batchget", "https://developers.weixin.qq.com/doc/offiaccount/Publish/Get_publication_records.html")
        .retry(Read), check(count: check_page);
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::{call, media_id};
    vec![
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

/// `POST /cgi-bin/freepublish/submit`: publishes a draft; PUBLISHJOBFINISH tells how it went.
/// 53503 to 53505 when the draft did not pass the checks.
///
/// ```
/// use wechat_oa::api::{Endpoint, endpoint::RetryClass, freepublish::Publish};
///
/// assert_eq!(Publish::META.retry, RetryClass::Once);
/// ```
#[derive(Debug, Clone, Serialize)]
pub struct Publish {
    pub media_id: String,
}

/// A publication on its way.
#[serde_with::serde_as]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct PublishJob {
    #[serde_as(as = "Number")]
    pub publish_id: u64,
    /// The id under which its comments are.
    #[serde_as(as = "Option<Number>")]
    pub msg_data_id: Option<u64>,
}

/// `POST /cgi-bin/freepublish/get`: how far a publication is. 53600 for an unknown one.
#[serde_with::serde_as]
#[derive(Debug, Clone, Copy, Serialize)]
pub struct GetPublication {
    #[serde_as(as = "NumberText")]
    pub publish_id: u64,
}

/// How far a publication is.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Publication {
    #[serde_as(as = "Number")]
    pub publish_id: u64,
    #[serde_as(as = "serde_with::FromInto<StatusNumber>")]
    pub publish_status: PublishStatus,
    /// The article, once it is public.
    pub article_id: Option<String>,
    /// Where its parts can be read, once it is public.
    #[serde(default)]
    pub article_detail: PublishedParts,
    /// The parts that failed, from 1.
    #[serde_as(as = "Vec<Number>")]
    #[serde(default)]
    pub fail_idx: Vec<u32>,
}

/// How a publication stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublishStatus {
    /// It is public.
    Done,
    /// It is on its way.
    Running,
    /// It is not original.
    NotOriginal,
    /// It failed.
    Failed,
    /// The review refused it.
    Refused,
    /// It was public, then its author deleted all of it.
    Deleted,
    /// It was public, then the platform blocked all of it.
    Blocked,
    /// Something newer.
    Other(i64),
}

#[serde_with::serde_as]
#[derive(Deserialize)]
#[serde(transparent)]
struct StatusNumber(#[serde_as(as = "Number")] i64);

impl From<StatusNumber> for PublishStatus {
    fn from(StatusNumber(number): StatusNumber) -> Self {
        match number {
            0 => Self::Done,
            1 => Self::Running,
            2 => Self::NotOriginal,
            3 => Self::Failed,
            4 => Self::Refused,
            5 => Self::Deleted,
            6 => Self::Blocked,
            other => Self::Other(other),
        }
    }
}

/// The parts of something public.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct PublishedParts {
    #[serde(default)]
    pub item: Vec<PublishedPart>,
}

/// A part of something public.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PublishedPart {
    /// Which one, from 1.
    #[serde_as(as = "Number")]
    pub idx: u32,
    /// Where it can be read.
    pub article_url: String,
}

/// `POST /cgi-bin/freepublish/delete`: takes something public away; there is no way back.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Serialize)]
pub struct DeletePublished {
    pub article_id: String,
    /// Which of its parts, from 1; 0 or absent for all.
    pub index: Option<u32>,
}

/// `POST /cgi-bin/freepublish/getarticle`: the parts of something public.
#[derive(Debug, Clone, Serialize)]
pub struct GetPublished {
    pub article_id: String,
}

/// `POST /cgi-bin/freepublish/batchget`: a page of what is public.
#[serde_with::serde_as]
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ListPublished {
    /// How many to leave out at the beginning.
    pub offset: u64,
    /// How many to tell, 1 to 20.
    pub count: u32,
    #[serde_as(as = "BoolFromInt")]
    #[serde(skip_serializing_if = "Not::not")]
    pub no_content: bool,
}

/// A page of what is public.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PublishedList {
    /// How many there are in all.
    #[serde_as(as = "Number")]
    pub total_count: u64,
    /// How many are on this page.
    #[serde_as(as = "Number")]
    pub item_count: u64,
    #[serde(default)]
    pub item: Vec<PublishedItem>,
}

/// Something public on a page.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PublishedItem {
    pub article_id: String,
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
    use serde_json::json;

    fn publication(text: &str) -> Publication {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn responses_are_those_of_the_fixtures() {
        let job: PublishJob = serde_json::from_str(include_str!(
            "../../../../tests/fixtures/responses/freepublish_submit.json"
        ))
        .unwrap();
        assert_eq!(
            (job.publish_id, job.msg_data_id),
            (2_247_503_051, Some(2_247_483_930))
        );
        let done = publication(include_str!(
            "../../../../tests/fixtures/responses/freepublish_get_ok.json"
        ));
        assert_eq!(done.publish_status, PublishStatus::Done);
        assert_eq!(done.article_detail.item.first().unwrap().idx, 1);
        let running = publication(include_str!(
            "../../../../tests/fixtures/responses/freepublish_get_publishing.json"
        ));
        assert_eq!(
            (running.publish_status, running.article_id),
            (PublishStatus::Running, None)
        );
        let failed = publication(include_str!(
            "../../../../tests/fixtures/responses/freepublish_get_original_failed.json"
        ));
        assert_eq!(failed.publish_status, PublishStatus::NotOriginal);
        assert_eq!(failed.fail_idx, [1, 2]);
    }

    #[test]
    fn a_publication_of_tomorrow_is_read() {
        let text = json!({"publish_id": 18446744073709551615_u64, "publish_status": "9"});
        let new = publication(&text.to_string());
        assert_eq!(
            (new.publish_id, new.publish_status),
            (u64::MAX, PublishStatus::Other(9))
        );
        let list: PublishedList = serde_json::from_value(json!({
            "total_count": 1, "item_count": 1,
            "item": [{"article_id": "a", "content": {"news_item": [{"title": "t", "is_deleted": true}]}, "update_time": 1}],
        }))
        .unwrap();
        assert!(list.item[0].content.news_item[0].is_deleted);
    }

    #[test]
    fn ids_are_asked_for_and_pages_have_twenty() {
        assert_eq!(
            json!(GetPublication { publish_id: 7 }),
            json!({"publish_id": "7"})
        );
        assert!(
            Publish {
                media_id: "  ".into()
            }
            .validate()
            .is_err()
        );
        let list = ListPublished {
            offset: 0,
            count: 21,
            no_content: true,
        };
        assert_eq!(list.validate().unwrap_err().field, "count");
        assert_eq!(json!(list)["no_content"], 1);
    }
}
