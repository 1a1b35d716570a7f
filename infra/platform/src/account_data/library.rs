//! The media, materials and drafts of an account (protocol 7.4).

use axum::body::Bytes;
use serde_json::Value;
use std::collections::BTreeMap;

/// Temporary media live for three days.
const LIFE_MS: i64 = 3 * 86_400_000;

/// A file.
#[derive(Clone)]
pub(crate) struct Media {
    /// `image`, `voice`, `video` or `thumb`.
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) content_type: &'static str,
    pub(crate) bytes: Bytes,
    pub(crate) title: String,
    pub(crate) introduction: String,
    pub(crate) created_ms: i64,
}

/// Articles under one id.
#[derive(Clone)]
pub(crate) struct News {
    pub(crate) articles: Vec<Value>,
    pub(crate) updated_ms: i64,
}

/// What an account uploaded and wrote.
#[derive(Default)]
pub(crate) struct Library {
    pub(crate) temporary: BTreeMap<String, Media>,
    pub(crate) permanent: BTreeMap<String, Media>,
    /// Articles of the time before drafts.
    pub(crate) news: BTreeMap<String, News>,
    pub(crate) drafts: BTreeMap<String, News>,
    /// Pictures inside articles, by the name in their address.
    pub(crate) pictures: BTreeMap<String, Media>,
}

impl Library {
    /// Temporary media that still live.
    pub(crate) fn temporary(&mut self, media_id: &str, now_ms: i64) -> Option<&Media> {
        self.temporary
            .retain(|_, media| now_ms - media.created_ms < LIFE_MS);
        self.temporary.get(media_id)
    }

    /// A file of either kind.
    pub(crate) fn file(&self, media_id: &str, now_ms: i64) -> Option<&Media> {
        let lives = |media: &&Media| now_ms - media.created_ms < LIFE_MS;
        let temporary = self.temporary.get(media_id).filter(lives);
        temporary.or_else(|| self.permanent.get(media_id))
    }

    /// Articles, as material or draft.
    pub(crate) fn articles(&self, media_id: &str) -> Option<&News> {
        self.news
            .get(media_id)
            .or_else(|| self.drafts.get(media_id))
    }
}
