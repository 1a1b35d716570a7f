//! Single messages: accepted once, refused with the right code, reported back as events.

use super::{
    APP, Caller, advance,
    callback::{Callback, Step},
    delete, fixture, get, with,
};
use crate::{PushRequest, element::Element};
use serde_json::{Value, json};

const USER: &str = "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI";
const TEMPLATE: &str = "/cgi-bin/message/template/send";
const BIZSEND: &str = "/cgi-bin/message/subscribe/bizsend";
const CUSTOM: &str = "/cgi-bin/message/custom/send";
const TYPING: &str = "/cgi-bin/message/custom/typing";

fn sends() -> String {
    format!("/_control/sends/{APP}")
}

async fn followers(caller: &Caller, mut change: Value) {
    change["openids"] = json!([USER]);
    caller
        .control(&format!("/_control/followers/{APP}"), change)
        .await;
}

/// Waits until the callback has got so many events of a name.
pub(super) async fn events(callback: &Callback, name: &str, wanted: usize) -> Vec<Element> {
    for _ in 0..500 {
        let got = callback.got().into_iter().map(|got| got.message);
        let found: Vec<_> = got
            .filter(|message| message.text_of("Event") == Some(name))
            .collect();
        if found.len() >= wanted {
            return found;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("no {wanted} {name}");
}

#[tokio::test]
async fn a_client_msg_id_is_one_message_for_ten_minutes() {
    let caller = Caller::start("").await;
    let body = fixture("requests/template_send.json");
    let first = caller.post(TEMPLATE, body.clone()).await;
    assert_eq!(
        caller.post(TEMPLATE, body.clone()).await["msgid"],
        first["msgid"]
    );
    let other = with(
        body.clone(),
        "touser",
        json!("oT3x_uB7cDeF1gHiJ2kLmN3oPqRs"),
    );
    assert_ne!(caller.post(TEMPLATE, other).await["msgid"], first["msgid"]);
    advance(&caller.platform, 600_000).await;
    assert_ne!(
        caller.post(TEMPLATE, body.clone()).await["msgid"],
        first["msgid"]
    );
    let bare = with(body, "client_msg_id", Value::Null);
    let ids = [
        caller.post(TEMPLATE, bare.clone()).await["msgid"].clone(),
        caller.post(TEMPLATE, bare).await["msgid"].clone(),
    ];
    assert_ne!(ids[0], ids[1]);
    let count = get(
        &caller.platform,
        "/_control/messages/count?account=wx5f2c8a1d9e3b7046",
    )
    .await;
    assert_eq!(count["count"], 5);
    let page = get(
        &caller.platform,
        &format!("/_control/messages?to_user={USER}&after=1&limit=2"),
    )
    .await;
    let messages = page["messages"].as_array().unwrap();
    assert_eq!(
        (messages.len(), &messages[0]["n"], &messages[0]["kind"]),
        (2, &json!(3), &json!("template"))
    );
    assert_eq!(messages[0]["client_msg_id"], "ORD-2025-0001-SHIPPED");
    assert_eq!(messages[0]["body"]["data"]["thing2"]["value"], "矿泉水");
}

#[tokio::test]
async fn template_messages_are_refused_as_they_should_be() {
    let caller = Caller::start("").await;
    let body = fixture("requests/template_send.json");
    let program = json!({"appid": "wxa81f3c5d7e9b0246", "pagepath": "/pages/o"});
    for (field, value, code) in [
        ("touser", json!("nobody"), 40_003),
        ("touser", Value::Null, 41_009),
        (
            "template_id",
            json!("Zy8Xw6Vu4Ts2Rq0PoNmLkJiHgFeDcBa9876543210-_A"),
            40_037,
        ),
        ("template_id", json!(""), 40_036),
        ("miniprogram", program, 40_165),
        ("miniprogram", json!({"appid": "gh_1"}), 40_166),
        ("data", json!({"thing2": {"value": "矿泉水"}}), 47_003),
    ] {
        assert_eq!(
            caller
                .code(TEMPLATE, with(body.clone(), field, value))
                .await,
            code,
            "{field}"
        );
    }
    followers(&caller, json!({"follows": false})).await;
    caller.expect(43_004, TEMPLATE, body.clone()).await;
    followers(&caller, json!({"follows": true, "blacklisted": true})).await;
    caller.expect(43_019, TEMPLATE, body).await;
    assert_eq!(
        get(&caller.platform, "/_control/messages/count").await["count"],
        0
    );
}

#[tokio::test]
async fn results_come_back_as_events_and_can_be_chosen() {
    let callback = Callback::start(vec![Step::Body("success")]).await;
    let caller = Caller::start(&callback.url).await;
    let sent = caller
        .post(TEMPLATE, fixture("requests/template_send.json"))
        .await;
    let event = events(&callback, "TEMPLATESENDJOBFINISH", 1)
        .await
        .remove(0);
    assert_eq!(event.text_of("MsgID").unwrap(), sent["msgid"].to_string());
    assert_eq!(
        (event.text_of("Status"), event.text_of("FromUserName")),
        (Some("success"), Some(USER))
    );
    let outcomes = json!({"success": 0, "user_block": 1});
    caller
        .control(
            &sends(),
            json!({"outcomes": outcomes, "result_copies": 2, "check_consent": false}),
        )
        .await;
    let bare = with(
        fixture("requests/template_send.json"),
        "client_msg_id",
        json!("another"),
    );
    caller.post(TEMPLATE, bare).await;
    let found = events(&callback, "TEMPLATESENDJOBFINISH", 3).await;
    assert_eq!(found[2].text_of("Status"), Some("failed:user block"));
    let sent = caller.post(BIZSEND, fixture("requests/bizsend.json")).await;
    let event = events(&callback, "subscribe_msg_sent_event", 2)
        .await
        .remove(0);
    let list = event
        .child("SubscribeMsgSentEvent")
        .and_then(|group| group.child("List"))
        .unwrap();
    assert_eq!(list.text_of("MsgID").unwrap(), sent["msgid"].to_string());
    assert_eq!(list.text_of("ErrorCode"), Some("43101"));
}

#[tokio::test]
async fn a_result_waits_for_the_platforms_clock() {
    let callback = Callback::start(vec![Step::Body("success")]).await;
    let caller = Caller::start(&callback.url).await;
    caller
        .control(&sends(), json!({"result_delay_ms": [3_600_000, 3_600_000]}))
        .await;
    caller
        .post(TEMPLATE, fixture("requests/template_send.json"))
        .await;
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert!(callback.got().is_empty());
    advance(&caller.platform, 3_600_000).await;
    events(&callback, "TEMPLATESENDJOBFINISH", 1).await;
}

#[tokio::test]
async fn consent_comes_by_push_and_is_used_up() {
    let callback = Callback::start(vec![Step::Body("success")]).await;
    let caller = Caller::start(&callback.url).await;
    let body = fixture("requests/bizsend.json");
    caller.expect(43_101, BIZSEND, body.clone()).await;
    let choose = |event: &str, word: &str| {
        let list = json!({"template_id": body["template_id"], "subscribe_status_string": word, "popup_scene": 1});
        let mut push = json!({"kind": event, "from": USER, event: {"list": list}});
        if event == "subscribe_msg_change_event" {
            push[event]["list"]
                .as_object_mut()
                .unwrap()
                .remove("popup_scene");
        }
        let push = PushRequest::new(APP, push.as_object().cloned().unwrap());
        caller.platform.state().push(push)
    };
    choose("subscribe_msg_popup_event", "accept").await.unwrap();
    caller.expect(0, BIZSEND, body.clone()).await;
    caller.expect(43_101, BIZSEND, body.clone()).await;
    choose("subscribe_msg_popup_event", "accept").await.unwrap();
    choose("subscribe_msg_change_event", "reject")
        .await
        .unwrap();
    caller.expect(43_101, BIZSEND, body.clone()).await;
    caller
        .control(
            &sends(),
            json!({"bizsend_msgid": false, "check_consent": false}),
        )
        .await;
    assert_eq!(
        caller.post(BIZSEND, body.clone()).await,
        json!({"errcode": 0, "errmsg": "ok"})
    );
    let phrase =
        json!({"name1": {"value": "张三"}, "thing8": {"value": "取件"}, "time7": {"value": "?"}});
    caller
        .expect(47_003, BIZSEND, with(body, "data", phrase))
        .await;
}

#[tokio::test]
async fn the_window_opens_with_a_message_and_closes() {
    let callback = Callback::start(vec![Step::Body("success")]).await;
    let caller = Caller::start(&callback.url).await;
    let (text, typing) = (
        fixture("requests/custom_text.json"),
        fixture("requests/custom_typing.json"),
    );
    caller.expect(45_015, CUSTOM, text.clone()).await;
    caller.expect(45_080, TYPING, typing.clone()).await;
    caller
        .platform
        .state()
        .push(PushRequest::text(APP, "ping"))
        .await
        .unwrap();
    caller.expect(0, TYPING, typing.clone()).await;
    caller.expect(45_081, TYPING, typing.clone()).await;
    for _ in 0..5 {
        caller.expect(0, CUSTOM, text.clone()).await;
    }
    caller.expect(45_047, CUSTOM, text.clone()).await;
    advance(&caller.platform, 48 * 3_600_000).await;
    caller.expect(45_015, CUSTOM, text.clone()).await;
    followers(&caller, json!({"interacts": "click"})).await;
    caller.expect(0, CUSTOM, text.clone()).await;
    followers(&caller, json!({"muted": true})).await;
    caller.expect(48_002, CUSTOM, text.clone()).await;
    caller
        .control(
            &sends(),
            json!({"check_window": false, "keep_bodies": false}),
        )
        .await;
    followers(&caller, json!({"muted": false})).await;
    caller.expect(0, CUSTOM, text).await;
    let last = get(
        &caller.platform,
        "/_control/messages?after=7&kind=customer_service",
    )
    .await;
    assert!(
        last["messages"][0]["body"].is_null() && last["messages"][0]["n"] == 8,
        "{last}"
    );
    caller
        .expect(45_072, TYPING, with(typing, "command", json!("Sing")))
        .await;
}

#[tokio::test]
async fn service_messages_of_every_kind_are_checked() {
    let caller = Caller::start("").await;
    caller
        .control(
            &sends(),
            json!({"check_window": false, "check_media": false}),
        )
        .await;
    for kind in [
        "image",
        "voice",
        "video",
        "music",
        "news",
        "mpnews",
        "mpnewsarticle",
        "msgmenu",
        "wxcard",
        "miniprogrampage",
        "text",
    ] {
        let body = fixture(&format!("requests/custom_{kind}.json"));
        assert_eq!(caller.code(CUSTOM, body.clone()).await, 0, "{kind}");
        assert_ne!(
            caller.code(CUSTOM, with(body, kind, json!({}))).await,
            0,
            "{kind}"
        );
    }
    let body = fixture("requests/custom_text.json");
    caller
        .expect(40_008, CUSTOM, with(body.clone(), "msgtype", json!("sms")))
        .await;
    let long = json!({"content": "长".repeat(700)});
    caller
        .expect(45_002, CUSTOM, with(body, "text", long))
        .await;
}

#[tokio::test]
async fn a_one_time_subscription_is_confirmed_in_the_browser() {
    let caller = Caller::start("").await;
    let body = fixture("requests/template_subscribe.json");
    let path = "/cgi-bin/message/template/subscribe";
    caller.expect(43_101, path, body.clone()).await;
    let page = format!(
        "/mp/subscribemsg?action=get_confirm&appid={APP}&scene=1000&template_id={}&redirect_url=http%3A%2F%2Fh%2Fback&reserved=r",
        body["template_id"].as_str().unwrap()
    );
    let open = |path: String| {
        let platform = &caller.platform;
        async move {
            super::send(platform, "GET", &path, Value::Null)
                .await
                .unwrap()
        }
    };
    for reserved in ["a-b", &"x".repeat(129)] {
        let refused = open(page.replace("reserved=r", &format!("reserved={reserved}"))).await;
        let refused = String::from_utf8_lossy(&refused.body).into_owned();
        assert!(refused.contains("40035"), "{refused}");
    }
    let asked = open(page.clone()).await;
    assert!(String::from_utf8_lossy(&asked.body).contains("_choice=refuse"));
    assert_eq!(open(format!("{page}&_choice=refuse")).await.status, 302);
    caller.expect(43_101, path, body.clone()).await;
    assert_eq!(
        open(format!("{page}&_choice=allow&_openid={USER}"))
            .await
            .status,
        302
    );
    caller.expect(0, path, body.clone()).await;
    caller.expect(43_101, path, body).await;
}

#[tokio::test]
async fn a_mix_of_faults_strikes_its_share_and_no_message_comes_twice() {
    let caller = Caller::start("").await;
    let mix = json!({"kind": "mixed", "path": TEMPLATE, "probability": 0.3, "seed": 7, "of": [
        {"kind": "cut"}, {"kind": "cut_unprocessed"}, {"kind": "hang", "delay_ms": 1}, {"kind": "garbage"},
        {"kind": "empty"}, {"kind": "gateway_504"}, {"kind": "errcode", "errcode": -1}]});
    caller.control("/_control/faults", mix).await;
    let mut failed = 0;
    for n in 0..60 {
        let body = with(
            fixture("requests/template_send.json"),
            "client_msg_id",
            json!(n.to_string()),
        );
        loop {
            let address = caller.address(TEMPLATE);
            let answer = super::send(&caller.platform, "POST", &address, body.clone()).await;
            let answer = answer
                .ok()
                .and_then(|answer| serde_json::from_slice::<Value>(&answer.body).ok());
            if answer.is_some_and(|answer| answer["errcode"] == 0) {
                break;
            }
            failed += 1;
        }
    }
    assert!((10..50).contains(&failed), "{failed}");
    assert_eq!(
        get(&caller.platform, "/_control/messages/count").await["count"],
        60
    );
    delete(&caller.platform, "/_control/faults").await;
    delete(&caller.platform, "/_control/messages").await;
    assert_eq!(
        get(&caller.platform, "/_control/messages/count").await["count"],
        0
    );
}
