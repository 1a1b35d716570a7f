//! `wechat-doctor` against the running bundle and its simulated WeChat: all well, and each fault told with what to do.

use clap::Parser as _;
use doctor::{Cli, Input, Surroundings};
use local::Options;
use serde_json::{Value, json};
use tests::{Stage, accounts::SAFE};

const SEND: &str = "/cgi-bin/message/custom/send";

/// Runs the command; whether all was well, and what it printed.
async fn run(stage: &Stage, args: &[&str], input: &'static str) -> (bool, String) {
    let around = Surroundings {
        aws: Some(stage.aws()),
        colour: false,
        input: Input::Lines(Box::new(input.as_bytes())),
        command: "wechat-doctor",
    };
    let args = ["wechat-doctor"].iter().chain(args);
    let mut printed = Vec::new();
    let outcome = Cli::try_parse_from(args)
        .unwrap()
        .run(around, &mut printed)
        .await;
    let printed = String::from_utf8(printed).unwrap();
    (outcome.unwrap_or_else(|error| panic!("{error}")), printed)
}

/// The checks of the account `demo` and of the stack, which is what most faults are told in.
async fn examine(stage: &Stage, more: &[&str]) -> (bool, Vec<Value>) {
    let args = ["--json", "--stack", "wechat-functions", "--account", "demo"];
    let (ok, printed) = run(stage, &[&args, more].concat(), "").await;
    let document: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(document["ok"], ok);
    (ok, document["checks"].as_array().unwrap().clone())
}

/// The one check that failed.
async fn failed(stage: &Stage, more: &[&str]) -> Value {
    let (ok, checks) = examine(stage, more).await;
    assert!(!ok);
    let mut failed = checks.into_iter().filter(|c| c["state"] == "failed");
    let first = failed.next().unwrap();
    assert_eq!(failed.next(), None, "beside {first}");
    assert!(first["advice"].as_str().unwrap().len() > 20, "{first}");
    first
}

fn text<'a>(check: &'a Value, field: &str) -> &'a str {
    check[field].as_str().unwrap_or_default()
}

async fn set(stage: &Stage, change: Value) {
    stage.control(&format!("accounts/{SAFE}"), change).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_bundle_is_well_and_keeps_its_token() {
    let stage = Stage::open(Options::default()).await;
    let token = || async {
        let path = "/v1/accounts/demo/access-token";
        stage.signed("GET", path, None).await.1["access_token"].clone()
    };
    let before = token().await;
    let (ok, checks) = examine(&stage, &[]).await;
    assert!(ok, "{checks:#?}");
    assert!(
        checks.iter().all(|check| check["state"] == "ok"),
        "{checks:#?}"
    );
    let names: Vec<&str> = checks.iter().map(|check| text(check, "check")).collect();
    for name in [
        "account",
        "app-secret",
        "access-token",
        "ip-whitelist",
        "clock",
        "callback",
        "callback-check",
        "quota",
        "table",
        "queue",
    ] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
    let tables = checks.iter().filter(|c| c["check"] == "table");
    assert!(tables.count() >= 5);
    let usable = format!(
        "{}/cgi-bin/getcallbackip?access_token={}",
        stage.bundle.platform_url(),
        before.as_str().unwrap()
    );
    let answer = stage.http.get(usable).send().await.unwrap();
    assert!(answer.json::<Value>().await.unwrap()["ip_list"].is_array());
    assert_eq!(token().await, before);
    let (ok, lines) = run(&stage, &["--stack", "wechat-functions"], "").await;
    assert!(ok, "{lines}");
    assert!(
        lines.contains("\ndemo\n") && lines.ends_with("accounts, all of them well.\nAll well.\n"),
        "{lines}"
    );
    for secret in [
        "0123456789abcdef",
        "demoToken",
        "abcdefghij",
        before.as_str().unwrap(),
    ] {
        assert!(!lines.contains(secret), "{lines}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_at_wechat_is_told_with_what_to_do() {
    let stage = Stage::open(Options::default()).await;
    set(&stage, json!({ "ip_whitelist": ["203.0.113.7"] })).await;
    let check = failed(&stage, &[]).await;
    assert_eq!(
        (text(&check, "check"), &check["errcode"]),
        ("ip-whitelist", &json!(40164))
    );
    assert!(
        text(&check, "advice").contains("Add 127.0.0.1 to the IP whitelist"),
        "{check}"
    );
    set(&stage, json!({ "ip_whitelist": [] })).await;

    set(
        &stage,
        json!({ "app_secret": "ffffffffffffffffffffffffffffffff" }),
    )
    .await;
    let check = failed(&stage, &[]).await;
    assert_eq!(
        (text(&check, "check"), &check["errcode"]),
        ("access-token", &json!(40125))
    );
    assert!(
        text(&check, "advice").contains("reset it in the console"),
        "{check}"
    );
    set(
        &stage,
        json!({ "app_secret": "0123456789abcdef0123456789abcdef" }),
    )
    .await;

    stage
        .control("clock", json!({ "advance_ms": 120_000 }))
        .await;
    let check = failed(&stage, &[]).await;
    assert_eq!(text(&check, "check"), "clock");
    assert!(
        text(&check, "finding").contains("s behind WeChat's"),
        "{check}"
    );
    stage.control("clock", json!({ "reset": true })).await;

    set(&stage, json!({ "callback_url": "" })).await;
    let check = failed(&stage, &[]).await;
    assert_eq!(
        (text(&check, "check"), &check["errcode"]),
        ("callback-check", &json!(40201))
    );

    let url = format!("{}/callback/{{account}}", stage.bundle.gateway_url());
    let mut whole = json!({ "daily_limits": { SEND: 1 } });
    whole["callback_url"] = json!(url.replace("{account}", "demo"));
    set(&stage, whole).await;
    let (_, token) = stage
        .signed("GET", "/v1/accounts/demo/access-token", None)
        .await;
    let send = format!(
        "{}{SEND}?access_token={}",
        stage.bundle.platform_url(),
        text(&token, "access_token")
    );
    stage.http.post(send).body("{}").send().await.unwrap();
    let check = failed(&stage, &[]).await;
    assert_eq!(
        (text(&check, "check"), text(&check, "subject")),
        ("quota", SEND)
    );
    assert_eq!(check["finding"], "0 of 1 calls left today");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_on_our_side_is_told_with_what_to_do() {
    let stage = Stage::open(Options::default()).await;
    let url = format!("{}/callback/no-{{account}}", stage.bundle.gateway_url());
    let check = failed(&stage, &["--callback-url", &url]).await;
    assert_eq!(text(&check, "check"), "callback");
    assert!(
        text(&check, "finding").ends_with("/callback/no-demo answers HTTP 404"),
        "{check}"
    );
    let check = failed(&stage, &["--callback-url", "http://127.0.0.1:9/callback"]).await;
    assert!(
        text(&check, "finding").contains("does not answer"),
        "{check}"
    );

    let parameters = stage.bundle.parameters();
    parameters.put("/local/broken/callback", r#"{"app_id": "wx1", "original_id": "gh_1", "kind": "service", "token": "a b", "mode": "plain"}"#);
    let check = failed(&stage, &["--account", "broken"]).await;
    assert!(
        text(&check, "finding").contains("account 'broken': token: must be"),
        "{check}"
    );
    parameters.put("/local/half/callback", r#"{"app_id": "wx2", "original_id": "gh_1", "kind": "service", "token": "abc", "mode": "plain"}"#);
    let (_, checks) = examine(&stage, &["--account", "half"]).await;
    let secret = checks
        .iter()
        .find(|c| c["check"] == "app-secret" && c["account"] == "half");
    assert!(text(secret.unwrap(), "finding").contains("/local/half/secret does not exist"));
    let check = failed(&stage, &["--account", "nobody"]).await;
    assert_eq!(
        (text(&check, "account"), text(&check, "finding")),
        ("nobody", "no account of that name")
    );
    assert!(
        text(&check, "advice").starts_with("There are: broken, compatible, demo, half, plain."),
        "{check}"
    );

    let dynamodb = aws_sdk_dynamodb::Client::new(&stage.aws());
    let gone = dynamodb.delete_table().table_name("wechat-functions-Media");
    gone.send().await.unwrap();
    let check = failed(&stage, &[]).await;
    assert_eq!(
        (text(&check, "check"), text(&check, "subject")),
        ("table", "Media")
    );
    assert_eq!(check["finding"], "wechat-functions-Media does not exist");
    let (ok, printed) = run(&stage, &["--stack", "none"], "").await;
    assert!(!ok && printed.ends_with("\n1 check failed.\n"), "{printed}");
    assert!(
        printed.contains("Stack with id none does not exist"),
        "{printed}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_set_up_by_init_is_served() {
    let stage = Stage::open(Options::default()).await;
    let args = ["init", "--stack", "wechat-functions"];
    let answers = "new\nwx00000000000000aa\ngh_0000000000aa\n\n\nfedcba9876543210fedcba9876543210\nNewToken\n\n";
    let (_, printed) = run(&stage, &args, answers).await;
    let url = format!("{}/callback/new", stage.bundle.gateway_url());
    assert!(printed.contains(&url), "{printed}");
    assert!(
        !printed.contains("fedcba") && !printed.contains("NewToken"),
        "{printed}"
    );
    let look = ["--json", "--stack", "wechat-functions", "--account", "new"];
    let (_, printed) = run(&stage, &look, "").await;
    let document: Value = serde_json::from_str(&printed).unwrap();
    let state = |name: &str| {
        let checks = document["checks"].as_array().unwrap();
        let found = checks
            .iter()
            .find(|c| c["check"] == name && c["account"] == "new");
        found.unwrap()["state"].clone()
    };
    assert_eq!(
        (state("app-secret"), state("callback")),
        (json!("ok"), json!("ok"))
    );
    assert_eq!(
        state("access-token"),
        "failed",
        "WeChat has no such account"
    );

    let settings = r#"{"app_id":"wx00000000000000aa","original_id":"gh_0000000000aa","kind":"service","token":"NewToken","mode":"plain","late_reply":"hold"}"#;
    stage
        .bundle
        .parameters()
        .put("/local/new/callback", settings);
    let (_, printed) = run(&stage, &args, "new\nyes\n\n\n\n\n\n\n").await;
    assert!(printed.contains("as you gave it"), "{printed}");
    let ssm = aws_sdk_ssm::Client::new(&stage.aws());
    let read = ssm
        .get_parameter()
        .name("/local/new/callback")
        .with_decryption(true);
    let stored = read.send().await.unwrap().parameter.unwrap();
    assert_eq!(stored.r#type.unwrap().as_str(), "SecureString");
    let stored: Value = serde_json::from_str(&stored.value.unwrap()).unwrap();
    assert_eq!(
        (&stored["late_reply"], &stored["token"]),
        (&json!("hold"), &json!("NewToken"))
    );
}
