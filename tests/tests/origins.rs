//! An account that takes pushes from WeChat's own addresses alone.

use aws_sdk_dynamodb::types::AttributeValue;
use local::Options;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};
use tests::{Stage, accounts::SAFE};

const LIST: &str = "/cgi-bin/getcallbackip";

async fn open() -> Stage {
    let mut options = Options::default();
    let demo = "[accounts.demo]\nonly_from_wechat = true";
    options.accounts = options.accounts.replacen("[accounts.demo]", demo, 1);
    Stage::open(options).await
}

/// Stores a list that WeChat told so many hours ago, and has `callback` read it.
async fn list(stage: &Stage, ips: &[&str], hours: u64) {
    let at = SystemTime::now() - Duration::from_secs(hours * 3_600);
    let at = at
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_millis();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let put = aws_sdk_dynamodb::Client::new(&stage.aws()).put_item();
    put.table_name("wechat-functions-Tokens")
        .item("app_id", text(&format!("callback_ips#{SAFE}")))
        .item("kind", text("callback_ips"))
        .item(
            "ips",
            AttributeValue::L(ips.iter().map(|ip| text(ip)).collect()),
        )
        .item("at_ms", AttributeValue::N(at.to_string()))
        .send()
        .await
        .unwrap();
    stage.bundle.kill_instances("Callback");
}

/// The statuses of the attempts at a push.
async fn statuses(stage: &Stage) -> Vec<u64> {
    let report = stage.text(SAFE, "ping").await;
    let attempts = report["attempts"].as_array().unwrap().iter();
    attempts
        .map(|attempt| attempt["status"].as_u64().unwrap())
        .collect()
}

fn counted(lines: &[Value], metric: &str) -> usize {
    lines.iter().filter(|line| line[metric] == 1.0).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tick_keeps_the_list_and_asks_once_an_hour() {
    let mut stage = open().await;
    // Not asked yet: what cannot be judged passes, and says so.
    assert_eq!(statuses(&stage).await, [200]);
    assert!(counted(&stage.log_lines("Callback"), "OriginsUnknown") == 1);
    let fault = json!({ "kind": "errcode", "errcode": 48_001, "path": LIST, "times": 1 });
    stage.control("faults", fault).await;
    stage.bundle.fire("TokenRefreshTick").await.unwrap();
    let told = format!("{:?}", stage.log_lines("TokenRefresh"));
    assert!(
        told.contains("callback_ips_unknown") && told.contains("\"tick\""),
        "{told}"
    );
    for _ in 0..3 {
        stage.bundle.fire("TokenRefreshTick").await.unwrap();
    }
    assert_eq!(stage.calls(LIST, SAFE), 2, "one failed, one told");
    stage.bundle.kill_instances("Callback");
    assert_eq!(statuses(&stage).await, [200]);
    assert_eq!(counted(&stage.log_lines("Callback"), "OriginsUnknown"), 0);
    list(&stage, &["101.226.103.0/25"], 2).await;
    stage.bundle.fire("TokenRefreshTick").await.unwrap();
    assert_eq!(statuses(&stage).await, [200], "the old list was replaced");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_from_elsewhere_is_refused_while_the_list_is_of_today() {
    let mut stage = open().await;
    list(&stage, &["101.226.103.0/25", "::1"], 0).await;
    assert_eq!(statuses(&stage).await, [403, 403, 403]);
    assert!(stage.rows("Inbox").await.is_empty());
    let lines = stage.log_lines("Callback");
    assert_eq!(counted(&lines, "PushesFromElsewhere"), 3);
    let refused = |line: &&Value| line.to_string().contains("\"not_from_wechat\"");
    assert_eq!(lines.iter().filter(refused).count(), 3);
    for (ips, hours) in [
        (&["127.0.0.0/8"][..], 0),
        (&["101.226.103.0/25"], 25),
        (&["101.226.103.0/25", "wx-north"], 0),
        (&[], 0),
    ] {
        list(&stage, ips, hours).await;
        assert_eq!(statuses(&stage).await, [200], "{ips:?} {hours}");
    }
}
