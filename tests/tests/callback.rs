//! Pushes of the simulated WeChat against the real function binaries, over HTTP.

use local::Options;
use sam_local::lambda::OutsideFunction;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tests::{Stage, accounts, eventually};

/// A bundle whose team function `wechat-handler-slow` takes `time`, and how often it was called.
async fn stage_with_slow_rule(time: Duration) -> (Stage, Arc<AtomicU32>) {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let slow: OutsideFunction = Arc::new(move |push: Value| {
        let n = counted.fetch_add(1, Ordering::SeqCst) + 1;
        Box::pin(async move {
            tokio::time::sleep(time).await;
            Ok(json!(format!(
                "answer {n} to {}",
                push["content"].as_str().unwrap_or_default()
            )))
        })
    });
    let rules = std::env::temp_dir().join(format!(
        "rules-{}-{}.toml",
        std::process::id(),
        time.as_millis()
    ));
    std::fs::write(
        &rules,
        "[[rule]]\ntext = \"ping\"\nreply = \"pong\"\n\n[[rule]]\nkeyword = \"slow\"\nforward = \"wechat-handler-slow\"\n",
    )
    .unwrap();
    let mut options = Options::default();
    options
        .stack
        .outside_functions
        .insert("wechat-handler-slow".to_owned(), slow);
    options
        .stack
        .environment
        .insert("RULES_FILE".to_owned(), rules.display().to_string());
    (Stage::open(options).await, calls)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mode_is_verified_and_answered() {
    let stage = Stage::open(Options::default()).await;
    for app_id in [accounts::PLAIN, accounts::COMPATIBLE, accounts::SAFE] {
        let verified = stage.control("verify", json!({ "app_id": app_id })).await;
        assert_eq!(verified["ok"], true, "{verified}");
        for format in ["xml", "json"] {
            let push = json!({ "app_id": app_id, "format": format, "push": { "kind": "text", "content": "ping" } });
            let report = stage.push(push).await;
            assert_eq!(report["user_sees"]["reply"]["kind"], "text", "{report}");
            assert_eq!(report["user_sees"]["reply"]["content"], "pong", "{report}");
            assert_eq!(report["attempts"].as_array().unwrap().len(), 1);
        }
        let greeted = stage
            .push(json!({ "app_id": app_id, "push": { "kind": "subscribe" } }))
            .await;
        assert!(
            greeted["user_sees"]["reply"]["content"]
                .as_str()
                .unwrap()
                .contains("ping"),
            "{greeted}"
        );
        let silent = stage.text(app_id, "nothing fits this").await;
        assert_eq!(silent["user_sees"], "nothing", "{silent}");
        let unknown = stage.push(json!({ "app_id": app_id, "push": { "raw":
            "<xml><ToUserName>gh_7d31c0a94be2</ToUserName><FromUserName>oX</FromUserName><CreateTime>1</CreateTime><MsgType>hologram</MsgType></xml>" } })).await;
        assert_eq!(unknown["user_sees"], "nothing", "{unknown}");
    }
    assert_eq!(stage.rows("Inbox").await.len(), 15);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_push_has_one_row_and_the_same_reply() {
    let mut stage = Stage::open(Options::default()).await;
    let push = json!({ "app_id": accounts::SAFE, "push": { "kind": "text", "content": "ping" }, "repeat_regardless": 3 });
    let report = stage.push(push).await;
    let replies: BTreeSet<&str> = report["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["decrypted_body"].as_str().unwrap())
        .collect();
    let sealed: BTreeSet<&str> = report["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["body"].as_str().unwrap())
        .collect();
    assert_eq!((replies.len(), sealed.len()), (1, 3), "{report}");
    let rows = stage.rows("Inbox").await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["attempts"].as_n().unwrap(), "3");
    let lines = eventually("three log lines", async || {
        let lines = stage.log_lines("Callback");
        (!lines.is_empty()).then_some(lines)
    })
    .await;
    assert_eq!(lines[0]["fields"]["outcome"], "replied", "{lines:?}");
    assert_eq!(lines[0]["fields"]["account"], "demo");
    let logged = serde_json::to_string(&lines).unwrap();
    assert!(
        !logged.contains("ping") && !logged.contains("pong"),
        "no message text in the log: {logged}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_copies_at_once_get_one_reply() {
    let stage = Stage::open(Options::default()).await;
    let push = json!({ "app_id": accounts::COMPATIBLE, "push": { "kind": "text", "content": "ping" }, "concurrent": 64, "tries": 1, "timeout_ms": 30_000 });
    let report = stage.push(push).await;
    let attempts = report["attempts"].as_array().unwrap();
    assert_eq!(attempts.len(), 64);
    // A busy machine may starve one: it is told 500, so that WeChat repeats, and never another reply.
    let (answered, starved): (Vec<_>, Vec<_>) = attempts.iter().partition(|a| a["status"] == 200);
    assert!(starved.iter().all(|a| a["status"] == 500), "{starved:?}");
    let replies: BTreeSet<&str> = answered
        .iter()
        .map(|a| a["decrypted_body"].as_str().unwrap_or_default())
        .collect();
    assert!(replies.len() == 1 && !replies.contains(""), "{replies:?}");
    let rows = stage.rows("Inbox").await;
    // The SDK repeats a write whose answer was late, so that it counts twice.
    let counted: usize = rows[0]["attempts"].as_n().unwrap().parse().unwrap();
    assert!(rows.len() == 1 && counted >= answered.len(), "{counted}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_answer_is_given_to_whoever_waits_and_run_once() {
    let (stage, calls) = stage_with_slow_rule(Duration::from_millis(800)).await;
    let push = json!({ "app_id": accounts::SAFE, "push": { "kind": "text", "content": "slow please" }, "concurrent": 8, "tries": 1 });
    let report = stage.push(push).await;
    assert_eq!(
        report["user_sees"]["reply"]["content"], "answer 1 to slow please",
        "{report}"
    );
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    let replies: BTreeSet<&str> = report["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["decrypted_body"].as_str().unwrap())
        .collect();
    assert_eq!(replies.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_answer_is_held_or_sent_as_a_message() {
    let (stage, calls) = stage_with_slow_rule(Duration::from_millis(6_200)).await;
    let (held, sent) = tokio::join!(
        stage.text(accounts::COMPATIBLE, "slow one"),
        stage.text(accounts::SAFE, "slow two"),
    );
    let attempts = held["attempts"].as_array().unwrap();
    assert_eq!(attempts.len(), 2, "{held}");
    assert_eq!(attempts[0]["outcome"], "timeout", "{held}");
    assert!(
        held["user_sees"]["reply"]["content"]
            .as_str()
            .unwrap()
            .ends_with("to slow one"),
        "{held}"
    );
    assert_eq!(sent["user_sees"], "nothing", "{sent}");
    assert_eq!(
        sent["attempts"].as_array().unwrap().len(),
        1,
        "acknowledged in time: {sent}"
    );
    let messages = eventually("the late answer arrives", async || {
        let mut messages = stage.wechat().list_messages(&Default::default());
        messages.retain(|message| message.kind != "typing");
        (!messages.is_empty()).then_some(messages)
    })
    .await;
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert_eq!(messages[0].kind, "customer_service");
    let body: Value = serde_json::from_str(messages[0].body.as_ref().unwrap().get()).unwrap();
    let content = body["text"]["content"].as_str().unwrap();
    assert!(content.ends_with("to slow two"), "{body}");
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_functions_cost_a_repeat_and_nothing_else() {
    let stage = Stage::open(Options::default()).await;
    for n in 0..20 {
        // One kill a push, somewhere in its first attempt or between two: the next one must do.
        let kill = async {
            tokio::time::sleep(Duration::from_millis(n * 5)).await;
            stage.bundle.kill_instances("Callback");
        };
        let (report, ()) = tokio::join!(stage.text(accounts::SAFE, "ping"), kill);
        assert_eq!(report["user_sees"]["reply"]["content"], "pong", "{report}");
    }
    assert_eq!(stage.rows("Inbox").await.len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_get_a_status_an_empty_body_a_log_line_and_no_row() {
    let mut stage = Stage::open(Options::default()).await;
    let text = json!({ "kind": "text", "content": "ping" });
    let tampered = [
        ("bad_signature", accounts::PLAIN, 401),
        ("bad_msg_signature", accounts::SAFE, 401),
        ("wrong_app_id", accounts::SAFE, 400),
        ("bad_padding", accounts::SAFE, 400),
        ("stale_timestamp", accounts::SAFE, 401),
        ("oversize", accounts::PLAIN, 413),
    ];
    for (tamper, app_id, status) in tampered {
        let report = stage
            .push(json!({ "app_id": app_id, "push": text, "tamper": tamper, "tries": 1 }))
            .await;
        assert_eq!(
            report["attempts"][0]["status"], status,
            "{tamper}: {report}"
        );
        assert_eq!(report["attempts"][0]["body"], "", "{tamper}: {report}");
    }
    let downgraded = stage
        .push(json!({ "app_id": accounts::SAFE, "push": text, "mode": "plain", "tries": 1 }))
        .await;
    assert_eq!(
        downgraded["attempts"][0]["status"], 400,
        "a clear body in safe mode: {downgraded}"
    );
    let gateway = stage.bundle.gateway_url();
    let unknown = stage
        .http
        .get(format!("{gateway}/callback/nobody?signature=x"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            unknown.status().as_u16(),
            unknown.text().await.unwrap().as_str()
        ),
        (404, "")
    );
    let unsigned = stage
        .http
        .get(format!("{gateway}/callback/demo"))
        .send()
        .await
        .unwrap();
    assert_eq!(unsigned.status().as_u16(), 401);
    let put = stage
        .http
        .put(format!("{gateway}/callback/demo"))
        .send()
        .await
        .unwrap();
    assert_eq!(put.status().as_u16(), 405);
    assert!(stage.rows("Inbox").await.is_empty());
    let mut lines = stage.log_lines("Callback");
    lines.retain(|line| line.get("_aws").is_none());
    let reasons: BTreeSet<&str> = lines
        .iter()
        .filter_map(|l| l["fields"]["reason"].as_str())
        .collect();
    assert_eq!(lines.len(), 10, "one line a request: {lines:?}");
    assert!(reasons.len() >= 8, "{reasons:?}");
}
