//! Accounts of the running bundle: names somebody made up, documents that became wrong, refused tokens.

use futures_util::{StreamExt as _, stream};
use local::Options;
use serde_json::{Value, json};
use std::time::Duration;
use tests::{
    Stage,
    accounts::{PLAIN, SAFE},
};

const TOKEN: &str = "/v1/accounts/demo/access-token";
const CLASSIC: &str = "/cgi-bin/token";

/// The document of an account, to change and put back.
async fn document(stage: &Stage, account: &str) -> Value {
    let parameters = aws_sdk_ssm::Client::new(&stage.aws()).get_parameter();
    let name = format!("/local/{account}/callback");
    let found = parameters.name(name).with_decryption(true).send().await;
    let value = found.unwrap().parameter.unwrap().value.unwrap();
    serde_json::from_str(&value).unwrap()
}

fn put(stage: &Stage, account: &str, document: &Value) {
    let name = format!("/local/{account}/callback");
    stage.bundle.parameters().put(&name, &document.to_string());
}

async fn pong(stage: &Stage, app_id: &str) {
    let report = stage.text(app_id, "ping").await;
    assert_eq!(report["user_sees"]["reply"]["content"], "pong", "{report}");
    assert_eq!(report["attempts"].as_array().unwrap().len(), 1, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_of_made_up_names_refuses_no_account_cold_or_warm() {
    let mut options = Options::default();
    options.stack.concurrency = 4;
    let stage = Stage::open(options).await;
    for round in 0..2 {
        let scan = (0..60).map(|n| {
            let gateway = stage.bundle.gateway_url();
            let page = if n % 2 == 0 { "callback" } else { "web" };
            let rest = if n % 2 == 0 { "" } else { "/subscribe" };
            stage
                .http
                .get(format!("{gateway}/{page}/x{round}-{n}{rest}"))
                .send()
        });
        let scan: Vec<_> = stream::iter(scan).buffer_unordered(3).collect().await;
        for answer in scan {
            let status = answer.unwrap().status().as_u16();
            assert!(matches!(status, 404 | 429), "{status}");
        }
        for app_id in [SAFE, PLAIN] {
            pong(&stage, app_id).await;
        }
        stage.bundle.kill_instances("Callback");
        pong(&stage, SAFE).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_not_listed_works_and_the_tick_lists_it() {
    let stage = Stage::open(Options::default()).await;
    let mut fresh = document(&stage, "demo").await;
    fresh["app_id"] = json!("wx00000000000000aa");
    put(&stage, "fresh", &fresh);
    let asked = stage
        .http
        .get(format!("{}/callback/fresh", stage.bundle.gateway_url()))
        .send();
    // Known: what is wrong is that nobody signed it.
    assert_ne!(asked.await.unwrap().status().as_u16(), 404);
    stage.bundle.fire("TokenRefreshTick").await.unwrap();
    let list = aws_sdk_ssm::Client::new(&stage.aws()).get_parameter();
    let list = list.name("/local/accounts").send().await.unwrap();
    let list = list.parameter.unwrap().value.unwrap();
    assert!(
        list.contains("\"demo\"") && list.contains("\"fresh\""),
        "{list}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_setting_never_touches_the_callback_even_cold_and_is_told() {
    let mut stage = Stage::open(Options::default()).await;
    let good = document(&stage, "demo").await;
    for (field, value) in [
        ("pace", json!({ "per_minute": 0 })),
        ("mass", json!("often")),
        ("web", json!({ "domains": ["https://x"] })),
        ("kind", json!("svc")),
        ("api_hosts", json!([])),
        ("late_replies", json!("hold")),
        ("answer_within_ms", json!(5000)),
        ("only_from_wechat", json!("yes")),
    ] {
        let mut wrong = good.clone();
        wrong[field] = value;
        put(&stage, "demo", &wrong);
        stage.bundle.kill_instances("Callback");
        pong(&stage, SAFE).await;
        stage.bundle.fire("TokenRefreshTick").await.unwrap();
        let told = stage.log_lines("TokenRefresh").iter().any(|line| {
            let line = line.to_string();
            line.contains("malformed_parameter") && line.contains(field)
        });
        assert!(told, "{field}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_classic_token_refused_again_and_again_is_fetched_seldom_and_handed_to_nobody() {
    let classic = "[accounts.demo]\ntoken_api = \"classic\"";
    let stage = Stage::open(Options {
        accounts: local::accounts::DEMO.replacen("[accounts.demo]", classic, 1),
        ..Options::default()
    })
    .await;
    let (status, body) = stage.signed("GET", TOKEN, None).await;
    assert_eq!(status, 200, "{body}");
    let token = body["access_token"].clone();
    let path = format!("{TOKEN}/refresh");
    for _ in 0..25 {
        let report = json!({ "refused": token });
        let (status, body) = stage.signed("POST", &path, Some(report)).await;
        assert_eq!(
            (status, &body["error"]["type"]),
            (503, &json!("token_fetches_spent")),
            "{body}"
        );
        assert!(body["error"]["advice"]["zh"].is_string() && body["error"]["retry_at"].is_i64());
    }
    assert_eq!(stage.calls(CLASSIC, SAFE), 1);
    let (status, body) = stage.signed("GET", TOKEN, None).await;
    assert_eq!((status, body.get("access_token")), (503, None), "{body}");
    tokio::time::sleep(Duration::from_secs(31)).await;
    let (status, body) = stage.signed("GET", TOKEN, None).await;
    assert!(status == 200 && body["access_token"] != token, "{body}");
    assert_eq!(stage.calls(CLASSIC, SAFE), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_is_not_handed_out_while_another_is_refused() {
    let mut stage = Stage::open(Options::default()).await;
    let (status, body) = stage.signed("GET", TOKEN, None).await;
    assert_eq!(status, 200, "{body}");
    let fault =
        json!({ "kind": "errcode", "errcode": 40164, "path": "/cgi-bin/stable_token", "times": 9 });
    stage.control("faults", fault).await;
    let report = json!({ "refused": body["access_token"] });
    let path = format!("{TOKEN}/refresh");
    let (status, refused) = stage.signed("POST", &path, Some(report)).await;
    assert_eq!(
        (status, &refused["error"]["class"]),
        (503, &json!("ip")),
        "{refused}"
    );
    for _ in 0..3 {
        let (status, body) = stage.signed("GET", TOKEN, None).await;
        assert_eq!(
            (status, &body["error"]["class"]),
            (503, &json!("ip")),
            "{body}"
        );
        assert!(
            body["error"]["message"]
                .as_str()
                .unwrap()
                .contains("127.0.0.1"),
            "{body}"
        );
    }
    let asked = json!({ "account": "demo" });
    let outcome = stage.bundle.invoke("TokenRefresh", asked).await.unwrap();
    assert!(!outcome.is_ok(), "functions get none either");
    let dumped = stage.log_lines("TokenRefresh").iter().any(|line| {
        let line = line.to_string();
        line.contains("ApiError {") || line.contains("NotWhitelisted {")
    });
    assert!(!dumped, "no line shows an inner state");
}
