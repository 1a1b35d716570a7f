//! Every endpoint of the protocol is answered, with the fields its fixtures have.

use super::{Caller, fixture};
use serde_json::{Value, json};

#[tokio::test]
async fn no_endpoint_is_an_unknown_path() {
    let caller = Caller::start("").await;
    let listed = fixture("endpoints.json");
    for entry in listed["endpoints"].as_array().unwrap() {
        let (method, path) = (
            entry["method"].as_str().unwrap(),
            entry["path"].as_str().unwrap(),
        );
        let body = if method == "POST" {
            json!({})
        } else {
            Value::Null
        };
        let answer = caller.bytes(method, path, body).await;
        let errcode =
            serde_json::from_slice::<Value>(&answer.body).map(|json| json["errcode"].clone());
        let errcode = errcode.unwrap_or_default();
        let strange = [40_066, 40_001, 40_014, 41_001, 43_001, 43_002].map(Value::from);
        let of_web = path.starts_with("/sns/");
        assert!(of_web || !strange.contains(&errcode), "{path}: {errcode}");
    }
    caller.expect(40_066, "/cgi-bin/nothing", json!({})).await;
}

/// Whether the answer has at least the fixture's fields, down to lists' first items.
fn has_shape(answer: &Value, wanted: &Value) -> bool {
    match (answer, wanted) {
        (Value::Object(answer), Value::Object(wanted)) => wanted.iter().all(|(name, wanted)| {
            answer
                .get(name)
                .is_some_and(|field| has_shape(field, wanted))
        }),
        (Value::Array(answer), Value::Array(wanted)) => match (answer.first(), wanted.first()) {
            (Some(answer), Some(wanted)) => has_shape(answer, wanted),
            (None, Some(_)) => false,
            _ => true,
        },
        (answer, wanted) => std::mem::discriminant(answer) == std::mem::discriminant(wanted),
    }
}

pub(super) fn assert_shape(answer: &Value, name: &str) {
    let wanted = fixture(&format!("responses/{name}.json"));
    assert!(has_shape(answer, &wanted), "{name}: {answer}");
}

#[tokio::test]
async fn the_retired_guide_feature_answers_what_was_recorded() {
    let caller = Caller::start("").await;
    let path = |name: &str| format!("/cgi-bin/guide/{name}");
    let one = json!({"guide_account": "wx_guide_01", "openid": "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI"});
    for name in [
        "getguideacct",
        "delguidebuyerrelation",
        "getguidebuyerrelation",
    ] {
        let answer = caller.post(&path(name), one.clone()).await;
        assert_eq!(answer, fixture(&format!("responses/{name}.json")));
    }
    caller.expect(0, &path("addguideacct"), one.clone()).await;
    caller
        .expect(9_300_801, &path("addguideacct"), json!({}))
        .await;
    caller
        .expect(40_035, &path("getguidebuyerrelationlist"), one.clone())
        .await;
    let job = fixture("requests/addguidemassendjob.json");
    let added = caller.post(&path("addguidemassendjob"), job).await;
    assert_eq!(added, fixture("responses/addguidemassendjob.json"));
    let without_token = super::post(&caller.platform, &path("addguideacct"), one).await;
    assert_eq!(without_token["errcode"], 41_001);
}

#[tokio::test]
async fn menus_are_kept_and_matched() {
    let caller = Caller::start("").await;
    let (menu, special) = (
        fixture("requests/menu_create.json"),
        fixture("requests/menu_addconditional.json"),
    );
    let add = "/cgi-bin/menu/addconditional";
    assert_eq!(caller.get("/cgi-bin/menu/get").await["errcode"], 46_003);
    caller.expect(65_303, add, special.clone()).await;
    caller.expect(0, "/cgi-bin/menu/create", menu.clone()).await;
    let added = caller.post(add, special.clone()).await;
    assert_shape(&added, "menu_addconditional");
    let read = caller.get("/cgi-bin/menu/get").await;
    assert_eq!(
        (
            &read["menu"]["button"],
            &read["conditionalmenu"][0]["matchrule"]["group_id"]
        ),
        (&menu["button"], &json!(2))
    );
    let shown = caller.get("/cgi-bin/get_current_selfmenu_info").await;
    assert_eq!(
        shown["selfmenu_info"]["button"][0]["sub_button"]["list"][0]["key"],
        "rselfmenu_0_0"
    );
    let user = "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI";
    let matched = json!({"user_id": user});
    let try_match = "/cgi-bin/menu/trymatch";
    assert_eq!(
        caller.post(try_match, matched.clone()).await["button"],
        menu["button"]
    );
    caller
        .code(
            "/cgi-bin/tags/members/batchtagging",
            json!({"openid_list": [user], "tagid": 2}),
        )
        .await;
    assert_eq!(
        caller.post(try_match, matched).await["button"],
        special["button"]
    );
    let delete = "/cgi-bin/menu/delconditional";
    caller.expect(0, delete, added.clone()).await;
    caller.expect(65_301, delete, added).await;
    caller.get("/cgi-bin/menu/delete").await;
    assert_eq!(
        caller.get("/cgi-bin/get_current_selfmenu_info").await["is_menu_open"],
        0
    );
}

#[tokio::test]
async fn menus_are_refused_by_button() {
    let caller = Caller::start("").await;
    for (button, code) in [
        (json!([]), 40_016),
        (json!([{"type": "click", "name": ""}]), 40_018),
        (json!([{"type": "click", "name": "a"}]), 40_019),
        (json!([{"type": "view", "name": "a"}]), 40_020),
        (json!([{"type": "dance", "name": "a"}]), 40_017),
        (
            json!([{"name": "a", "sub_button": [{}, {}, {}, {}, {}, {}]}]),
            40_023,
        ),
        (
            json!([{"name": "a", "sub_button": [{"type": "click"}]}]),
            40_025,
        ),
    ] {
        assert_eq!(
            caller
                .code("/cgi-bin/menu/create", json!({"button": button}))
                .await,
            code
        );
    }
}

#[tokio::test]
async fn templates_are_added_and_deleted() {
    let caller = Caller::start("").await;
    let industry = json!({"industry_id1": "13", "industry_id2": "1"});
    caller
        .expect(0, "/cgi-bin/template/api_set_industry", industry.clone())
        .await;
    caller
        .expect(43_100, "/cgi-bin/template/api_set_industry", industry)
        .await;
    assert_eq!(
        caller.get("/cgi-bin/template/get_industry").await,
        fixture("responses/get_industry.json")
    );
    let short = json!({"template_id_short": "TM00015", "keyword_name_list": ["商品"]});
    let added = caller
        .post("/cgi-bin/template/api_add_template", short.clone())
        .await;
    assert_shape(&added, "add_template");
    assert_shape(
        &caller
            .get("/cgi-bin/template/get_all_private_template")
            .await,
        "get_all_private_template",
    );
    let delete = "/cgi-bin/template/del_private_template";
    assert_eq!(
        (
            caller.code(delete, added.clone()).await,
            caller.code(delete, added).await
        ),
        (0, 40_037)
    );
    for _ in 0..24 {
        caller
            .expect(0, "/cgi-bin/template/api_add_template", short.clone())
            .await;
    }
    caller
        .expect(45_026, "/cgi-bin/template/api_add_template", short)
        .await;
}

#[tokio::test]
async fn templates_of_subscription_messages_are_added_and_deleted() {
    let caller = Caller::start("").await;
    let notify = json!({"tid": "100", "kidList": [1, 3], "sceneDesc": "到站"});
    let added = caller.post("/wxaapi/newtmpl/addtemplate", notify).await;
    assert_shape(&added, "newtmpl_addtemplate");
    assert_shape(
        &caller.get("/wxaapi/newtmpl/gettemplate").await,
        "newtmpl_gettemplate",
    );
    assert_shape(
        &caller.get("/wxaapi/newtmpl/getcategory").await,
        "newtmpl_getcategory",
    );
    assert_shape(
        &caller
            .get("/wxaapi/newtmpl/getpubtemplatekeywords?tid=99")
            .await,
        "newtmpl_getpubtemplatekeywords",
    );
    let titles = caller
        .get("/wxaapi/newtmpl/getpubtemplatetitles?ids=616&start=0&limit=30")
        .await;
    assert_eq!(
        (&titles["count"], &titles["data"][1]["type"]),
        (&json!(2), &json!(3))
    );
    caller.expect(0, "/wxaapi/newtmpl/deltemplate", added).await;
    caller
        .expect(200_014, "/wxaapi/newtmpl/addtemplate", json!({"tid": 1}))
        .await;
}

#[tokio::test]
async fn codes_and_keys_are_found_again() {
    let caller = Caller::start("").await;
    let code = caller
        .post(
            "/cgi-bin/qrcode/create",
            fixture("requests/qrcode_temp_str.json"),
        )
        .await;
    assert_eq!(code["expire_seconds"], 604_800);
    let show = format!(
        "/cgi-bin/showqrcode?ticket={}",
        code["ticket"].as_str().unwrap()
    );
    assert_eq!(
        caller.bytes("GET", &show, Value::Null).await.body[..2],
        [0xff, 0xd8]
    );
    super::advance(&caller.platform, 604_800_000).await;
    assert_eq!(caller.bytes("GET", &show, Value::Null).await.status, 404);
    let forever = caller
        .post(
            "/cgi-bin/qrcode/create",
            fixture("requests/qrcode_limit_id.json"),
        )
        .await;
    assert!(forever["expire_seconds"].is_null() && forever["ticket"].is_string());
    let wrong =
        json!({"action_name": "QR_LIMIT_SCENE", "action_info": {"scene": {"scene_id": 100_001}}});
    caller.expect(40_129, "/cgi-bin/qrcode/create", wrong).await;
    let short = caller
        .post(
            "/cgi-bin/shorten/gen",
            json!({"long_data": "loooong", "expire_seconds": 60}),
        )
        .await;
    assert_eq!(short["short_key"].as_str().unwrap().len(), 15);
    let fetched = caller.post("/cgi-bin/shorten/fetch", short.clone()).await;
    assert_shape(&fetched, "shorten_fetch");
    super::advance(&caller.platform, 60_000).await;
    caller.expect(40_035, "/cgi-bin/shorten/fetch", short).await;
}
