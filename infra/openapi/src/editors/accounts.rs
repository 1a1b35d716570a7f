//! The accounts file, and the file of assistants that `--assistants` lends to all accounts.

use schemars::JsonSchema;
use serde::Deserialize;
use shared::account::{
    AccountName, Allowances, Assistant, Caps, Class, Kind, LateReply, MassLimits, Pace, TokenApi,
    Waiting, Web,
};
use std::collections::BTreeMap;
use wechat_oa::callback::Mode;

/// Accounts of `cargo run -- --accounts FILE` and `wechat-doctor --accounts FILE`. It holds secrets: keep it out of
/// version control.
#[derive(JsonSchema, Deserialize)]
#[schemars(title = "accounts.toml")]
#[serde(deny_unknown_fields)]
pub(super) struct AccountsFile {
    /// The accounts by their names in routes.
    #[expect(dead_code, reason = "it is described, and read by the product")]
    accounts: BTreeMap<AccountName, AccountDocument>,
}

/// Assistants of `cargo run -- --assistants FILE`, for every account that has none of that name.
#[derive(JsonSchema, Deserialize)]
#[schemars(title = "assistants.toml")]
#[serde(deny_unknown_fields)]
pub(super) struct AssistantsFile {
    /// The assistants by their names in rules: `ask = "helper"`. One with no `url` is the simulated WeChat's.
    #[expect(dead_code, reason = "it is described, and read by the product")]
    #[schemars(transform = may_be_simulated)]
    assistants: BTreeMap<String, Assistant>,
}

/// The simulated WeChat's assistant needs no address.
fn may_be_simulated(schema: &mut schemars::Schema) {
    let lent = serde_json::json!({
        "type": "object",
        "additionalProperties": { "anyOf": [
            { "$ref": "#/definitions/Assistant" },
            {
                "type": "object",
                "not": { "anyOf": [{ "required": ["model"] }, { "required": ["key_parameter"] }] },
                "properties": { "url": { "const": "simulated" } },
            },
        ] },
    });
    if let serde_json::Value::Object(lent) = lent {
        schema.ensure_object().extend(lent);
    }
}

/// One Official Account.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it is described, and read by the product")]
pub(super) struct AccountDocument {
    /// AppID: `wx` and 16 hexadecimal digits.
    pub(super) app_id: String,
    /// 原始ID: `gh_` and 12 hexadecimal digits.
    original_id: String,
    /// 服务号 is `service`, 订阅号 `subscription`.
    kind: Kind,
    /// What the console's 接口权限 shows: 已认证 or 未认证.
    class: Option<Class>,
    /// AppSecret (开发者密码).
    app_secret: String,
    /// Token (令牌): 3 to 32 letters and digits.
    token: String,
    /// 明文模式 is `plain`, 兼容模式 `compatible`, 安全模式 `safe`.
    mode: Mode,
    /// EncodingAESKey (消息加解密密钥): 43 letters and digits; needed unless the mode is `plain`.
    encoding_aes_key: Option<String>,
    /// The key before: tried when the present one fails.
    previous_encoding_aes_key: Option<String>,
    /// What becomes of an answer that is late.
    late_reply: Option<LateReply>,
    /// When the follower is told that the answer waits.
    waiting: Option<Waiting>,
    /// How that is said: 1 to 2,048 bytes.
    waiting_text: Option<String>,
    /// Stands below a piece of an answer when the next one is to be collected: at most 200 bytes.
    more_text: Option<String>,
    /// Whether pieces of a long answer begin with (1/3).
    numbered_pieces: Option<bool>,
    /// Milliseconds from the arrival of a push to its answer.
    #[schemars(range(min = 1000, max = 4800))]
    answer_within_ms: Option<u16>,
    /// Whether pushes are refused whose address WeChat does not name as its own.
    only_from_wechat: Option<bool>,
    /// How old a push may be, in seconds; 0: any age.
    timestamp_window_s: Option<u32>,
    /// How the access token is fetched.
    token_api: Option<TokenApi>,
    /// WeChat's hosts, the next one when one cannot be reached.
    #[schemars(length(min = 1))]
    api_hosts: Option<Vec<String>>,
    /// How many service messages WeChat takes after what a user did.
    allowances: Option<Allowances>,
    /// How many messages a user gets a day.
    caps: Option<Caps>,
    /// Subscription templates whose consent is not used up by sending.
    long_term_templates: Option<Vec<String>>,
    /// How fast messages are sent.
    pace: Option<Pace>,
    /// How often mass sends call WeChat.
    mass: Option<MassLimits>,
    /// The web pages.
    web: Option<Web>,
    /// Who answers where a rule asks an assistant.
    assistants: Option<BTreeMap<String, Assistant>>,
    /// Keys: `assistant` and `webhook`, or those with `-…` behind them.
    secrets: Option<BTreeMap<String, String>>,
}
