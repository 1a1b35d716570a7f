//! What an account may send is decided by its kind and its class: refused before anything happens, and by WeChat
//! where somebody insists.

use local::Options;
use serde_json::{Value, json};
use tests::{
    Stage, eventually,
    management::{OPENID, TEMPLATES, arrived, template},
};

const PLAIN: &str = "/v1/accounts/plain";
const TEXT: &str = "/wechat/cgi-bin/message/custom/send";

/// A bundle whose subscription account `plain` is of somebody who cannot be verified.
async fn open() -> Stage {
    let mut options = Options::default();
    let (kind, class) = ("kind = \"subscription\"", "class = \"unverified\"");
    options.accounts = options
        .accounts
        .replacen(kind, &format!("{kind}\n{class}"), 1);
    let stage = Stage::open(options).await;
    for app_id in [tests::accounts::SAFE, tests::accounts::PLAIN] {
        let any =
            json!({ "check_templates": false, "check_consent": false, "check_window": false });
        stage.control(&format!("sends/{app_id}"), any).await;
    }
    stage
}

fn text() -> Value {
    json!({ "touser": OPENID, "msgtype": "text", "text": { "content": "你好" } })
}

/// A body for each route that sends, and the setting that speaks against it.
fn sends() -> [(&'static str, Value, &'static str); 7] {
    let message = json!({ "msgtype": "text", "text": { "content": "你好" } });
    let data = json!({ "thing1": { "value": "你好" } });
    let subscription = json!({ "touser": OPENID, "template_id": "TPL", "data": data });
    let one_time = json!({
        "touser": OPENID, "template_id": "TPL", "scene": 1, "title": "你好", "url": "https://www.example.com/",
        "data": { "content": { "value": "你好" } },
    });
    [
        ("customer-service-messages", text(), "class"),
        (
            "template-messages",
            json!([template("a"), template("b")]),
            "kind",
        ),
        ("subscription-messages", subscription, "class"),
        ("one-time-subscription-messages", one_time, "class"),
        (
            "mass-sends",
            json!({ "message": message, "to": { "all": true } }),
            "class",
        ),
        (
            "mass-sends",
            json!({ "message": message, "to": { "openids": [OPENID, "oA"] } }),
            "kind",
        ),
        (
            "mass-sends/preview",
            json!({ "message": message, "to_user": OPENID }),
            "class",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_account_may_not_send_is_refused_before_it_is_stored() {
    let stage = open().await;
    for (route, body, field) in sends() {
        let path = format!("{PLAIN}/{route}");
        let (status, answer) = stage.signed("POST", &path, Some(body)).await;
        let error = &answer["error"];
        assert_eq!(
            (status, &error["type"]),
            (403, &json!("api_unauthorized")),
            "{answer}"
        );
        assert_eq!(
            (&error["errcode"], &error["field"]),
            (&json!(48_001), &json!(field)),
            "{answer}"
        );
    }
    assert!(stage.rows("Sends").await.is_empty());

    // An account of the other kind and class is none the worse.
    let (status, answer) = stage.signed("POST", TEMPLATES, Some(template("a"))).await;
    assert_eq!(status, 202, "{answer}");
    eventually("the message arrives", async || {
        (arrived(&stage) == 1).then_some(())
    })
    .await;
    let (status, answer) = stage
        .signed("POST", &format!("/v1/accounts/demo{TEXT}"), Some(text()))
        .await;
    assert_eq!((status, &answer["errcode"]), (200, &json!(0)), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_insists_hears_it_from_wechat() {
    let stage = open().await;
    let (status, answer) = stage
        .signed("POST", &format!("{PLAIN}{TEXT}"), Some(text()))
        .await;
    assert_eq!(
        (status, &answer["errcode"]),
        (422, &json!(48_001)),
        "{answer}"
    );
    assert_eq!(answer["class"], "permission");
    assert!(
        answer["rid"].as_str().is_some_and(|rid| !rid.is_empty()),
        "{answer}"
    );

    let mut forced = template("forced");
    forced["force"] = json!(true);
    let (status, answer) = stage
        .signed("POST", &format!("{PLAIN}/template-messages"), Some(forced))
        .await;
    assert_eq!(status, 202, "{answer}");
    let row = eventually("WeChat refuses it", async || {
        let path = format!("{PLAIN}/messages/forced");
        let (_, row) = stage.signed("GET", &path, None).await;
        (row["state"] == "failed").then_some(row)
    })
    .await;
    assert_eq!(row["error"]["errcode"], 48_001, "{row}");
    assert_eq!(arrived(&stage), 0);

    // An answer in time, and every other call that is open to all, goes on.
    let menu = format!("{PLAIN}/wechat/cgi-bin/get_current_selfmenu_info");
    let (status, answer) = stage.signed("GET", &menu, None).await;
    assert_eq!(status, 200, "{answer}");
    let report = stage.text(tests::accounts::PLAIN, "ping").await;
    assert_eq!(report["attempts"][0]["status"], 200, "{report}");
}
