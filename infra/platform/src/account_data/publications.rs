//! Published articles (protocol 7.4).

use super::library::News;
use std::collections::{BTreeMap, BTreeSet};

/// A draft on its way to everybody, or there.
pub(crate) struct Publication {
    pub(crate) article_id: String,
    pub(crate) news: News,
    /// When it is done.
    pub(crate) done_ms: i64,
    /// How it ends: 0 published, 2 originality failed, 3 failed, 4 refused.
    pub(crate) ends: u8,
    pub(crate) deleted: BTreeSet<usize>,
}

impl Publication {
    /// `publish_status` now.
    pub(crate) fn status(&self, now_ms: i64) -> u8 {
        match now_ms >= self.done_ms {
            false => 1,
            true if self.ends == 0 && self.deleted.len() == self.news.articles.len() => 5,
            true => self.ends,
        }
    }

    /// Where an article is read, by its number from 1.
    pub(crate) fn url(&self, n: usize) -> String {
        let id = &self.article_id;
        format!("http://mp.weixin.qq.com/s?__biz=MzA4NTEx&mid={id}&idx={n}&sn=ab12#rd")
    }
}

/// The publications of an account, by publish_id.
#[derive(Default)]
pub(crate) struct Publications {
    pub(crate) all: BTreeMap<u64, Publication>,
}

impl Publications {
    /// A published article by its id.
    pub(crate) fn article(&mut self, article_id: &str, now_ms: i64) -> Option<&mut Publication> {
        let mut all = self.all.values_mut();
        all.find(|one| one.article_id == article_id && [0, 5].contains(&one.status(now_ms)))
    }
}
