//! Control functions over customer service and comments: what people do in their own apps.

use serde::Deserialize;

use crate::refusal::Refusal;
use crate::state::State;
use crate::world::{Comment, is_openid};

/// What happens at the customer-service desk.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeskChange {
    /// The service account meant by the two fields below.
    pub kf_account: String,
    /// Whether its worker is online.
    pub online: Option<bool>,
    /// The worker accepts the invitation.
    pub accepts: bool,
    /// Users who wait to be served.
    pub waiting: Vec<String>,
}

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
    /// Changes the desk. Refused when account, worker or invitation is unknown.
    pub fn change_desk(&self, app_id: &str, change: &DeskChange) -> Result<(), Refusal> {
        let now_ms = self.clock().now_ms();
        self.with_account(app_id, |account| {
            let desk = &mut account.world.desk;
            for openid in &change.waiting {
                desk.waiting.insert(openid.clone(), now_ms);
            }
            if change.online.is_none() && !change.accepts {
                return Ok(());
            }
            let worker = desk.workers.get_mut(&change.kf_account);
            let worker = worker.ok_or_else(|| Refusal::Unknown {
                what: "service account",
                name: change.kf_account.clone(),
            })?;
            worker.online = change.online.unwrap_or(worker.online);
            if change.accepts {
                let invited = worker.invited.take();
                let invited =
                    invited.ok_or_else(|| Refusal::field("accepts", "nobody is invited"))?;
                worker.wechat_id = invited.0;
            }
            Ok(())
        })?
    }

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
            let comments = &mut account.world.comments;
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
