//! Comments below articles (protocol 7.5).

use super::library::News;
use serde_json::Value;
use std::collections::BTreeMap;

/// One comment.
#[derive(Clone, Debug)]
pub(crate) struct Comment {
    pub(crate) openid: String,
    pub(crate) content: String,
    pub(crate) at_ms: i64,
    pub(crate) elected: bool,
    pub(crate) reply: Option<(String, i64)>,
}

/// The comments below one article.
#[derive(Default)]
pub(crate) struct Topic {
    pub(crate) open: bool,
    made: u64,
    pub(crate) comments: BTreeMap<u64, Comment>,
}

/// Articles that went out, by `msg_data_id` and index from 0.
#[derive(Default)]
pub(crate) struct Comments {
    topics: BTreeMap<(u64, u64), Topic>,
}

impl Comments {
    /// Articles went out: comments are open where the article says so.
    pub(crate) fn publish(&mut self, msg_data_id: u64, news: &News) {
        for (index, article) in (0..).zip(&news.articles) {
            let open = article.get("need_open_comment").and_then(Value::as_i64) == Some(1);
            let topic = Topic {
                open,
                ..Topic::default()
            };
            self.topics.insert((msg_data_id, index), topic);
        }
    }

    pub(crate) fn topic(&mut self, msg_data_id: u64, index: u64) -> Option<&mut Topic> {
        self.topics.get_mut(&(msg_data_id, index))
    }
}

impl Topic {
    /// A new comment's id.
    pub(crate) fn add(&mut self, comment: Comment) -> u64 {
        self.made += 1;
        self.comments.insert(self.made, comment);
        self.made
    }
}
