//! What a handler is asked.

use serde_json::Value;
use shared::{account::Account, lambda::AccountClient, store::UserSessions, time::Timestamp};
use std::sync::Arc;
use wechat_oa::ids::OpenId;

/// A push that is to be answered, and all that a handler may use for that.
pub struct Asked {
    /// The account, with its name and settings.
    pub account: Arc<Account>,
    /// Who sent the push.
    pub openid: OpenId,
    /// The push as the inbox has it: `kind`, `from`, `to`, `create_time` and its own fields.
    pub push: Value,
    pub now: Timestamp,
    /// What is kept of the sender from push to push.
    pub sessions: UserSessions,
    /// WeChat's API, with the account's token.
    pub client: Arc<AccountClient>,
}

impl Asked {
    /// A text of the push, such as `content` of a text message or `event_key`; empty where it has none.
    pub fn text(&self, field: &str) -> &str {
        let text = self.push.get(field).and_then(Value::as_str);
        text.unwrap_or_default()
    }
}
