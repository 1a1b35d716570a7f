//! Users, tags and the blacklist over HTTP.

use super::{APP, Caller, endpoints::assert_shape};
use serde_json::{Value, json};

const USERS: [&str; 2] = [
    "oT3x_uB7cDeF1gHiJ2kLmN3oPqRs",
    "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI",
];

async fn caller() -> Caller {
    let caller = Caller::start("").await;
    let change = json!({"openids": USERS});
    caller
        .control(&format!("/_control/followers/{APP}"), change)
        .await;
    caller
}

#[tokio::test]
async fn followers_are_listed_and_told() {
    let caller = caller().await;
    let page = caller.get("/cgi-bin/user/get").await;
    assert_shape(&page, "user_get");
    assert_eq!(
        (&page["total"], &page["next_openid"]),
        (&json!(2), &json!(USERS[1]))
    );
    let end = caller
        .get(&format!("/cgi-bin/user/get?next_openid={}", USERS[1]))
        .await;
    assert_eq!(end, json!({"total": 2, "count": 0, "next_openid": ""}));
    let remark = json!({"openid": USERS[0], "remark": "老张"});
    caller
        .expect(0, "/cgi-bin/user/info/updateremark", remark)
        .await;
    let user = caller
        .get(&format!("/cgi-bin/user/info?openid={}&lang=en", USERS[0]))
        .await;
    assert_eq!(
        (&user["remark"], &user["language"]),
        (&json!("老张"), &json!("en"))
    );
    let leave = json!({"openids": [USERS[1]], "follows": false});
    caller
        .control(&format!("/_control/followers/{APP}"), leave)
        .await;
    let both = json!({"user_list": [{"openid": USERS[0]}, {"openid": USERS[1], "lang": "zh_CN"}]});
    let both = caller.post("/cgi-bin/user/info/batchget", both).await;
    assert_eq!(
        both["user_info_list"][1],
        json!({"subscribe": 0, "openid": USERS[1]})
    );
    assert_eq!(caller.get("/cgi-bin/user/get").await["total"], 1);
    let changed = json!({"from_appid": "wx1", "openid_list": [USERS[0], "x"]});
    let changed = caller.post("/cgi-bin/changeopenid", changed).await;
    assert_eq!(changed["result_list"][1]["err_msg"], "ori_openid error");
}

#[tokio::test]
async fn tags_stick_to_users() {
    let caller = caller().await;
    let made = caller
        .post("/cgi-bin/tags/create", json!({"tag": {"name": "广东"}}))
        .await;
    assert_shape(&made, "tags_create");
    caller
        .expect(
            45_157,
            "/cgi-bin/tags/create",
            json!({"tag": {"name": "广东"}}),
        )
        .await;
    caller
        .expect(
            45_158,
            "/cgi-bin/tags/create",
            json!({"tag": {"name": "长".repeat(31)}}),
        )
        .await;
    let id = &made["tag"]["id"];
    let both = json!({"openid_list": USERS, "tagid": id});
    caller
        .expect(0, "/cgi-bin/tags/members/batchtagging", both.clone())
        .await;
    assert_shape(&caller.get("/cgi-bin/tags/get").await, "tags_get");
    let members = caller
        .post(
            "/cgi-bin/user/tag/get",
            json!({"tagid": id, "next_openid": USERS[0]}),
        )
        .await;
    assert_shape(&members, "user_tag_get");
    assert_eq!(members["count"], 1);
    let tags = caller
        .post("/cgi-bin/tags/getidlist", json!({"openid": USERS[0]}))
        .await;
    assert_eq!(&tags["tagid_list"], &json!([id]));
    caller
        .expect(0, "/cgi-bin/tags/members/batchuntagging", both)
        .await;
    caller
        .expect(0, "/cgi-bin/tags/delete", json!({"tag": {"id": id}}))
        .await;
    caller
        .expect(45_159, "/cgi-bin/tags/delete", json!({"tag": {"id": id}}))
        .await;
}

#[tokio::test]
async fn tags_are_refused_as_they_should_be() {
    let caller = caller().await;
    let made = caller
        .post("/cgi-bin/tags/create", json!({"tag": {"name": "广东"}}))
        .await;
    let id = &made["tag"]["id"];
    let many: Vec<Value> = (0..51).map(|n| json!(format!("oMany{n:03}"))).collect();
    let many = json!({"openid_list": many, "tagid": id});
    caller
        .expect(40_032, "/cgi-bin/tags/members/batchtagging", many)
        .await;
    let strange = json!({"openid_list": ["x"], "tagid": id});
    caller
        .expect(49_003, "/cgi-bin/tags/members/batchtagging", strange)
        .await;
    caller
        .expect(
            45_058,
            "/cgi-bin/tags/update",
            json!({"tag": {"id": 2, "name": "x"}}),
        )
        .await;
    caller
        .expect(
            0,
            "/cgi-bin/tags/update",
            json!({"tag": {"id": id, "name": "x"}}),
        )
        .await;
}

#[tokio::test]
async fn the_blacklist_is_kept() {
    let caller = caller().await;
    let both = json!({"openid_list": USERS});
    caller
        .expect(0, "/cgi-bin/tags/members/batchblacklist", both.clone())
        .await;
    let list = "/cgi-bin/tags/members/getblacklist";
    assert_shape(
        &caller.post(list, json!({"begin_openid": ""})).await,
        "getblacklist",
    );
    caller
        .expect(0, "/cgi-bin/tags/members/batchunblacklist", both)
        .await;
    assert_eq!(caller.post(list, json!({})).await["total"], 0);
}
