//! PUBLISHJOBFINISH.

use super::Text;
use crate::callback::{element::Element, unread::Faults};
use serde::Serialize;

/// What became of a publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublishResult<'a> {
    /// The `publish_id` of the submission.
    pub publish_id: Text<'a>,
    /// 0 done, 1 running, 2 originality failed, 3 failed, 4 refused by review, 5 deleted by the
    /// author, 6 blocked by the platform.
    pub publish_status: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub article_id: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub articles: Vec<PublishedArticle<'a>>,
    /// The parts that failed, from 1.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fail_idx: Vec<Text<'a>>,
}

/// A part of a published article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublishedArticle<'a> {
    /// Which part, from 1.
    pub idx: Option<u32>,
    /// Where it can be read.
    pub article_url: Text<'a>,
}

impl<'a> PublishResult<'a> {
    pub(super) fn read(root: &mut Element<'a>, faults: &mut Faults) -> Self {
        let mut none = Element::default();
        let info = root.child("PublishEventInfo").unwrap_or(&mut none);
        let article = |item: &mut Element<'a>| {
            let article_url = item.text_of("article_url").unwrap_or_default();
            PublishedArticle {
                idx: item.number_of("idx", faults),
                article_url,
            }
        };
        let details = info.list_in("article_detail", "item");
        let articles = details.map(article).collect();
        Self {
            publish_id: info.text_of("publish_id").unwrap_or_default(),
            publish_status: info.number_of("publish_status", faults),
            article_id: info.text_of("article_id"),
            articles,
            fail_idx: info
                .children_of("fail_idx")
                .map(|idx| std::mem::take(&mut idx.text))
                .collect(),
        }
    }
}
