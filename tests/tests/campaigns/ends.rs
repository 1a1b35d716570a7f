//! How campaigns end: stopped, taken back, failed in part; and what they leave behind.

use super::*;
use std::time::{Duration, Instant};

const SEND: &str = "/cgi-bin/message/mass/send";
const SEND_ALL: &str = "/cgi-bin/message/mass/sendall";

async fn stop(stage: &Stage, id: &str) -> (u16, Value) {
    stage.signed("DELETE", &path(id, ""), None).await
}

/// Has WeChat hold a call for two seconds and cut the connection.
async fn hang(stage: &Stage, kind: &str) {
    let hang = json!({ "kind": kind, "path": SEND, "times": 1, "delay_ms": 2_000 });
    stage.control("faults", hang).await;
}

/// Waits until WeChat holds the call of a campaign's batch.
async fn called(stage: &Stage, id: &str) {
    eventually("the batch is claimed", async || {
        let campaign = told(stage, id).await;
        (campaign["batches"][0]["state"] == "submitting").then_some(())
    })
    .await;
    tokio::time::sleep(Duration::from_millis(300)).await;
}

/// Whether receivers are in the table.
async fn packed(stage: &Stage) -> bool {
    let rows = stage.rows("Sends").await;
    rows.iter().any(|row| row.contains_key("packed"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_gone_is_not_sent_again_after_a_stop() {
    let stage = Stage::open(Options::default()).await;
    hang(&stage, "hang_unprocessed").await;
    let body = text("price", json!({ "openids": openids(0..20) }));
    assert_eq!(posted(&stage, CAMPAIGNS, Some(body)).await.0, 202);
    called(&stage, "price").await;
    let (status, told) = stop(&stage, "price").await;
    let id = told["batches"][0]["clientmsgid"].clone();
    assert_eq!(
        (status, &told["on_their_way"]),
        (202, &json!([id])),
        "{told}"
    );
    let unknown = reaches(&stage, "price", "unknown").await;
    assert_eq!(unknown["counts"]["unknown_batches"], 1, "{unknown}");
    // The next one has its effect.
    hang(&stage, "hang").await;
    let body = text("went", json!({ "openids": openids(0..30) }));
    assert_eq!(posted(&stage, CAMPAIGNS, Some(body)).await.0, 202);
    called(&stage, "went").await;
    assert_eq!(stop(&stage, "went").await.0, 202);
    reaches(&stage, "went", "unknown").await;
    let went = reaches(&stage, "went", "finished").await;
    assert_eq!(
        (&went["counts"]["sent"], &went["stopped"]),
        (&json!(30), &json!(true))
    );
    assert_eq!(told_state(&stage, "price").await, "unknown");
    assert_eq!(stage.calls(SEND, SAFE), 2, "neither was sent again");
    assert_eq!(arrived(&stage).jobs.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn articles_are_taken_back_within_seconds_of_their_result() {
    let stage = Stage::open(Options::default()).await;
    settings(&stage, json!({ "finish_after_ms": [8_000, 8_000] })).await;
    let any_media = json!({ "check_media": false });
    stage.control(&format!("sends/{SAFE}"), any_media).await;
    let mut body = text("wrong", json!({ "openids": openids(0..20) }));
    body["message"] = json!({ "msgtype": "mpnews", "mpnews": { "media_id": "draft" } });
    let begun = Instant::now();
    assert_eq!(posted(&stage, CAMPAIGNS, Some(body)).await.0, 202);
    reaches(&stage, "wrong", "accepted").await;
    let (status, answer) = stop(&stage, "wrong").await;
    assert_eq!(
        (status, &answer["state"]),
        (202, &json!("accepted")),
        "{answer}"
    );
    assert_eq!(stop(&stage, "wrong").await.0, 202, "it is hurried");
    let campaign = reaches(&stage, "wrong", "deleted").await;
    assert!(
        begun.elapsed() < Duration::from_secs(25),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(arrived(&stage).jobs[0].status, "DELETE");
    assert_eq!(campaign["batches"][0]["state"], "deleted");
    assert_eq!(stop(&stage, "wrong").await.0, 200);
    eventually("the history has its end", async || {
        let campaign = told(&stage, "wrong").await;
        let last = campaign["history"].as_array()?.last()?.clone();
        (last["state"] == "deleted").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_has_gone_stays() {
    let stage = Stage::open(Options::default()).await;
    let body = text("t", json!({ "openids": openids(0..5) }));
    assert_eq!(posted(&stage, CAMPAIGNS, Some(body)).await.0, 202);
    reaches(&stage, "t", "finished").await;
    for _ in 0..2 {
        let (status, told) = stop(&stage, "t").await;
        let error = &told["error"];
        assert_eq!(
            (status, &error["type"]),
            (409, &json!("cannot_be_taken_back")),
            "{told}"
        );
        assert_eq!(error["campaign"]["state"], "finished");
    }
    assert_eq!(told_state(&stage, "t").await, "finished");
    assert_eq!(stage.calls("/cgi-bin/message/mass/delete", SAFE), 0);
    eventually("the history has its end", async || {
        let campaign = told(&stage, "t").await;
        let last = campaign["history"].as_array()?.last()?.clone();
        (last["state"] == "finished").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allowance_that_wechat_did_not_take_is_given_back() {
    let stage = Stage::open(Options::default()).await;
    let busy = json!({ "kind": "errcode", "errcode": 45011, "path": SEND_ALL, "times": 1 });
    stage.control("faults", busy).await;
    let body = text("all", json!({ "all": true }));
    assert_eq!(posted(&stage, CAMPAIGNS, Some(body)).await.0, 202);
    let to_all = async || {
        let rows = stage.rows("Sends").await;
        let quota = rows.iter().find(|row| row.contains_key("to_all"));
        quota.map(|row| row["to_all"].as_n().unwrap().clone())
    };
    eventually("it is refused", async || {
        let campaign = told(&stage, "all").await;
        (campaign["batches"][0]["error"]["errcode"] == 45011).then_some(())
    })
    .await;
    assert_eq!(to_all().await.as_deref(), Some("1"));
    assert_eq!(stop(&stage, "all").await.0, 202);
    reaches(&stage, "all", "deleted").await;
    eventually("the allowance is back", async || {
        (to_all().await.as_deref() == Some("0")).then_some(())
    })
    .await;
    assert_eq!(stage.calls(SEND_ALL, SAFE), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_that_failed_in_part_says_so_and_its_failed_batch_is_sent_again() {
    let stage = Stage::open(Options::default()).await;
    let refused = json!({ "kind": "errcode", "errcode": 40031, "path": SEND, "times": 1 });
    stage.control("faults", refused).await;
    assert_eq!(posted(&stage, CAMPAIGNS, Some(draft("p"))).await.0, 202);
    for range in [0..9_000, 9_000..10_500] {
        let page = json!({ "openids": openids(range) });
        let (status, body) = posted(&stage, &path("p", "/recipients"), Some(page)).await;
        assert_eq!(status, 200, "{body}");
    }
    assert_eq!(posted(&stage, &path("p", "/submit"), None).await.0, 202);
    let campaign = reaches(&stage, "p", "partly_failed").await;
    let counts = &campaign["counts"];
    assert_eq!(
        (
            &counts["sent"],
            &counts["failed"],
            &counts["failed_batches"]
        ),
        (&json!(500), &json!(10_000), &json!(1)),
        "{campaign}"
    );
    assert_eq!(counts["filtered"], 0);
    let failed = campaign["batches"][0]["clientmsgid"].clone();
    assert_eq!(resent(&stage, "p").await.0, 202);
    let campaign = reaches(&stage, "p", "finished").await;
    let (batch, counts) = (&campaign["batches"][0], &campaign["counts"]);
    assert_eq!(
        (&counts["sent"], &counts["failed"]),
        (&json!(10_500), &json!(0)),
        "{campaign}"
    );
    assert_eq!(batch["earlier"][0]["clientmsgid"], failed);
    assert_ne!(batch["clientmsgid"], failed);
    let jobs = arrived(&stage).jobs;
    let reached: u64 = jobs.iter().map(|job| job.total).sum();
    assert_eq!((jobs.len(), reached), (2, 10_500), "nobody twice");
    eventually("the receivers are forgotten", async || {
        (!packed(&stage).await).then_some(())
    })
    .await;
    let (status, told) = resent(&stage, "p").await;
    assert_eq!(
        (status, &told["error"]["type"]),
        (409, &json!("wrong_state")),
        "{told}"
    );
}

async fn resent(stage: &Stage, id: &str) -> (u16, Value) {
    posted(stage, &path(id, "/resend"), None).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_left_is_not_among_those_a_failed_batch_is_sent_to_again() {
    let stage = Stage::open(Options::default()).await;
    let refused = json!({ "kind": "errcode", "errcode": 40031, "path": SEND, "times": 1 });
    stage.control("faults", refused).await;
    let body = text("f", json!({ "openids": openids(0..5) }));
    assert_eq!(posted(&stage, CAMPAIGNS, Some(body)).await.0, 202);
    reaches(&stage, "f", "failed").await;
    let leaver = openids(2..3)[0].as_str().unwrap().to_owned();
    let kept = async || {
        let rows = stage.rows("Sends").await;
        rows.iter().find_map(|row| row.get("packed").cloned())
    };
    let before = kept().await;
    assert!(before.is_some());
    let leaves = json!({ "kind": "unsubscribe", "from": leaver });
    let report = stage.push(json!({ "app_id": SAFE, "push": leaves })).await;
    assert_eq!(report["attempts"][0]["status"], 200, "{report}");
    eventually("they are erased", async || {
        (kept().await != before).then_some(())
    })
    .await;
    assert_eq!(resent(&stage, "f").await.0, 202);
    let campaign = reaches(&stage, "f", "finished").await;
    assert_eq!(campaign["batches"][0]["recipients"], 4, "{campaign}");
    assert_eq!(campaign["counts"]["sent"], 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_campaigns_with_one_article_are_warned() {
    let stage = Stage::open(Options::default()).await;
    let article = |id: &str, media_id: &str| {
        let mut body = text(id, json!({ "openids": openids(0..5) }));
        body["message"] = json!({ "msgtype": "mpnews", "mpnews": { "media_id": media_id } });
        body["draft"] = json!(true);
        body
    };
    for (id, media_id, other) in [
        ("one", "shared", Value::Null),
        ("other", "own", Value::Null),
        ("two", "shared", json!("one")),
    ] {
        let (status, told) = posted(&stage, CAMPAIGNS, Some(article(id, media_id))).await;
        assert_eq!(
            (status, &told["warning"]["campaign"]),
            (202, &other),
            "{told}"
        );
        let (status, again) = posted(&stage, CAMPAIGNS, Some(article(id, media_id))).await;
        assert_eq!(
            (status, &again["warning"]["campaign"]),
            (200, &other),
            "{again}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_go_leaves_no_receivers() {
    let stage = Stage::open(Options::default()).await;
    assert_eq!(posted(&stage, CAMPAIGNS, Some(draft("d"))).await.0, 202);
    let page = json!({ "openids": openids(0..50) });
    let added = posted(&stage, &path("d", "/recipients"), Some(page)).await;
    assert_eq!((added.0, packed(&stage).await), (200, true));
    assert_eq!(stop(&stage, "d").await.0, 202);
    eventually("the receivers are forgotten", async || {
        (!packed(&stage).await).then_some(())
    })
    .await;
    let late = json!({ "openids": openids(50..60) });
    let late = posted(&stage, &path("d", "/recipients"), Some(late)).await;
    assert_eq!((late.0, packed(&stage).await), (409, false), "{late:?}");
    let mut long = text("long", json!({ "openids": openids(0..5) }));
    long["message"]["text"]["content"] = json!("a".repeat(500_000));
    let (status, told) = posted(&stage, CAMPAIGNS, Some(long)).await;
    assert_eq!(
        (status, &told["error"]["field"]),
        (400, &json!("message.text.content"))
    );
    assert_eq!(
        told["error"]["rule"],
        "must be at most 2,048 bytes of UTF-8"
    );
    assert!(!packed(&stage).await);
}
