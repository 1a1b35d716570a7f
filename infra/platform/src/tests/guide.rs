//! The guide feature over HTTP.

use serde_json::{Value, json};

use super::endpoints::assert_shape;
use super::{APP, Caller, fixture};

const USERS: [&str; 2] = [
    "oT3x_uB7cDeF1gHiJ2kLmN3oPqRs",
    "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI",
];

async fn call(caller: &Caller, name: &str, body: Value) -> Value {
    caller.post(&format!("/cgi-bin/guide/{name}"), body).await
}

async fn good(caller: &Caller, name: &str, body: Value) {
    let path = format!("/cgi-bin/guide/{name}");
    caller.expect(0, &path, body).await;
}

/// A body that names the advisor, with more fields.
fn with(more: Value) -> Value {
    let mut body = json!({"guide_account": "wx_guide_01"});
    let more = more.as_object().cloned().unwrap();
    body.as_object_mut().unwrap().extend(more);
    body
}

async fn caller() -> Caller {
    let caller = Caller::start("").await;
    caller
        .control(
            &format!("/_control/sends/{APP}"),
            json!({"check_media": false}),
        )
        .await;
    let advisor = json!({"guide_account": "wx_guide_01", "guide_nickname": "小王"});
    good(&caller, "addguideacct", advisor).await;
    caller
}

#[tokio::test]
async fn advisors_groups_and_settings() {
    let caller = caller().await;
    let one = json!({"guide_account": "wx_guide_01"});
    assert_shape(
        &call(&caller, "getguideacct", one.clone()).await,
        "guide_getguideacct",
    );
    assert_eq!(
        call(&caller, "addguideacct", one.clone()).await["errcode"],
        9300803
    );
    assert_eq!(
        call(&caller, "getguideacct", json!({})).await["errcode"],
        9300801
    );
    assert_eq!(
        call(&caller, "getguideacctlist", json!({"page": 0, "num": 5})).await["total_num"],
        1
    );
    let group = call(&caller, "newguidegroup", json!({"group_name": "一组"})).await;
    assert_shape(
        &call(&caller, "getguidegrouplist", json!({})).await,
        "guide_grouplist",
    );
    let join = json!({"group_id": group["group_id"], "guide_account": "wx_guide_01"});
    good(&caller, "addguide2guidegroup", join.clone()).await;
    assert_eq!(
        call(&caller, "getgroupbyguide", one.clone()).await["group_id_list"][0],
        group["group_id"]
    );
    let info = call(
        &caller,
        "getgroupinfo",
        json!({"group_id": group["group_id"].to_string(), "page": 0, "num": 10}),
    )
    .await;
    assert_eq!(info["guide_list"][0]["guide_nickname"], "小王");
    good(&caller, "delguide2guidegroup", join).await;
    good(&caller, "delguidegroup", group).await;
    let reply = json!({"guide_account": "wx_guide_01", "is_delete": false, "guide_auto_reply": {"content": "hi", "msgtype": 1}});
    good(&caller, "setguideconfig", reply).await;
    assert_eq!(
        call(&caller, "getguideconfig", one.clone()).await["guide_auto_reply"]["content"],
        "hi"
    );
    let config = json!({"is_delete": false, "black_keyword": {"values": ["x"]}});
    good(&caller, "setguideacctconfig", config).await;
    assert_eq!(
        call(&caller, "getguideacctconfig", json!({})).await["black_keyword"]["values"][0],
        "x"
    );
    good(&caller, "delguideacct", one).await;
}

#[tokio::test]
async fn customers_are_bound() {
    let caller = caller().await;
    let one = with(json!({"openid": USERS[0], "buyer_nickname": "张"}));
    good(&caller, "addguidebuyerrelation", one.clone()).await;
    assert_eq!(
        call(&caller, "getguidebuyerrelation", one.clone()).await["buyer_nickname"],
        "张"
    );
    assert_eq!(
        call(&caller, "getguidebuyerrelationbybuyer", one.clone()).await["guide_account"],
        "wx_guide_01"
    );
    assert_eq!(
        call(
            &caller,
            "getguidebuyerrelationlist",
            with(json!({"page": 0, "num": 9}))
        )
        .await["total_num"],
        1
    );
    good(&caller, "addguideacct", json!({"guide_openid": USERS[1]})).await;
    let rebind = json!({"old_guide_account": "wx_guide_01", "new_guide_openid": USERS[1], "openid": USERS[0]});
    good(&caller, "rebindguideacctforbuyer", rebind).await;
    let gone = call(&caller, "delguidebuyerrelation", one).await;
    assert_eq!(gone["errcode"], 9300806);
}

#[tokio::test]
async fn customers_are_tagged() {
    let caller = caller().await;
    let one = with(json!({"openid": USERS[0], "buyer_nickname": "张"}));
    good(&caller, "addguidebuyerrelation", one.clone()).await;
    let option = json!({"tag_name": "t", "tag_values": ["vip"]});
    good(&caller, "newguidetagoption", option).await;
    let more = json!({"tag_name": "t", "tag_values": ["new"]});
    good(&caller, "addguidetagoption", more).await;
    assert_eq!(
        call(&caller, "getguidetagoption", json!({})).await["options"][0]["tag_values"],
        json!(["vip", "new"])
    );
    let both = with(json!({"openid_list": USERS, "tag_value": "vip"}));
    let answers = call(&caller, "addguidebuyertag", both.clone()).await;
    assert_shape(&answers, "guide_batch_partial");
    assert_eq!(answers["buyer_resp"][1]["errcode"], 9300806);
    let query = with(json!({"push_count": 0, "tag_values": ["vip"]}));
    assert_eq!(
        call(&caller, "queryguidebuyerbytag", query).await["openid_list"],
        json!([USERS[0]])
    );
    let display = with(json!({"openid": USERS[0], "display_tag_list": ["a"]}));
    good(&caller, "addguidebuyerdisplaytag", display).await;
    assert_eq!(
        call(&caller, "getguidebuyertag", one.clone()).await["tag_values"],
        json!(["vip", "a"])
    );
    good(&caller, "delguidebuyertag", both.clone()).await;
    good(&caller, "delguidetagoption", json!({"tag_name": "t"})).await;
}

#[tokio::test]
async fn materials_are_fifty_of_a_kind() {
    let caller = caller().await;
    for (kind, body) in [
        (
            "card",
            json!({"media_id": "m", "type": 0, "title": "t", "path": "p", "appid": "wx1"}),
        ),
        ("image", json!({"media_id": "m", "type": 0})),
        ("word", json!({"type": 0, "word": "你好"})),
    ] {
        for _ in 0..50 {
            assert_eq!(
                call(&caller, &format!("setguide{kind}material"), body.clone()).await["errcode"],
                0
            );
        }
        let full = call(&caller, &format!("setguide{kind}material"), body.clone()).await;
        assert!(
            [9300816, 9300817, 9300818]
                .map(Value::from)
                .contains(&full["errcode"])
        );
    }
    assert_eq!(
        call(
            &caller,
            "getguidewordmaterial",
            json!({"type": 0, "start": 45, "num": 20})
        )
        .await["word_list"]
            .as_array()
            .unwrap()
            .len(),
        5
    );
    call(
        &caller,
        "delguidewordmaterial",
        json!({"type": 0, "word": "你好"}),
    )
    .await;
    assert_eq!(
        call(
            &caller,
            "getguidewordmaterial",
            json!({"type": 0, "start": 0, "num": 20})
        )
        .await["total_num"],
        0
    );
}

#[tokio::test]
async fn jobs_are_changed_and_cancelled() {
    let caller = caller().await;
    let job = call(
        &caller,
        "addguidemassendjob",
        fixture("requests/guide_addmassendjob.json"),
    )
    .await;
    assert_shape(&job, "guide_addmassendjob");
    let task = json!({"task_id": job["task_result"][0]["task_id"], "task_name": "t"});
    good(&caller, "updateguidemassendjob", task.clone()).await;
    assert_shape(
        &call(&caller, "getguidemassendjob", task.clone()).await,
        "guide_massendjob",
    );
    good(&caller, "cancelguidemassendjob", task).await;
    let list = json!({"guide_account": "wx_guide_01", "task_status": [5], "offset": 0, "limit": 9});
    assert_eq!(
        call(&caller, "getguidemassendjoblist", list).await["list"][0]["task_name"],
        "t"
    );
}
