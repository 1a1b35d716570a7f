//! A follower who leaves is forgotten: afterwards no table names them.

use aws_sdk_dynamodb::types::AttributeValue;
use local::Options;
use sam_local::sqs::Draft;
use serde_json::json;
use std::time::{Duration, SystemTime};
use tests::{Stage, accounts::SAFE, eventually, visitor::Visitor};

const OPENID: &str = "oLeaving_0123456789abcdefghi";
/// The row of a push of theirs that a slow rule answered, and the id of the message with its answer.
const SLOW: &str = "wx5f2c8a1d9e3b7046#msg:1:oLeaving_0123456789abcdefghi:1";
const LATE: &str = "late-12c51dbbdf6e2beea9383bd9";

fn now_s() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs()
}

/// Rows of any table that name the follower, in a key or in a value.
async fn named(stage: &Stage) -> Vec<String> {
    let mut found = Vec::new();
    for table in ["Inbox", "Sends", "Answers", "Tokens", "Media"] {
        let rows = stage.rows(table).await;
        let texts = rows.iter().map(|row| format!("{table}: {row:?}"));
        found.extend(texts.filter(|text| text.contains(OPENID)));
    }
    found
}

/// The follower agrees to a one-time message: the way back, and the cookie.
async fn agree(visitor: &Visitor) -> (String, String) {
    let start = "/web/demo/subscribe-once?template_id=pQ7rS9tUvWxYz1A2b3C4d5E6f7G8h9I0jKlMnOpQrSt\
                 &scene=1&return_to=https%3A%2F%2Fwww.example.com%2F";
    let choice = format!("&_choice=allow&_openid={OPENID}");
    let (back, cookie) = visitor.there_and_back(start, &choice).await;
    assert_eq!(visitor.get(&back, &cookie).await.status(), 302);
    (back, cookie)
}

async fn push(stage: &Stage, mut push: serde_json::Value) {
    push["from"] = json!(OPENID);
    let report = stage.push(json!({ "app_id": SAFE, "push": push })).await;
    assert_eq!(report["attempts"][0]["status"], 200, "{report}");
}

/// Files a push that a slow rule answered too late.
async fn file_slow(stage: &Stage) {
    let client = aws_sdk_dynamodb::Client::new(&stage.aws());
    let names = client.list_tables().send().await.unwrap().table_names;
    let names = names.unwrap_or_default();
    let table = names.iter().find(|name| name.contains("Inbox")).unwrap();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let number = |number: u64| AttributeValue::N(number.to_string());
    let push = [("create_time".to_owned(), number(now_s()))].into();
    let put = client
        .put_item()
        .table_name(table)
        .item("id", text(SLOW))
        .item("account", text("demo"))
        .item("app_id", text(SAFE))
        .item("openid", text(OPENID))
        .item("kind", text("text"))
        .item("push", AttributeValue::M(push))
        .item("received_at", number(now_s() * 1_000))
        .item("acknowledged_at", number(now_s() * 1_000))
        .item("lease_owner", text("runner"))
        .item("reply", text("<xml/>"))
        .item("answer", text("\"your diagnosis\""));
    put.send().await.unwrap();
}

/// Leaves a piece of an answer to be collected, as `forward` does.
async fn leave_an_answer(stage: &Stage) {
    let client = aws_sdk_dynamodb::Client::new(&stage.aws());
    let tables = client.list_tables().send().await.unwrap();
    let mut names = tables.table_names.unwrap_or_default().into_iter();
    let table = names.find(|name| name.contains("Answers")).unwrap();
    for part in [
        "uncollected",
        "piece#s#00000",
        "memory#helper",
        "follower",
        "session#shop",
    ] {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let item = client.put_item().table_name(&table);
        let item = item.item("id", text(&format!("{SAFE}#{OPENID}")));
        item.item("part", text(part)).send().await.unwrap();
    }
}

/// Puts the late answer to that push on the queue, as `forward` does.
fn queue_late(stage: &Stage) {
    let body =
        json!({ "touser": OPENID, "msgtype": "text", "text": { "content": "your diagnosis" } });
    let job = json!({
        "account": "demo", "kind": "customer_service", "client_msg_id": LATE, "to_user": OPENID,
        "body": body, "options": { "force": true }, "unfiled": true,
    });
    let draft = Draft {
        group: Some(format!("{SAFE}#0")),
        deduplication_id: Some(LATE.to_owned()),
        ..Draft::new(job.to_string(), "tests")
    };
    let name = stage.bundle.queue("SendQueue").unwrap();
    stage.bundle.queues().send(&name, draft).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_unsubscribe_takes_nothing_of_who_came_back() {
    let stage = Stage::open(Options::default()).await;
    let any = json!({ "check_templates": false });
    stage.control(&format!("sends/{SAFE}"), any).await;
    let (left, back) = (now_s() - 7, now_s() - 2);
    let text = json!({ "kind": "text", "content": "before", "create_time": left - 1 });
    push(&stage, text).await;
    push(&stage, json!({ "kind": "subscribe", "create_time": back })).await;
    // A repeat of WeChat's that comes after its first tries met a failure.
    push(
        &stage,
        json!({ "kind": "unsubscribe", "create_time": left }),
    )
    .await;
    let message = json!({
        "client_msg_id": "to-who-is-back", "touser": OPENID, "template_id": "TPL",
        "data": { "thing1": { "value": "x" } },
    });
    let path = "/v1/accounts/demo/template-messages";
    assert_eq!(stage.signed("POST", path, Some(message)).await.0, 202);
    tokio::time::sleep(Duration::from_secs(18)).await;
    eventually("what is older is gone", async || {
        let inbox = stage.rows("Inbox").await;
        let texts: Vec<_> = inbox.iter().map(|row| format!("{row:?}")).collect();
        let old = texts
            .iter()
            .any(|row| row.contains("unsubscribe") || row.contains("before"));
        (!old && texts.iter().any(|row| row.contains("\"subscribe\""))).then_some(())
    })
    .await;
    let path = "/v1/accounts/demo/messages/to-who-is-back";
    let (status, row) = stage.signed("GET", path, None).await;
    assert_eq!(status, 200, "{row}");
    assert_eq!(stage.calls("/cgi-bin/message/template/send", SAFE), 1);
    let rows = stage.rows("Sends").await;
    assert!(rows.iter().any(|row| row.contains_key("subscribe_at")));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_names_a_follower_who_left() {
    let stage = Stage::open(Options::default()).await;
    let any = json!({ "check_templates": false });
    stage.control(&format!("sends/{SAFE}"), any).await;
    push(&stage, json!({ "kind": "subscribe" })).await;
    push(&stage, json!({ "kind": "text", "content": "ping" })).await;
    let visitor = Visitor::of(&stage);
    let (back, cookie) = agree(&visitor).await;
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
            let consents = rows.iter().filter(|row| row.contains("consent#"));
            let consent = consents.count() == 2;
            let delivered = rows.iter().any(|row| row.contains("\"delivered\""));
            (consent && delivered).then_some(())
        },
    )
    .await;
    file_slow(&stage).await;
    leave_an_answer(&stage).await;
    let dead = stage.bundle.queue("ForwardDeadLetters").unwrap();
    for openid in [OPENID, "oStaying_0123456789abcdefghi", OPENID] {
        let letter = json!({ "requestPayload": { "push": { "openid": openid } } });
        let letter = Draft::new(letter.to_string(), "tests");
        stage.bundle.queues().send(&dead, letter).unwrap();
    }
    push(&stage, json!({ "kind": "unsubscribe" })).await;
    // Nothing goes before WeChat's last repeat.
    assert!(!named(&stage).await.is_empty());
    tokio::time::sleep(Duration::from_secs(15)).await;
    eventually("no table names the follower", async || {
        named(&stage).await.is_empty().then_some(())
    })
    .await;
    eventually("a dead letter names somebody else", async || {
        (stage.bundle.waiting("ForwardDeadLetters") == 1).then_some(())
    })
    .await;
    // Nor does the page on which they agreed, loaded again.
    assert_eq!(visitor.get(&back, &cookie).await.status(), 302);
    queue_late(&stage);
    eventually("the late answer is off the queue", async || {
        (stage.bundle.waiting("SendQueue") == 0).then_some(())
    })
    .await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(named(&stage).await, Vec::<String>::new());
    assert_eq!(stage.calls("/cgi-bin/message/custom/send", SAFE), 0);
    // A repeat that comes far too late is answered all the same, and forgotten again.
    push(&stage, json!({ "kind": "unsubscribe" })).await;
    tokio::time::sleep(Duration::from_secs(15)).await;
    eventually("the repeat is forgotten", async || {
        named(&stage).await.is_empty().then_some(())
    })
    .await;
}
