//! Bodies as other people's programs write them, on the routes of the running bundle.

use local::Options;
use serde_json::{Value, json};
use tests::{
    Stage, eventually,
    management::{OPENID, TEMPLATES, arrived, open, template},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_other_libraries_write_is_sent_and_what_is_misspelt_is_not() {
    let stage = open().await;
    let mut forms = vec![template("f-0"); 6];
    for (n, (name, value)) in [
        ("miniprogram", json!("")),
        ("miniprogram", json!({ "appid": "", "pagepath": "" })),
        ("miniprogram", json!({ "appid": "wx5f2c8a1d9e3b7046" })),
        (
            "data",
            json!({ "number1": { "value": 12 }, "amount2": { "value": "¥1234567890.99" } }),
        ),
        ("url", json!(null)),
        ("topcolor", json!("#FF0000")),
    ]
    .into_iter()
    .enumerate()
    {
        forms[n][name] = value;
        forms[n]["client_msg_id"] = json!(format!("f-{n}"));
    }
    let (status, body) = stage.signed("POST", TEMPLATES, Some(json!(forms))).await;
    assert_eq!(status, 202, "{body}");
    eventually("all have arrived", async || {
        (arrived(&stage) == 6).then_some(())
    })
    .await;
    let (status, _) = stage
        .signed("POST", TEMPLATES, Some(forms[1].clone()))
        .await;
    assert_eq!(status, 200, "the same body is the same message");
    for (name, value, field) in [
        ("clientMsgId", json!("a"), "[1].clientMsgId"),
        ("on_unkown", json!("retry"), "[1].on_unkown"),
        (
            "not_before",
            json!("2099-01-01T00:00:00Z"),
            "[1].not_before",
        ),
        ("data", json!({ "thing2": "x" }), "[1].data.thing2"),
    ] {
        let mut wrong = template("w-1");
        wrong[name] = value;
        let body = json!([template("w-0"), wrong]);
        let (status, body) = stage.signed("POST", TEMPLATES, Some(body)).await;
        assert_eq!(
            (status, &body["error"]["field"]),
            (400, &json!(field)),
            "{body}"
        );
        assert!(body["error"]["explanation"]["zh"].is_string(), "{body}");
    }
    let mut open = template("w-2");
    open["future"] = json!({ "n": 1 });
    open["allow_unknown"] = json!(true);
    let (status, body) = stage.signed("POST", TEMPLATES, Some(open)).await;
    assert_eq!(status, 202, "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_relay_checks_menus_and_hands_on_raw_text_and_every_field() {
    let stage = Stage::open(Options::default()).await;
    let base = "/v1/accounts/demo/wechat/";
    let post = async |path: &str, body: &str| {
        let path = format!("{base}{path}");
        let answer = stage
            .signed_bytes("POST", &path, "text/plain", body.into())
            .await;
        let status = answer.status().as_u16();
        (status, answer.json::<Value>().await.unwrap())
    };
    let menu = r#"{"button":[{"type":"view","name":"\u4e3b\u9875","url":"https:\/\/www.example.com\/a?t=1\u0026t1=23"}]}"#;
    let (status, body) = post("cgi-bin/menu/create", menu).await;
    assert_eq!((status, &body["errcode"]), (200, &json!(0)), "{body}");
    let wrong = r#"{"button":[{"type":"view","name":"a"}]}"#;
    let (status, body) = post("cgi-bin/menu/create", wrong).await;
    let field = &body["error"]["field"];
    assert_eq!((status, field), (400, &json!("button[0].url")), "{body}");
    let (status, body) = post("cgi-bin/menu/create?check=off", wrong).await;
    assert_eq!((status, &body["class"]), (422, &json!("caller")), "{body}");
    let (status, body) = post("cgi-bin/menu/create", "{\"x\":\"\\ud83d\"}").await;
    assert_eq!(
        (status, &body["error"]["type"]),
        (400, &json!("malformed_json")),
        "{body}"
    );
    let send = r#"{"filter":{"is_to_all":true},"msgtype":"text","text":{"content":"x"},"clientmsgid":"once"}"#;
    let (_, first) = post("cgi-bin/message/mass/sendall", send).await;
    let (status, again) = post("cgi-bin/message/mass/sendall", send).await;
    assert_eq!((status, &again["errcode"]), (422, &json!(45065)), "{again}");
    assert_eq!(
        (&again["msg_id"], &again["class"]),
        (&first["msg_id"], &json!("duplicate"))
    );
    let page = format!("{base}connect/oauth2/authorize?scope=snsapi_base");
    let (status, body) = stage.signed("GET", &page, None).await;
    assert_eq!(
        (status, &body["error"]["fill_in"]),
        (400, &json!(["redirect_uri"])),
        "{body}"
    );
    let link = body["error"]["link"].as_str().unwrap();
    assert!(
        link.contains("appid=wx5f2c8a1d9e3b7046&redirect_uri={redirect_uri}"),
        "{link}"
    );
    let dead = format!("{base}sns/userinfo?access_token=dead&openid={OPENID}");
    let (status, body) = stage.signed("GET", &dead, None).await;
    assert_eq!((status, &body["class"]), (422, &json!("oauth")), "{body}");
}
