//! A follower who leaves is forgotten: afterwards no table names them.

use local::Options;
use serde_json::json;
use std::time::Duration;
use tests::{Stage, accounts::SAFE, eventually};

const OPENID: &str = "oLeaving_0123456789abcdefghi";

/// Rows of any table that name the follower, in a key or in a value.
async fn named(stage: &Stage) -> Vec<String> {
    let mut found = Vec::new();
    for table in ["Inbox", "Sends", "Tokens", "Media"] {
        let rows = stage.rows(table).await;
        let texts = rows.iter().map(|row| format!("{table}: {row:?}"));
        found.extend(texts.filter(|text| text.contains(OPENID)));
    }
    found
}

async fn push(stage: &Stage, mut push: serde_json::Value) {
    push["from"] = json!(OPENID);
    let report = stage.push(json!({ "app_id": SAFE, "push": push })).await;
    assert_eq!(report["attempts"][0]["status"], 200, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_names_a_follower_who_left() {
    let stage = Stage::open(Options::default()).await;
    let any = json!({ "check_templates": false });
    stage.control(&format!("sends/{SAFE}"), any).await;
    push(&stage, json!({ "kind": "subscribe" })).await;
    push(&stage, json!({ "kind": "text", "content": "ping" })).await;
    let consent = json!({
        "kind": "subscribe_msg_popup_event",
        "subscribe_msg_popup_event": { "list": [
            { "template_id": "TPL", "subscribe_status_string": "accept", "popup_scene": 1 },
        ] },
    });
    push(&stage, consent).await;
    let message = json!({
        "client_msg_id": "to-the-leaving", "touser": OPENID, "template_id": "TPL",
        "data": { "thing1": { "value": "x" } },
    });
    let path = "/v1/accounts/demo/template-messages";
    assert_eq!(stage.signed("POST", path, Some(message)).await.0, 202);
    eventually(
        "the message is sent, its result and the consent are known",
        async || {
            let rows = named(&stage).await;
            let consent = rows.iter().any(|row| row.contains("consent#"));
            let delivered = rows.iter().any(|row| row.contains("\"delivered\""));
            (consent && delivered).then_some(())
        },
    )
    .await;
    push(&stage, json!({ "kind": "unsubscribe" })).await;
    // Nothing goes before WeChat's last repeat.
    assert!(!named(&stage).await.is_empty());
    tokio::time::sleep(Duration::from_secs(15)).await;
    eventually("no table names the follower", async || {
        named(&stage).await.is_empty().then_some(())
    })
    .await;
    // A repeat that comes far too late is answered all the same, and forgotten again.
    push(&stage, json!({ "kind": "unsubscribe" })).await;
    tokio::time::sleep(Duration::from_secs(15)).await;
    eventually("the repeat is forgotten", async || {
        named(&stage).await.is_empty().then_some(())
    })
    .await;
}
