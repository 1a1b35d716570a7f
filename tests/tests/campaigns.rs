//! Campaigns through the running bundle: drafts, batches, faults, results, stops, refusals.

use aws_sdk_dynamodb::primitives::{DateTime, DateTimeFormat as Format};
use local::Options;
use platform::MassView;
use serde_json::{Value, json};
use tests::{Stage, accounts::SAFE, eventually};

#[path = "campaigns/ends.rs"]
mod ends;

const CAMPAIGNS: &str = "/v1/accounts/demo/mass-sends";

fn openid(n: usize) -> String {
    format!("oT3x_u{n:022}")
}

fn openids(range: std::ops::Range<usize>) -> Value {
    range.map(openid).collect()
}

fn text(id: &str, to: Value) -> Value {
    json!({
        "client_msg_id": id, "to": to,
        "message": { "msgtype": "text", "text": { "content": "你好" } },
    })
}

fn draft(id: &str) -> Value {
    let mut body = text(id, json!({ "openids": [] }));
    body["draft"] = json!(true);
    body
}

fn path(id: &str, rest: &str) -> String {
    format!("{CAMPAIGNS}/{id}{rest}")
}

fn arrived(stage: &Stage) -> MassView {
    stage.wechat().mass(SAFE, None).unwrap()
}

async fn posted(stage: &Stage, path: &str, body: Option<Value>) -> (u16, Value) {
    stage.signed("POST", path, body).await
}

async fn told(stage: &Stage, id: &str) -> Value {
    stage.signed("GET", &path(id, ""), None).await.1
}

/// The campaign once it is in that state; a killed worker is noticed after two minutes.
async fn reaches(stage: &Stage, id: &str, state: &str) -> Value {
    for _ in 0..2_000 {
        let campaign = told(stage, id).await;
        if campaign["state"] == state {
            return campaign;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{id} never {state}: {}", told(stage, id).await);
}

async fn settings(stage: &Stage, change: Value) {
    let change = change.as_object().cloned().unwrap();
    stage.wechat().change_mass_settings(SAFE, change).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_filled_by_pages_reaches_everybody_once() {
    let stage = Stage::open(Options::default()).await;
    settings(
        &stage,
        json!({ "filtered_share": 0.1, "error_share": 0.1, "result_copies": 3 }),
    )
    .await;
    let (status, body) = posted(&stage, CAMPAIGNS, Some(draft("d"))).await;
    assert_eq!((status, &body["state"]), (202, &json!("draft")), "{body}");
    let (status, body) = posted(&stage, &path("d", "/submit"), None).await;
    assert_eq!(
        (status, &body["error"]["type"]),
        (409, &json!("no_recipients"))
    );
    // Pages overlap and come twice; 20,001 receivers leave one over.
    for range in [0..9_000, 8_000..17_000, 0..9_000, 15_000..20_001] {
        let page = json!({ "openids": openids(range) });
        let (status, body) = posted(&stage, &path("d", "/recipients"), Some(page)).await;
        assert_eq!(status, 200, "{body}");
    }
    let (status, body) = posted(&stage, &path("d", "/submit"), None).await;
    assert_eq!((status, &body["state"]), (202, &json!("planned")), "{body}");
    let (status, _) = posted(&stage, &path("d", "/submit"), None).await;
    assert_eq!(status, 200);
    let done = reaches(&stage, "d", "finished").await;
    let sizes: Vec<u64> = done["batches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|batch| batch["recipients"].as_u64().unwrap())
        .collect();
    assert_eq!(sizes, [10_000, 9_999, 2]);
    let view = arrived(&stage);
    assert_eq!((view.jobs.len(), view.receivers.duplicates), (3, 0));
    let sum = |of: fn(&platform::JobView) -> u64| view.jobs.iter().map(of).sum::<u64>();
    let counts = json!({
        "recipients": 20_001, "total": sum(|job| job.total),
        "filtered": sum(|job| job.total - job.filter),
        "sent": sum(|job| job.sent), "failed": sum(|job| job.error),
        "failed_batches": 0, "unknown_batches": 0,
    });
    assert_eq!(done["counts"], counts);
    let page = json!({ "openids": ["oLate"] });
    let (status, _) = posted(&stage, &path("d", "/recipients"), Some(page)).await;
    assert_eq!(status, 409);
    let rows = stage.rows("Sends").await.len();
    assert!(rows < 20, "{rows} rows for 20,001 receivers");
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_make_no_second_send() {
    let stage = Stage::open(Options::default()).await;
    let mass = "/cgi-bin/message/mass/send";
    for kind in ["cut", "gateway_504", "garbage"] {
        stage
            .control("faults", json!({ "kind": kind, "path": mass, "times": 1 }))
            .await;
    }
    let body = text("f", json!({ "openids": openids(0..50) }));
    let (status, told) = posted(&stage, CAMPAIGNS, Some(body.clone())).await;
    assert_eq!(
        (status, &told["client_msg_id"]),
        (202, &json!("f")),
        "{told}"
    );
    let done = reaches(&stage, "f", "finished").await;
    assert_eq!(done["counts"]["sent"], 50);
    assert_eq!(
        (arrived(&stage).jobs.len(), arrived(&stage).receivers.total),
        (1, 50)
    );
    assert!(stage.calls(mass, SAFE) >= 2, "the call was repeated");
    let (status, same) = posted(&stage, CAMPAIGNS, Some(body)).await;
    assert_eq!((status, &same["state"]), (200, &json!("finished")));
    let other = text("f", json!({ "openids": openids(0..51) }));
    assert_eq!(posted(&stage, CAMPAIGNS, Some(other)).await.0, 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_worker_is_followed_by_another() {
    let stage = Stage::open(Options::default()).await;
    let mass = "/cgi-bin/message/mass/send";
    let slow = json!({ "kind": "delay", "delay_ms": 3_000, "path": mass, "times": 1 });
    stage.control("faults", slow).await;
    let body = text("k", json!({ "openids": openids(0..20) }));
    assert_eq!(posted(&stage, CAMPAIGNS, Some(body)).await.0, 202);
    eventually("the batch is claimed", async || {
        let campaign = told(&stage, "k").await;
        (campaign["batches"][0]["state"] == "submitting").then_some(())
    })
    .await;
    stage.bundle.kill_instances("MassSend");
    // The queue brings the work again; the id makes the repeat harmless.
    let campaign = reaches(&stage, "k", "finished").await;
    assert_eq!(campaign["counts"]["sent"], 20);
    assert_eq!(arrived(&stage).receivers.total, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_event_wechat_is_asked() {
    let mut options = Options::default();
    let patience = ("RESULT_PATIENCE_S".to_owned(), "1".to_owned());
    options.stack.environment.extend([patience]);
    let stage = Stage::open(options).await;
    settings(&stage, json!({ "results": false })).await;
    let body = text("q", json!({ "openids": openids(0..5) }));
    assert_eq!(posted(&stage, CAMPAIGNS, Some(body)).await.0, 202);
    let campaign = reaches(&stage, "q", "finished").await;
    assert_eq!(campaign["batches"][0]["counts"], Value::Null);
    assert!(stage.calls("/cgi-bin/message/mass/get", SAFE) >= 1);
    eventually("the receivers are forgotten", async || {
        let rows = stage.rows("Sends").await;
        let packed = rows.iter().any(|row| row.contains_key("packed"));
        (!packed && !rows.is_empty()).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_wechat_stops_is_told_in_its_words() {
    let stage = Stage::open(Options::default()).await;
    settings(&stage, json!({ "statuses": { "err(20431)": 1.0 } })).await;
    let body = text("e", json!({ "openids": openids(0..5) }));
    assert_eq!(posted(&stage, CAMPAIGNS, Some(body)).await.0, 202);
    let campaign = reaches(&stage, "e", "failed").await;
    let batch = &campaign["batches"][0];
    assert_eq!(batch["status"], "err(20431)");
    assert_eq!(batch["error"]["class"], "content");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_is_stopped_before_its_time() {
    let stage = Stage::open(Options::default()).await;
    let mut body = text("s", json!({ "openids": openids(0..5) }));
    body["not_before"] = json!(in_an_hour());
    assert_eq!(posted(&stage, CAMPAIGNS, Some(body)).await.0, 202);
    reaches(&stage, "s", "planned").await;
    eventually("it is planned", async || {
        let campaign = told(&stage, "s").await;
        campaign["batches"].get(0).map(|_| ())
    })
    .await;
    let (status, _) = stage.signed("DELETE", &path("s", ""), None).await;
    assert_eq!(status, 202);
    reaches(&stage, "s", "deleted").await;
    let (status, _) = stage.signed("DELETE", &path("s", ""), None).await;
    assert_eq!((status, arrived(&stage).jobs.len()), (200, 0));
    let (status, _) = posted(&stage, CAMPAIGNS, Some(draft("t"))).await;
    assert_eq!(status, 202);
    stage.signed("DELETE", &path("t", ""), None).await;
    let (status, _) = posted(&stage, &path("t", "/submit"), None).await;
    assert_eq!(status, 409);
}

/// In an hour, with its zone.
fn in_an_hour() -> String {
    let at = std::time::SystemTime::now() + std::time::Duration::from_secs(3_600);
    let at = DateTime::from(at).fmt(Format::DateTime);
    at.unwrap().replace('Z', "+00:00")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sent_is_refused_with_its_field() {
    let stage = Stage::open(Options::default()).await;
    let field = async |body: Value| {
        let (status, body) = posted(&stage, CAMPAIGNS, Some(body)).await;
        (
            status,
            body["error"]["field"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        )
    };
    let both = json!({ "all": true, "openids": ["oA", "oB"] });
    assert_eq!(field(text("x", both)).await, (400, "to".into()));
    let one = json!({ "openids": ["oA"] });
    assert_eq!(field(text("x", one)).await, (400, "to.openids".into()));
    let tag = json!({ "tag_id": 999 });
    assert_eq!(field(text("x", tag)).await, (400, "to.tag_id".into()));
    assert_eq!(told(&stage, "x").await["error"]["type"], "not_found");
    let (status, body) = stage.signed("GET", &path("speed", ""), None).await;
    assert_eq!((status, &body["speed"]), (200, &json!(0)), "{body}");
    let speed = json!({ "speed": 3 });
    let (status, _) = stage.signed("PUT", &path("speed", ""), Some(speed)).await;
    assert_eq!(status, 200);
    let preview = json!({
        "message": { "msgtype": "text", "text": { "content": "a" } }, "to_wechat_name": "me",
    });
    let (status, body) = posted(&stage, &path("preview", ""), Some(preview)).await;
    assert_eq!(status, 200, "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sends_to_all_end_with_their_allowance() {
    let stage = Stage::open(Options::default()).await;
    for n in 0..4 {
        let id = format!("a{n}");
        let body = text(&id, json!({ "all": true }));
        let (status, told) = posted(&stage, CAMPAIGNS, Some(body)).await;
        assert_eq!(status, 202, "{told}");
        eventually("it went", async || {
            let state = told_state(&stage, &id).await;
            ["accepted", "finished", "deleted"]
                .contains(&state.as_str())
                .then_some(())
        })
        .await;
    }
    let body = text("a4", json!({ "all": true }));
    let (status, told) = posted(&stage, CAMPAIGNS, Some(body)).await;
    assert_eq!(
        (status, &told["error"]["guard"]),
        (429, &json!("to_all")),
        "{told}"
    );
    assert!(told["error"]["opens_at"].is_string());
    let again = text("a0", json!({ "all": true }));
    assert_eq!(posted(&stage, CAMPAIGNS, Some(again)).await.0, 200);
}

async fn told_state(stage: &Stage, id: &str) -> String {
    let campaign = told(stage, id).await;
    campaign["state"].as_str().unwrap_or_default().to_owned()
}
