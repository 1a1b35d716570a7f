//! Control of comments: what readers write below an article.

use crate::{
    account_data::{Comment, is_openid},
    refusal::Refusal,
    state::State,
};
use serde::Deserialize;

/// A comment below an article that went out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommentRequest {
    /// `msg_data_id` of a mass send or a publication.
    pub msg_data_id: u64,
    /// The article, from 0.
    #[serde(default)]
    pub index: u64,
    /// Who writes.
    pub openid: String,
    /// What they write.
    pub content: String,
}

impl State {
    /// Writes a comment; answers its id. Refused when the article is unknown or takes none.
    pub fn comment(&self, app_id: &str, request: &CommentRequest) -> Result<u64, Refusal> {
        if !is_openid(&request.openid) {
            return Err(Refusal::field("openid", "must be an openid"));
        }
        let comment = Comment {
            openid: request.openid.clone(),
            content: request.content.clone(),
            at_ms: self.clock().now_ms(),
            elected: false,
            reply: None,
        };
        self.with_account(app_id, |account| {
            let comments = &mut account.data.comments;
            let topic = comments.topic(request.msg_data_id, request.index);
            match topic {
                Some(topic) if topic.open => Ok(topic.add(comment)),
                Some(_) => Err(Refusal::field("msg_data_id", "comments are closed")),
                None => Err(Refusal::Unknown {
                    what: "article",
                    name: request.msg_data_id.to_string(),
                }),
            }
        })?
    }
}
