//! Mass sends over HTTP: ids, limits, results, the administrator.

use super::{
    APP, Caller, advance,
    callback::{Callback, Step},
    fixture, get,
    sends::events,
    with,
};
use serde_json::{Value, json};

const SEND: &str = "/cgi-bin/message/mass/send";
const SEND_ALL: &str = "/cgi-bin/message/mass/sendall";

fn mass() -> String {
    format!("/_control/mass/{APP}")
}

async fn caller(callback_url: &str) -> Caller {
    let caller = Caller::start(callback_url).await;
    caller
        .control(
            &format!("/_control/sends/{APP}"),
            json!({"check_media": false}),
        )
        .await;
    caller
}

/// A list of openids, the first of which has this number.
fn openids(first: usize, count: usize) -> Value {
    (first..first + count)
        .map(|n| json!(format!("oMass{n:023}")))
        .collect()
}

#[tokio::test]
async fn an_id_is_one_job_and_its_result_comes_back() {
    let callback = Callback::start(vec![Step::Body("success")]).await;
    let caller = caller(&callback.url).await;
    let body = fixture("requests/mass_send_mpnews.json");
    let late = json!({"finish_after_ms": [60_000, 60_000]});
    caller.control(&mass(), late).await;
    let sent = caller.post(SEND, body.clone()).await;
    assert!(
        sent["msg_id"].as_u64().unwrap() > 1 << 31 && sent["msg_data_id"].is_u64(),
        "{sent}"
    );
    let again = caller.post(SEND, body.clone()).await;
    assert_eq!(
        again,
        json!({"errcode": 45_065, "errmsg": "clientmsgid exist", "msg_id": sent["msg_id"]})
    );
    let asked = json!({"msg_id": sent["msg_id"].to_string()});
    assert_eq!(
        caller
            .post("/cgi-bin/message/mass/get", asked.clone())
            .await["msg_status"],
        "SENDING"
    );
    advance(&caller.platform, 60_000).await;
    let event = events(&callback, "MASSSENDJOBFINISH", 1).await.remove(0);
    let counts = [
        "MsgID",
        "Status",
        "TotalCount",
        "FilterCount",
        "SentCount",
        "ErrorCount",
    ];
    let msg_id = sent["msg_id"].to_string();
    assert_eq!(
        counts.map(|name| event.text_of(name).unwrap()),
        [&msg_id, "send success", "2", "2", "2", "0"]
    );
    assert_eq!(
        caller.post("/cgi-bin/message/mass/get", asked).await["msg_status"],
        "SEND_SUCCESS"
    );
    let view = get(
        &caller.platform,
        &format!("/_control/mass?account={APP}&openid=oT3x_uB7cDeF1gHiJ2kLmN3oPqRs"),
    )
    .await;
    assert_eq!(
        (&view["total"], &view["distinct"], &view["duplicates"]),
        (&json!(2), &json!(2), &json!(0))
    );
    assert_eq!(
        (&view["received"], &view["jobs"][0]["status"]),
        (&json!(1), &json!("send success"))
    );
}

#[tokio::test]
async fn what_was_sent_is_deleted_by_id_or_address() {
    let callback = Callback::start(vec![Step::Body("success")]).await;
    let caller = caller(&callback.url).await;
    let sent = caller
        .post(SEND, fixture("requests/mass_send_mpnews.json"))
        .await;
    advance(&caller.platform, 1_000).await;
    let event = events(&callback, "MASSSENDJOBFINISH", 1).await.remove(0);
    let delete = json!({"msg_id": sent["msg_id"], "article_idx": 9});
    caller
        .expect(40_060, "/cgi-bin/message/mass/delete", delete)
        .await;
    let url = event
        .child("ArticleUrlResult")
        .and_then(|result| result.child("ResultList"))
        .unwrap();
    let url = url
        .child("item")
        .and_then(|item| item.text_of("ArticleUrl"))
        .unwrap();
    caller
        .expect(0, "/cgi-bin/message/mass/delete", json!({"url": url}))
        .await;
    caller
        .expect(40_059, "/cgi-bin/message/mass/get", json!({"msg_id": 1}))
        .await;
}

#[tokio::test]
async fn orders_are_refused_as_they_should_be() {
    let caller = caller("").await;
    let text = fixture("requests/mass_send_text.json");
    for (field, value, code) in [
        ("touser", openids(0, 1), 40_130),
        ("touser", openids(0, 10_001), 45_019),
        ("touser", json!(["nobody", "noone"]), 40_003),
        ("msgtype", json!("sms"), 40_008),
        ("text", json!({}), 44_004),
        (
            "clientmsgid",
            json!("c0ffee00-0000-4000-8000-000000000000"),
            45_067,
        ),
    ] {
        assert_eq!(
            caller.code(SEND, with(text.clone(), field, value)).await,
            code,
            "{field}"
        );
    }
    let all = fixture("requests/mass_sendall_mpnews.json");
    for filter in [
        json!({"is_to_all": false}),
        json!({"is_to_all": false, "tag_id": 77}),
    ] {
        caller
            .expect(40_152, SEND_ALL, with(all.clone(), "filter", filter))
            .await;
    }
    caller.control(&mass(), json!({"agreement": false})).await;
    caller.expect(48_003, SEND_ALL, all.clone()).await;
    caller.control(&mass(), json!({"agreement": true})).await;
    caller
        .control(
            &format!("/_control/accounts/{APP}"),
            json!({"kind": "subscription"}),
        )
        .await;
    caller.expect(48_001, SEND, text).await;
    let to_all = |id: &str| {
        let body = with(
            fixture("requests/mass_sendall_text_all.json"),
            "clientmsgid",
            json!(id),
        );
        caller.code(SEND_ALL, body)
    };
    assert_eq!((to_all("a").await, to_all("b").await), (0, 45_028));
    caller
        .control(
            &format!("/_control/sends/{APP}"),
            json!({"check_media": true}),
        )
        .await;
    caller.expect(40_007, SEND_ALL, all).await;
}

#[tokio::test]
async fn every_kind_goes_and_calls_are_counted_by_the_minute() {
    let caller = caller("").await;
    for kind in ["images", "mpnews", "mpvideo", "voice", "wxcard", "text_all"] {
        let body = fixture(&format!("requests/mass_sendall_{kind}.json"));
        assert_eq!(caller.code(SEND_ALL, body).await, 0, "{kind}");
    }
    let same = caller
        .code(SEND_ALL, fixture("requests/mass_sendall_voice.json"))
        .await;
    assert_eq!(same, 45_065);
    for name in ["image", "openid", "wxname"] {
        let body = fixture(&format!("requests/mass_preview_{name}.json"));
        let answer = caller.post("/cgi-bin/message/mass/preview", body).await;
        assert_eq!(
            (&answer["errmsg"], answer["msg_id"].is_u64()),
            (&json!("preview success"), true)
        );
    }
    for _ in 0..53 {
        caller.code(SEND_ALL, json!({})).await;
    }
    caller.expect(45_011, SEND_ALL, json!({})).await;
}

#[tokio::test]
async fn a_campaign_in_batches_reaches_everybody_once() {
    let caller = caller("").await;
    caller
        .control(&mass(), json!({"finish_after_ms": [0, 0]}))
        .await;
    for batch in 0..5 {
        let body = json!({
            "touser": openids(batch * 10_000, 10_000), "msgtype": "text", "text": {"content": "hi"},
            "clientmsgid": format!("campaign-{batch}"),
        });
        caller.expect(0, SEND, body.clone()).await;
        caller.expect(45_065, SEND, body).await;
    }
    let mut view = Value::Null;
    for _ in 0..200 {
        view = get(&caller.platform, &format!("/_control/mass?account={APP}")).await;
        if view["total"] == 50_000 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(
        (&view["distinct"], &view["duplicates"]),
        (&json!(50_000), &json!(0))
    );
}

#[tokio::test]
async fn the_administrator_is_asked_and_statuses_can_be_chosen() {
    let callback = Callback::start(vec![Step::Body("success")]).await;
    let caller = caller(&callback.url).await;
    caller
        .control(
            &mass(),
            json!({"protection": "wait", "statuses": {"err(20431)": 1}}),
        )
        .await;
    let body = fixture("requests/mass_sendall_text_all.json");
    let sent = caller.post(SEND_ALL, body.clone()).await;
    let waiting = get(&caller.platform, &format!("/_control/mass?account={APP}")).await;
    assert_eq!(waiting["jobs"][0]["status"], "awaiting_admin");
    caller
        .control(
            &format!("{}/{}", mass(), sent["msg_id"]),
            json!({"admin": "confirm"}),
        )
        .await;
    advance(&caller.platform, 1_000).await;
    let event = events(&callback, "MASSSENDJOBFINISH", 1).await.remove(0);
    assert_eq!(event.text_of("Status"), Some("err(20431)"));
    let silent = caller
        .post(SEND_ALL, with(body.clone(), "clientmsgid", json!("silent")))
        .await;
    advance(&caller.platform, 30 * 60_000).await;
    let event = events(&callback, "MASSSENDJOBFINISH", 2).await.remove(1);
    assert_eq!(event.text_of("Status"), Some("err(40002)"));
    assert_eq!(
        event.text_of("MsgID").unwrap(),
        silent["msg_id"].to_string()
    );
    caller.control(&mass(), json!({"protection": "ask"})).await;
    let asking = with(body, "clientmsgid", json!("asking"));
    caller.expect(89_504, SEND_ALL, asking.clone()).await;
    caller.expect(89_505, SEND_ALL, asking).await;
}

#[tokio::test]
async fn the_speed_is_kept() {
    let caller = caller("").await;
    let set = "/cgi-bin/message/mass/speed/set";
    caller.expect(0, set, json!({"speed": 3})).await;
    let speed = caller
        .post("/cgi-bin/message/mass/speed/get", json!({}))
        .await;
    assert_eq!(speed, json!({"speed": 3, "realspeed": 30}));
    caller.expect(45_083, set, json!({"speed": 5})).await;
    caller.expect(45_084, set, json!({})).await;
}
