//! What the tests of the management API share: a bundle to send with, and messages to send.

use crate::{Stage, accounts::SAFE};
use local::Options;
use serde_json::{Value, json};

/// A follower of the account `demo`.
pub const OPENID: &str = "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI";
/// Where template messages are posted.
pub const TEMPLATES: &str = "/v1/accounts/demo/template-messages";

/// A template message with that `client_msg_id`.
pub fn template(id: &str) -> Value {
    json!({
        "client_msg_id": id, "touser": OPENID, "template_id": "TPL",
        "data": { "thing1": { "value": "你好" } },
    })
}

/// A bundle whose simulated WeChat takes any template.
pub async fn open() -> Stage {
    let stage = Stage::open(Options::default()).await;
    let any = json!({ "check_templates": false });
    stage.control(&format!("sends/{SAFE}"), any).await;
    stage
}

/// Messages that arrived at the simulated WeChat.
pub fn arrived(stage: &Stage) -> usize {
    stage
        .wechat()
        .count_messages(&platform::MessageFilter::default())
}
