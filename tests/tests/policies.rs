//! What a careful operator sets: caps and quiet hours are kept before WeChat is asked; consent and
//! allowances never keep back what WeChat would take.

use local::Options;
use serde_json::{Value, json};
use std::time::SystemTime;
use tests::{Stage, accounts::SAFE, eventually};

const OPENID: &str = "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI";
const ACCOUNT: &str = "/v1/accounts/demo";
const SUBSCRIPTION: &str = "/cgi-bin/message/subscribe/bizsend";
const CUSTOM: &str = "/cgi-bin/message/custom/send";
const TEMPLATE: &str = "/cgi-bin/message/template/send";

/// A bundle whose account `demo` has these settings; the simulated WeChat knows any template and checks no consent.
async fn open(settings: &str) -> Stage {
    let mut options = Options::default();
    let demo = format!("[accounts.demo]\n{settings}");
    options.accounts = options.accounts.replacen("[accounts.demo]", &demo, 1);
    let stage = Stage::open(options).await;
    let any = json!({ "check_templates": false, "check_consent": false, "check_window": false });
    stage.control(&format!("sends/{SAFE}"), any).await;
    stage
}

async fn push(stage: &Stage, mut push: Value) {
    push["from"] = json!(OPENID);
    let report = stage.push(json!({ "app_id": SAFE, "push": push })).await;
    assert_eq!(report["attempts"][0]["status"], 200, "{report}");
}

async fn post(stage: &Stage, route: &str, id: &str, mut body: Value) {
    body["client_msg_id"] = json!(id);
    body["touser"] = json!(OPENID);
    let path = format!("{ACCOUNT}/{route}");
    let (status, answer) = stage.signed("POST", &path, Some(body)).await;
    assert_eq!(status, 202, "{answer}");
}

/// The row once it is in that state.
async fn reaches(stage: &Stage, id: &str, state: &str) -> Value {
    let path = format!("{ACCOUNT}/messages/{id}");
    eventually(&format!("{id} is {state}"), async || {
        let (_, row) = stage.signed("GET", &path, None).await;
        (row["state"] == state).then_some(row)
    })
    .await
}

/// Waits until the bundle knows of that many unused acceptances.
async fn acceptances(stage: &Stage, count: &str) {
    eventually(&format!("{count} acceptances are left"), async || {
        let rows = stage.rows("Sends").await;
        let mut credits = rows
            .iter()
            .filter_map(|row| row.get("credits")?.as_n().ok());
        credits.any(|credits| credits == count).then_some(())
    })
    .await;
}

fn subscription() -> Value {
    json!({ "template_id": "TPL", "data": { "thing1": { "value": "x" } } })
}

/// Where a message was, each state once.
fn states(row: &Value) -> Vec<&str> {
    let history = row["history"].as_array().unwrap();
    history.iter().filter_map(|e| e["state"].as_str()).collect()
}

async fn accept(stage: &Stage) {
    let list =
        json!([{ "template_id": "TPL", "subscribe_status_string": "accept", "popup_scene": 1 }]);
    let accepted = json!({ "kind": "subscribe_msg_popup_event", "subscribe_msg_popup_event": { "list": list } });
    push(stage, accepted).await;
}

/// The user wrote three days ago.
async fn write_long_ago(stage: &Stage) {
    let now_s = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let at = now_s - 3 * 86_400;
    let text = json!({ "kind": "text", "content": "long ago", "create_time": at });
    push(stage, text).await;
}

fn service_text(content: &str) -> Value {
    json!({ "msgtype": "text", "text": { "content": content } })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_message_goes_right_after_its_acceptance() {
    let stage = open("").await;
    let checked = json!({ "check_consent": true });
    stage.control(&format!("sends/{SAFE}"), checked).await;
    let route = "subscription-messages";
    // The stream may merely be behind: WeChat is asked, and knows.
    post(&stage, route, "early", subscription()).await;
    let row = reaches(&stage, "early", "failed").await;
    assert_eq!(row["error"]["errcode"], 43_101, "{row}");
    assert_eq!(states(&row), ["queued", "sending", "failed"]);
    assert_eq!(stage.calls(SUBSCRIPTION, SAFE), 1);
    for n in 0..5 {
        let id = format!("accepted-{n}");
        accept(&stage).await;
        post(&stage, route, &id, subscription()).await;
        let row = reaches(&stage, &id, "delivered").await;
        assert_eq!(states(&row), ["queued", "sending", "sent", "delivered"]);
    }
    assert_eq!(stage.calls(SUBSCRIPTION, SAFE), 6);
    acceptances(&stage, "0").await;
    post(&stage, route, "used-up", subscription()).await;
    let row = reaches(&stage, "used-up", "failed").await;
    assert_eq!(row["error"]["errcode"], 43_101, "{row}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_refused_while_the_stream_is_not_read() {
    // WeChat knows acceptances and windows of which no push is ever read here.
    let stage = open("").await;
    post(
        &stage,
        "subscription-messages",
        "no-consent",
        subscription(),
    )
    .await;
    write_long_ago(&stage).await;
    eventually("the user is known, and that nothing is open", async || {
        let rows = stage.rows("Sends").await;
        rows.iter()
            .any(|row| row.contains_key("message_at"))
            .then_some(())
    })
    .await;
    for n in 0..2 {
        let id = format!("closed-{n}");
        post(&stage, "customer-service-messages", &id, service_text(&id)).await;
        let row = reaches(&stage, &id, "sent").await;
        assert_eq!(
            states(&row),
            ["queued", "sending", "sent"],
            "no try, no trace"
        );
    }
    reaches(&stage, "no-consent", "delivered").await;
    assert_eq!(stage.calls(CUSTOM, SAFE), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_comes_back_is_answered_at_once() {
    let stage = open("").await;
    let checked = json!({ "check_window": true });
    stage.control(&format!("sends/{SAFE}"), checked).await;
    write_long_ago(&stage).await;
    eventually("the window is closed, as far as is known", async || {
        (!stage.rows("Sends").await.is_empty()).then_some(())
    })
    .await;
    for n in 0..6 {
        if n < 5 {
            push(&stage, json!({ "kind": "text", "content": "here I am" })).await;
        }
        let id = format!("s-{n}");
        post(&stage, "customer-service-messages", &id, service_text(&id)).await;
        reaches(&stage, &id, "sent").await;
    }
    assert_eq!(stage.calls(CUSTOM, SAFE), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sixth_service_message_after_a_text_is_refused_by_wechat() {
    let stage = open("").await;
    let checked = json!({ "check_window": true });
    stage.control(&format!("sends/{SAFE}"), checked).await;
    push(&stage, json!({ "kind": "text", "content": "hello" })).await;
    for n in 0..6 {
        let body = service_text(&n.to_string());
        post(&stage, "customer-service-messages", &format!("s-{n}"), body).await;
    }
    let row = reaches(&stage, "s-5", "failed").await;
    assert_eq!(row["error"]["errcode"], 45_047, "{row}");
    reaches(&stage, "s-4", "sent").await;
    assert_eq!(stage.calls(CUSTOM, SAFE), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daily_cap_and_quiet_hours_park_what_is_too_much() {
    let capped = open("pace = { lanes = 1, per_day = 2 }").await;
    for n in 0..3 {
        post(
            &capped,
            "template-messages",
            &format!("c-{n}"),
            subscription(),
        )
        .await;
    }
    reaches(&capped, "c-2", "parked").await;
    reaches(&capped, "c-1", "delivered").await;
    assert_eq!(capped.calls(TEMPLATE, SAFE), 2);
    // All hours but the one that begins half a day from now.
    let hours = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs() / 3_600;
    let (to, from) = ((hours + 12) % 24, (hours + 13) % 24);
    let quiet = format!(
        "pace = {{ quiet_hours = {{ from = \"{from:02}:00\", to = \"{to:02}:00\", time_zone = \"UTC\" }} }}"
    );
    let quiet = open(&quiet).await;
    post(&quiet, "template-messages", "q", subscription()).await;
    let row = reaches(&quiet, "q", "parked").await;
    assert_eq!(quiet.calls(TEMPLATE, SAFE), 0, "{row}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quota_that_is_used_up_holds_up_its_own_kind() {
    let stage = open("pace = { lanes = 1 }").await;
    let fault = json!({ "kind": "errcode", "errcode": 45_009, "path": TEMPLATE, "times": 1 });
    stage.control("faults", fault).await;
    for id in ["t-0", "t-1"] {
        post(&stage, "template-messages", id, subscription()).await;
        reaches(&stage, id, "parked").await;
    }
    let text = json!({ "msgtype": "text", "text": { "content": "still here" }, "force": true });
    post(&stage, "customer-service-messages", "s-0", text).await;
    reaches(&stage, "s-0", "sent").await;
    let row = reaches(&stage, "t-0", "parked").await;
    assert_eq!(row["error"]["class"], "quota", "{row}");
    assert_eq!(stage.calls(TEMPLATE, SAFE), 1);
}
