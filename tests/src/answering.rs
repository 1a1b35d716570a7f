//! A bundle whose pushes are answered by a function, a server and an assistant, on accounts of three classes.

use crate::Stage;
use local::{Options, Wechat};
use sam_local::lambda::OutsideFunction;
use serde_json::{Value, json};
use std::{
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    time::Duration,
};

/// A verified service account.
pub const VERIFIED: &str = "wx00000000000000a1";
/// An unverified subscription account, which may send nothing.
pub const UNVERIFIED: &str = "wx00000000000000a2";
/// The same, whose users are told at once that their answer waits.
pub const AT_ONCE: &str = "wx00000000000000a3";
/// What the team's server knows the bundle by, and a second one.
pub const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
pub const SECRET_2: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub const USER: &str = "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI";
pub const WAITING: &str = "正在思考，回复任意内容查看";
pub const MORE: &str = "\n（回复任意内容继续）";

pub const RULES: &str = "
[[rule]]
text = 'ping'
reply = 'pong'
[[rule]]
keyword = 'sorry'
forward = 'wechat-handler-slow'
fallback = '抱歉，稍后再试'
[[rule]]
keyword = 'at once'
reply = '收到'
forward = 'wechat-handler-slow'
[[rule]]
text = ['question', '重置', '网页']
ask = 'helper'
fallback = '助手休息了'
[[rule]]
regex = '写 \\d+ 字$'
ask = 'helper'
[[rule]]
keyword = 'ask'
forward = 'wechat-handler-slow'
";

/// What the team's function says, and after how long.
pub type Says = Arc<Mutex<(Duration, Result<Value, String>)>>;

fn accounts() -> String {
    let account = |name: &str, app_id: &str, more: &str| {
        format!(
            "[accounts.{name}]\napp_id = \"{app_id}\"\noriginal_id = \"gh_{name:0<9}000\"\n\
             app_secret = \"0123456789abcdef0123456789abcdef\"\ntoken = \"sometoken\"\nmode = \"plain\"\n{more}\n\
             secrets = {{ webhook = \"{SECRET}\", webhook-2 = \"{SECRET_2}\", assistant-2 = \"key\" }}\n"
        )
    };
    [
        account("verified", VERIFIED, "kind = \"service\""),
        account(
            "unverified",
            UNVERIFIED,
            "kind = \"subscription\"\nclass = \"unverified\"",
        ),
        account(
            "at_once00",
            AT_ONCE,
            "kind = \"subscription\"\nclass = \"unverified\"\nwaiting = \"at_once\"",
        ),
    ]
    .concat()
}

/// Where the simulator is to be, so that the accounts can name its assistant.
fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

pub async fn stage(name: &str, rules: &str) -> (Stage, Says) {
    let says: Says = Arc::new(Mutex::new((Duration::ZERO, Ok(Value::Null))));
    let said = Arc::clone(&says);
    let function: OutsideFunction = Arc::new(move |_| {
        let (after, said) = said.lock().unwrap().clone();
        Box::pin(async move {
            tokio::time::sleep(after).await;
            said
        })
    });
    let file = std::env::temp_dir().join(format!("answers-{name}-{}.toml", std::process::id()));
    std::fs::write(&file, rules).unwrap();
    let address = free_address();
    let assistant = |(account, more): (&str, &str)| {
        format!(
            "[accounts.{account}.assistants.helper]\nurl = \"http://{address}/assistant/v1/chat/completions\"\nmodel = \"m\"\n{more}"
        )
    };
    let keyed = "key_parameter = \"/local/verified/assistant-2\"\n";
    let assistants = [("verified", keyed), ("unverified", ""), ("at_once00", "")];
    let assistants = assistants.map(assistant).concat();
    let mut options = Options {
        accounts: accounts() + &assistants,
        wechat: Wechat::Simulated(address),
        ..Options::default()
    };
    let functions = &mut options.stack.outside_functions;
    functions.insert("wechat-handler-slow".to_owned(), function);
    let file = file.display().to_string();
    let environment = &mut options.stack.environment;
    environment.insert("RULES_FILE".to_owned(), file);
    (Stage::open(options).await, says)
}

pub fn say(says: &Says, after_ms: u64, what: Value) {
    *says.lock().unwrap() = (Duration::from_millis(after_ms), Ok(what));
}

pub async fn ask(stage: &Stage, app_id: &str, text: &str) -> Value {
    let push = json!({ "kind": "text", "content": text, "from": USER });
    stage.push(json!({ "app_id": app_id, "push": push })).await
}

/// What a push was answered with.
pub fn reply(report: &Value) -> String {
    let text = report["user_sees"]["reply"]["content"].as_str();
    text.unwrap_or_else(|| panic!("no text: {report}"))
        .to_owned()
}

/// The texts on the user's phone that came as messages.
pub fn messages(stage: &Stage, app_id: &str) -> Vec<String> {
    let shown = stage.wechat().phone(app_id, USER).unwrap();
    let sent = shown
        .iter()
        .filter(|shown| shown.source != "reply" && shown.source != "error_notice");
    let text = |shown: &platform::Shown| {
        let message = &shown.message;
        let text = message["text"]["content"]
            .as_str()
            .or(message["content"].as_str());
        text.unwrap_or_else(|| panic!("no text: {message}"))
            .to_owned()
    };
    sent.map(text).collect()
}
