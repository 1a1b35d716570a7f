//! The management API of the running bundle: messages, media, any endpoint, the document.

use futures_util::{StreamExt as _, stream};
use local::Options;
use serde_json::{Value, json};
use tests::{
    Stage,
    accounts::SAFE,
    eventually,
    management::{OPENID, TEMPLATES, arrived, open, template},
};

const MESSAGES: &str = "/v1/accounts/demo/messages";
const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_accepted_once_and_its_fate_is_told() {
    let stage = open().await;
    let (status, body) = stage.signed("POST", TEMPLATES, Some(template("a-1"))).await;
    assert_eq!(
        (status, body),
        (202, json!({ "client_msg_id": "a-1", "state": "queued" }))
    );
    let row = eventually("the message is delivered", async || {
        let (_, row) = stage.signed("GET", &format!("{MESSAGES}/a-1"), None).await;
        (row["state"] == "delivered").then_some(row)
    })
    .await;
    assert_eq!(
        (&row["kind"], &row["to_user"]),
        (&json!("template"), &json!(OPENID))
    );
    assert!(
        row["msgid"].is_string() && row["history"].as_array().unwrap().len() >= 3,
        "{row}"
    );
    let (status, again) = stage.signed("POST", TEMPLATES, Some(template("a-1"))).await;
    assert_eq!((status, &again["state"]), (200, &json!("delivered")));
    let mut other = template("a-1");
    other["data"]["thing1"]["value"] = json!("other");
    for body in [other.clone(), json!([template("a-2"), other])] {
        let (status, refused) = stage.signed("POST", TEMPLATES, Some(body)).await;
        assert_eq!(
            (status, &refused["error"]["type"]),
            (409, &json!("id_taken")),
            "{refused}"
        );
    }
    let (status, _) = stage.signed("GET", &format!("{MESSAGES}/a-2"), None).await;
    assert_eq!(status, 404, "of an array that is refused nothing is filed");
    let path = format!("{MESSAGES}?to_user={OPENID}&state=delivered");
    let (_, page) = stage.signed("GET", &path, None).await;
    assert_eq!(page["messages"][0]["client_msg_id"], "a-1", "{page}");
    let path = format!("{MESSAGES}?state=delivered");
    let (_, page) = stage.signed("GET", &path, None).await;
    assert_eq!(page["messages"][0]["client_msg_id"], "a-1", "{page}");
    let (status, body) = stage
        .signed("POST", &format!("{MESSAGES}/a-1/redrive"), None)
        .await;
    assert_eq!(
        (status, &body["error"]["type"]),
        (409, &json!("wrong_state"))
    );
    assert_eq!(arrived(&stage), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_array_is_accepted_whole_or_not_at_all() {
    let stage = open().await;
    let mut bad = template("b-1");
    bad["touser"] = json!("");
    let (status, body) = stage
        .signed("POST", TEMPLATES, Some(json!([template("b-0"), bad])))
        .await;
    assert_eq!(
        (status, &body["error"]["field"]),
        (400, &json!("[1].touser")),
        "{body}"
    );
    assert!(stage.rows("Sends").await.is_empty());
    let many: Vec<Value> = (0..24).map(|n| template(&format!("c-{n}"))).collect();
    let (status, body) = stage.signed("POST", TEMPLATES, Some(json!(many))).await;
    assert_eq!((status, body.as_array().unwrap().len()), (202, 24));
    let sent = eventually("all have arrived", async || {
        (arrived(&stage) == 24).then(|| stage.wechat().list_messages(&Default::default()))
    })
    .await;
    let ids: Vec<_> = sent
        .iter()
        .map(|m| m.client_msg_id.clone().unwrap())
        .collect();
    let expected: Vec<Box<str>> = (0..24).map(|n| format!("c-{n}").into()).collect();
    assert_eq!(ids, expected, "one receiver's messages keep their order");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_with_its_place() {
    let stage = Stage::open(Options::default()).await;
    let post = async |path: &str, kind: &str, body: &str| {
        let response = stage.signed_bytes("POST", path, kind, body.into()).await;
        let status = response.status().as_u16();
        (status, response.json::<Value>().await.unwrap())
    };
    let json_type = "application/json";
    let (status, body) = post(TEMPLATES, json_type, "[{},\n{]").await;
    assert_eq!((status, &body["error"]["line"]), (400, &json!(2)), "{body}");
    for kind in [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/x",
    ] {
        let (status, body) = post(TEMPLATES, kind, "{}").await;
        assert_eq!(
            (status, &body["error"]["field"]),
            (400, &json!("touser")),
            "{body}"
        );
        let (status, body) = post("/v1/accounts/demo/mass-sends", kind, "{}").await;
        assert_eq!(
            (status, &body["error"]["field"]),
            (400, &json!("message")),
            "{body}"
        );
    }
    let large = format!("[{}]", " ".repeat(4 << 20));
    assert_eq!(post(TEMPLATES, json_type, &large).await.0, 413);
    let (status, body) = post("/v1/accounts/nobody/template-messages", json_type, "{}").await;
    assert_eq!(
        (status, &body["error"]["type"]),
        (404, &json!("unknown_account"))
    );
    let wrong = stage.signed_bytes("PUT", TEMPLATES, "", vec![]).await;
    assert_eq!(
        (wrong.status().as_u16(), &wrong.headers()["allow"]),
        (405, &"POST".parse().unwrap())
    );
    let unsigned = format!("{}{TEMPLATES}", stage.bundle.gateway_url());
    let unsigned = stage.http.post(unsigned).json(&template("x")).send().await;
    assert_eq!(unsigned.unwrap().status().as_u16(), 403);
    let document = format!("{}/openapi.yaml", stage.bundle.gateway_url());
    let document = stage.http.get(document).send().await.unwrap().text().await;
    let document = sam_local::template::yaml::parse(&document.unwrap()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn any_endpoint_is_reached_with_this_accounts_token() {
    let stage = Stage::open(Options::default()).await;
    let ask = async |method: &str, path: &str, body: Option<Value>| {
        let path = format!("/v1/accounts/demo/wechat/{path}");
        stage.signed(method, &path, body).await
    };
    let (status, body) = ask("GET", "cgi-bin/getcallbackip", None).await;
    assert_eq!((status, body["ip_list"].is_array()), (200, true), "{body}");
    stage
        .control(
            &format!("tokens/{SAFE}/revoke"),
            json!({ "how": "invalidate" }),
        )
        .await;
    let (status, body) = ask("GET", "cgi-bin/getcallbackip", None).await;
    assert_eq!(status, 200, "a refused token is replaced once: {body}");
    let wrong = json!({ "touser": "", "msgtype": "text", "text": { "content": "x" } });
    let (status, body) = ask("POST", "cgi-bin/message/custom/send", Some(wrong)).await;
    assert_eq!((status, &body["class"]), (422, &json!("caller")), "{body}");
    assert!(
        body["explanation"]["zh"].is_string() && body["endpoint"].is_string(),
        "{body}"
    );
    for (method, path, status, word) in [
        (
            "GET",
            "cgi-bin/token?grant_type=client_credential&unlisted=true",
            403,
            "token_endpoint",
        ),
        ("POST", "cgi-bin/stable_token", 403, "token_endpoint"),
        (
            "GET",
            "cgi-bin/getcallbackip?secret=x",
            403,
            "app_secret_given",
        ),
        (
            "GET",
            "cgi-bin/getcallbackip?access_token=x",
            400,
            "access_token_given",
        ),
        ("GET", "cgi-bin/no/such/thing", 404, "unlisted_path"),
        ("POST", "cgi-bin/getcallbackip", 405, "wrong_method"),
        ("DELETE", "cgi-bin/getcallbackip", 405, "wrong_method"),
    ] {
        let (found, body) = ask(method, path, None).await;
        assert_eq!(
            (found, &body["error"]["type"]),
            (status, &json!(word)),
            "{path}: {body}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_take_the_app_secret_are_made_by_who_has_it() {
    let stage = Stage::open(Options::default()).await;
    let path = "/v1/accounts/demo/wechat/cgi-bin/clear_quota/v2";
    for _ in 0..10 {
        let (status, body) = stage.signed("POST", path, None).await;
        assert_eq!((status, &body["errcode"]), (200, &json!(0)), "{body}");
    }
    let (status, body) = stage.signed("POST", path, None).await;
    assert_eq!((status, &body["errcode"]), (429, &json!(48006)), "{body}");
    assert!(body["explanation"]["en"].is_string(), "{body}");
    assert_eq!(stage.calls("/cgi-bin/clear_quota/v2", SAFE), 11);
    let path = "/v1/accounts/demo/wechat/sns/oauth2/access_token";
    let (status, body) = stage.signed("GET", path, None).await;
    let field = &body["error"]["field"];
    assert_eq!((status, field), (400, &json!("code")), "{body}");
    let wrong = format!("{path}?code=wrong");
    let (status, body) = stage.signed("GET", &wrong, None).await;
    assert_eq!((status, &body["errcode"]), (422, &json!(40029)), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_pass_both_ways_and_one_picture_is_uploaded_once() {
    let mut options = Options::default();
    options.stack.concurrency = 16;
    let stage = Stage::open(options).await;
    let upload = "/v1/accounts/demo/wechat/cgi-bin/media/upload?type=image";
    let form = [
        b"--b\r\ncontent-disposition: form-data; name=\"media\"; filename=\"a.png\"\r\ncontent-type: image/png\r\n\r\n",
        PNG,
        b"\r\n--b--\r\n",
    ]
    .concat();
    let kind = "multipart/form-data; boundary=b";
    let passed = stage.signed_bytes("POST", upload, kind, form).await;
    let passed: Value = passed.json().await.unwrap();
    let media_id = passed["media_id"]
        .as_str()
        .unwrap_or_else(|| panic!("{passed}"));
    let download = format!("/v1/accounts/demo/wechat/cgi-bin/media/get?media_id={media_id}");
    let file = stage.signed_bytes("GET", &download, "", vec![]).await;
    assert_eq!(file.headers()["content-type"], "image/png");
    assert_eq!(file.bytes().await.unwrap(), PNG);
    let before = stage.calls("/cgi-bin/media/upload", SAFE);
    let post = async || {
        let path = "/v1/accounts/demo/media?type=image";
        loop {
            let answer = stage
                .signed_bytes("POST", path, "image/png", PNG.into())
                .await;
            if answer.status() != 503 {
                return answer.json::<Value>().await.unwrap();
            }
        }
    };
    let answers = stream::iter(0..300).map(|_| post()).buffer_unordered(24);
    let answers: Vec<Value> = answers.collect().await;
    let fresh = answers.iter().filter(|a| a["reused"] == false).count();
    assert_eq!(fresh, 1);
    assert!(
        answers
            .iter()
            .all(|a| a["media_id"] == answers[0]["media_id"])
    );
    assert_eq!(stage.calls("/cgi-bin/media/upload", SAFE) - before, 1);
    let html = stage
        .signed_bytes(
            "POST",
            "/v1/accounts/demo/media?type=image",
            "image/png",
            b"<html>".to_vec(),
        )
        .await;
    assert_eq!(html.status().as_u16(), 400);
    for kind in ["", "application/x-www-form-urlencoded", "text/plain"] {
        let path = "/v1/accounts/demo/media?type=image";
        let answer = stage.signed_bytes("POST", path, kind, PNG.into()).await;
        assert_eq!(answer.status().as_u16(), 200, "{kind}");
    }
}
