//! Handlers in Rust, and what the team's code keeps of a follower from push to push.

use local::Options;
use sam_local::lambda::OutsideFunction;
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tests::{Stage, accounts::SAFE, eventually};

const USER: &str = "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI";
const INFO: &str = "/cgi-bin/user/info";
const RULES: &str = "
[[rule]]
text = 'since'
run = 'since'
fallback = '暂时查不到'
[[rule]]
any = true
forward = 'wechat-handler-cart'
fallback = '稍后再试'
";

/// A shopping cart: `add …` puts something in, `empty` forgets it, `huge` keeps too much; it is slow enough for pushes
/// to be side by side. Every event that it gets is noted.
fn cart(seen: Arc<Mutex<Vec<Value>>>) -> OutsideFunction {
    Arc::new(move |event| {
        seen.lock().unwrap().push(event.clone());
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let mut cart: Vec<String> =
                serde_json::from_value(event["session"].clone()).unwrap_or_default();
            let text = event["content"].as_str().unwrap_or_default();
            Ok(match text.split_once(' ') {
                Some(("add", what)) => {
                    cart.push(what.to_owned());
                    cart.sort();
                    json!({ "reply": cart.join("、"), "session": cart, "session_s": 3_600 })
                }
                _ if text == "empty" => json!({ "reply": "清空了", "session": null }),
                _ if text == "huge" => json!({ "reply": "记不住", "session": "x".repeat(70_000) }),
                _ => json!(format!("{} 件", cart.len())),
            })
        })
    })
}

async fn stage(name: &str) -> (Stage, Arc<Mutex<Vec<Value>>>) {
    let file = std::env::temp_dir().join(format!("handlers-{name}-{}.toml", std::process::id()));
    std::fs::write(&file, RULES).unwrap();
    let seen = Arc::default();
    let mut options = Options::default();
    let functions = &mut options.stack.outside_functions;
    functions.insert("wechat-handler-cart".to_owned(), cart(Arc::clone(&seen)));
    let file = file.display().to_string();
    let environment = &mut options.stack.environment;
    environment.insert("RULES_FILE".to_owned(), file);
    (Stage::open(options).await, seen)
}

async fn ask(stage: &Stage, text: &str) -> String {
    let push = json!({ "kind": "text", "content": text, "from": USER });
    let report = stage.push(json!({ "app_id": SAFE, "push": push })).await;
    let reply = report["user_sees"]["reply"]["content"].as_str();
    reply
        .unwrap_or_else(|| panic!("no text: {report}"))
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_in_rust_asks_wechat_keeps_it_and_falls_back() {
    let (stage, _) = stage("since").await;
    let refused = json!({ "kind": "errcode", "errcode": 48_001, "path": INFO, "times": 1 });
    stage.control("faults", refused).await;
    assert_eq!(ask(&stage, "since").await, "暂时查不到");

    let before = stage.calls(INFO, SAFE);
    let told = ask(&stage, "since").await;
    assert!(told.contains("起关注我们，今天是第"), "{told}");
    assert_eq!(ask(&stage, "since").await, told);
    assert_eq!(stage.calls(INFO, SAFE), before + 1, "asked once a day");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_keeps_a_cart_and_pushes_side_by_side_lose_nothing() {
    let (mut stage, seen) = stage("cart").await;
    assert_eq!(ask(&stage, "add 茶").await, "茶");
    tokio::join!(ask(&stage, "add 奶"), ask(&stage, "add 糖"));
    assert_eq!(ask(&stage, "cart").await, "3 件");
    assert_eq!(ask(&stage, "huge").await, "记不住");
    assert_eq!(ask(&stage, "cart").await, "3 件");
    let first = seen.lock().unwrap()[0].clone();
    assert_eq!(
        (&first["session"], &first["account"]),
        (&Value::Null, &json!("demo"))
    );

    let told = eventually("a line about what was not kept", async || {
        let mut lines = stage.log_lines("Forward").into_iter();
        lines.find(|line| line["fields"]["outcome"] == "session_not_kept")
    })
    .await;
    let text = told.to_string();
    assert!(
        text.contains("session_too_large") && !text.contains("xxx"),
        "{text}"
    );

    let rows = stage.rows("Answers").await;
    let part = |row: &&std::collections::HashMap<String, _>| -> bool {
        let part: &aws_sdk_dynamodb::types::AttributeValue = &row["part"];
        part.as_s().unwrap() == "session#wechat-handler-cart"
    };
    assert_eq!(rows.iter().filter(part).count(), 1);
    assert_eq!(ask(&stage, "empty").await, "清空了");
    assert_eq!(ask(&stage, "cart").await, "0 件");
}
