//! Messages and campaigns in the hands of a person: scheduled, cancelled, sent again, listed, counted.

use serde_json::{Value, json};
use shared::time::Timestamp;
use std::time::{Duration, SystemTime};
use tests::{
    eventually,
    management::{arrived, open, template},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_message_waits_for_its_time_and_can_be_cancelled() {
    let stage = open().await;
    let path = "/v1/accounts/demo/template-messages";
    let at = |seconds: u64| {
        let at = SystemTime::now() + Duration::from_secs(seconds);
        Timestamp::from(at)
    };
    let (soon, far) = (at(4), at(86_400));
    let waiting = |id: &str, at: Timestamp| {
        let mut message = template(id);
        message["not_before"] = json!(at.utc());
        message
    };
    let (status, told) = stage
        .signed(
            "POST",
            path,
            Some(json!([waiting("soon", soon), waiting("far", far)])),
        )
        .await;
    assert_eq!(
        (status, &told[0]["state"]),
        (202, &json!("parked")),
        "{told}"
    );
    let one = "/v1/accounts/demo/messages/far";
    let (_, row) = stage.signed("GET", one, None).await;
    assert_eq!(row["not_before"], json!(far.utc()));
    let (status, row) = stage.signed("DELETE", one, None).await;
    assert_eq!((status, &row["state"]), (200, &json!("cancelled")), "{row}");
    assert_eq!(stage.signed("DELETE", one, None).await.0, 200, "again");
    eventually("the other one arrives", async || {
        (arrived(&stage) == 1).then_some(())
    })
    .await;
    let now = Timestamp::from(SystemTime::now());
    assert!(now >= soon, "not before its time");
    let gone = "/v1/accounts/demo/messages/soon";
    let (status, refused) = stage.signed("DELETE", gone, None).await;
    assert_eq!(
        (status, &refused["error"]["type"]),
        (409, &json!("wrong_state"))
    );
    let listing = "/v1/accounts/demo/messages?state=cancelled&kind=template&template_id=TPL";
    let (_, page) = stage.signed("GET", listing, None).await;
    assert_eq!(page["messages"].as_array().map(Vec::len), Some(1), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_failed_messages_are_sent_again_at_once() {
    let stage = open().await;
    let fault =
        json!({ "kind": "errcode", "errcode": 40_003, "path": "/cgi-bin/message/", "times": 3 });
    stage.control("faults", fault).await;
    let path = "/v1/accounts/demo/template-messages";
    let messages = ["a", "b", "c"].map(template);
    assert_eq!(
        stage.signed("POST", path, Some(json!(messages))).await.0,
        202
    );
    let failed = "/v1/accounts/demo/messages?state=failed";
    eventually("all are refused", async || {
        let (_, page) = stage.signed("GET", failed, None).await;
        (page["messages"].as_array().map(Vec::len) == Some(3)).then_some(())
    })
    .await;
    let path = "/v1/accounts/demo/messages/redrive";
    let (status, told) = stage
        .signed("POST", path, Some(json!({ "state": "sent" })))
        .await;
    assert_eq!((status, &told["error"]["field"]), (400, &json!("state")));
    let many = json!({ "state": "failed", "kind": "template", "since": "2026-01-01T00:00:00Z" });
    let (status, told) = stage.signed("POST", path, Some(many)).await;
    assert_eq!(status, 202);
    assert_eq!(told, json!({ "redriven": 3, "refused": 0, "cursor": null }));
    eventually("all arrive", async || (arrived(&stage) == 3).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn campaigns_are_listed_and_the_console_s_own_sends_count() {
    let stage = open().await;
    let path = "/v1/accounts/demo/mass-sends";
    let quota = format!("{path}/quota");
    let (status, told) = stage.signed("GET", &quota, None).await;
    assert_eq!((status, &told["to_all"]), (200, &json!(0)), "{told}");
    let most = told["to_all_most"].as_u64().unwrap();
    let (status, refused) = stage
        .signed("PUT", &quota, Some(json!({ "toall": 1 })))
        .await;
    assert_eq!((status, &refused["error"]["field"]), (400, &json!("toall")));
    let (status, told) = stage
        .signed("PUT", &quota, Some(json!({ "to_all": most })))
        .await;
    assert_eq!((status, &told["to_all"]), (200, &json!(most)), "{told}");
    let campaign = |id: &str, draft: bool| {
        json!({
            "client_msg_id": id, "draft": draft, "to": { "all": true },
            "message": { "msgtype": "text", "text": { "content": "hello" } },
        })
    };
    let (status, refused) = stage
        .signed("POST", path, Some(campaign("all", false)))
        .await;
    assert_eq!(
        (status, &refused["error"]["guard"]),
        (429, &json!("to_all"))
    );
    for id in ["one", "two", "three"] {
        let (status, told) = stage
            .signed(
                "POST",
                path,
                Some(json!({
                    "client_msg_id": id, "draft": true, "to": { "openids": [] },
                    "message": { "msgtype": "text", "text": { "content": id } },
                })),
            )
            .await;
        assert_eq!(status, 202, "{told}");
    }
    let (_, first) = stage.signed("GET", &format!("{path}?limit=2"), None).await;
    let ids = |page: &Value| -> Vec<Value> {
        let campaigns = page["campaigns"].as_array().unwrap().iter();
        campaigns
            .map(|campaign| campaign["client_msg_id"].clone())
            .collect()
    };
    assert_eq!(ids(&first), ["three", "two"]);
    let next = format!("{path}?cursor={}", first["cursor"].as_str().unwrap());
    let (_, rest) = stage.signed("GET", &next, None).await;
    assert_eq!(
        (ids(&rest), &rest["cursor"]),
        (vec![json!("one")], &json!(null))
    );
    let (_, none) = stage
        .signed("GET", &format!("{path}?state=finished"), None)
        .await;
    assert_eq!(ids(&none), Vec::<Value>::new());
}
