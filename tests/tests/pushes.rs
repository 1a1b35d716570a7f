//! Whatever WeChat signs is taken, and whatever a rule says is made an answer that WeChat takes.

use base64::Engine as _;
use local::Options;
use sam_local::lambda::OutsideFunction;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tests::{Stage, accounts, eventually};

const MODES: [&str; 3] = [accounts::PLAIN, accounts::COMPATIBLE, accounts::SAFE];

/// All bodies of a folder of fixtures.
fn bodies(folder: &str) -> Vec<(String, Vec<u8>)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let files = std::fs::read_dir(root.join(folder)).unwrap();
    let mut bodies: Vec<_> = files
        .map(|file| file.unwrap().path())
        .map(|path| (path.display().to_string(), std::fs::read(path).unwrap()))
        .collect();
    bodies.sort();
    bodies
}

fn raw(app_id: &str, body: &[u8]) -> Value {
    let bytes = base64::engine::general_purpose::STANDARD.encode(body);
    json!({ "app_id": app_id, "push": { "raw_base64": bytes }, "tries": 1 })
}

/// How often a metric was written.
fn counted(lines: &[Value], metric: &str) -> usize {
    lines.iter().filter(|line| line[metric] == 1.0).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_signed_is_acknowledged_counted_and_kept() {
    let mut stage = Stage::open(Options::default()).await;
    let bodies = [bodies("pushes"), bodies("hostile")].concat();
    assert!(bodies.len() >= 40);
    for (name, body) in &bodies {
        for app_id in MODES {
            let report = stage.push(raw(app_id, body)).await;
            assert_eq!(report["attempts"][0]["status"], 200, "{name}: {report}");
        }
    }
    let rows = stage.rows("Inbox").await;
    let distinct: BTreeSet<&[u8]> = bodies.iter().map(|(_, body)| body.as_slice()).collect();
    // Some of the hostile ones are the same message, with one id.
    let pushes = distinct.len() * MODES.len();
    assert!(
        (pushes - 15..=pushes).contains(&rows.len()),
        "{} of {pushes}",
        rows.len()
    );
    let unread: Vec<_> = rows
        .iter()
        .filter(|row| row["push"].as_m().unwrap().contains_key("unread"))
        .collect();
    assert!(unread.len() >= 60, "{}", unread.len());
    let nobody = rows
        .iter()
        .filter(|row| !row.contains_key("openid"))
        .count();
    assert!(nobody >= 9, "{nobody}");
    let lines = eventually("all metrics are written", async || {
        tokio::time::sleep(Duration::from_millis(300)).await;
        Some(stage.log_lines("Callback"))
    })
    .await;
    assert_eq!(counted(&lines, "PushesUnread"), unread.len());
    assert!(
        lines
            .iter()
            .all(|line| line["fields"]["outcome"] != "refused"),
        "{lines:?}"
    );
    let batches = eventually("the stream is read", async || {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let lines = stage.log_lines("MassSendEvents");
        (!lines.is_empty()).then_some(lines)
    })
    .await;
    assert!(
        batches.iter().all(|line| line["level"] == "INFO"),
        "{batches:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_read_has_one_row_for_its_repeats_and_its_size_does_not_matter() {
    let stage = Stage::open(Options::default()).await;
    let mut push = raw(accounts::SAFE, b"not even XML");
    push["repeat_regardless"] = json!(3);
    push["tries"] = json!(3);
    let report = stage.push(push).await;
    assert_eq!(report["attempts"].as_array().unwrap().len(), 3, "{report}");
    let rows = stage.rows("Inbox").await;
    assert_eq!(
        (rows.len(), rows[0]["attempts"].as_n().unwrap().as_str()),
        (1, "3")
    );
    for (unit, length) in [
        ("a", 250_000),
        ("\u{1}", 250_000),
        ("你", 900_000),
        ("<a>", 1_000_000),
    ] {
        let text = stage
            .text(accounts::PLAIN, &unit.repeat(length / unit.len()))
            .await;
        assert_eq!(text["attempts"][0]["status"], 200, "{length} of {unit}");
        assert_eq!(text["user_sees"], "nothing");
    }
    let sealed = stage.text(accounts::SAFE, &"b".repeat(700_000)).await;
    assert_eq!(sealed["attempts"][0]["status"], 200);
    let rows = stage.rows("Inbox").await;
    assert_eq!(rows.len(), 6);
    for row in rows
        .iter()
        .filter(|row| row["kind"].as_s().unwrap() == "text")
    {
        let unread = row["push"].as_m().unwrap()["unread"].as_m().unwrap();
        let bytes: usize = unread["bytes"].as_n().unwrap().parse().unwrap();
        let kept = unread["raw"].as_s().unwrap().len();
        assert!(
            bytes > 250_000 && kept > 20_000 && kept < bytes,
            "{bytes} {kept}"
        );
        assert_eq!(unread["sha1"].as_s().unwrap().len(), 40);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_reads_in_part_is_answered() {
    let stage = Stage::open(Options::default()).await;
    for app_id in MODES {
        let text = json!({ "kind": "text", "content": "ping" });
        let damages = [
            json!({ "instead": { "Idx": "a", "MsgDataId": "1" } }),
            json!({ "instead": { "MsgId": "-1.5" } }),
            json!({ "without": ["CreateTime"] }),
            json!({ "without": ["ToUserName"] }),
            json!({ "root": "message" }),
        ];
        for damage in damages {
            let push = json!({ "app_id": app_id, "push": text, "damage": damage, "tries": 1 });
            let report = stage.push(push).await;
            assert_eq!(
                report["user_sees"]["reply"]["content"], "pong",
                "{damage}: {report}"
            );
        }
        for damage in [
            json!({ "without": ["MsgType"] }),
            json!({ "without": ["FromUserName"] }),
        ] {
            let push = json!({ "app_id": app_id, "push": text, "damage": damage, "tries": 1 });
            let report = stage.push(push).await;
            assert_eq!(
                report["attempts"][0]["outcome"], "acknowledged",
                "{damage}: {report}"
            );
        }
        let cut = json!({ "kind": "text", "content": "ping 你", "bizmsgmenuid": "1" });
        let cut =
            json!({ "app_id": app_id, "push": cut, "damage": { "characters": "cut" }, "tries": 1 });
        assert_eq!(stage.push(cut).await["attempts"][0]["status"], 200);
    }
}

const RULES: &str = r#"
[[rule]]
regex = '(?s)^echo ?(.*)$'
reply = "$1"

[[rule]]
regex = '^order (\d+)$'
articles = [{ title = "order $1", description = "$$5, not $10", url = "https://www.example.com/orders/$1" }]

[[rule]]
keyword = "function"
forward = "wechat-handler-answers"

[[rule]]
event = "unsubscribe"
forward = "wechat-handler-answers"

[[rule]]
any = true
reply = "fallback"
"#;

/// A bundle with those rules, and how often its function `wechat-handler-answers` was called.
async fn stage_with_rules() -> (Stage, Arc<AtomicU32>) {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let answers: OutsideFunction = Arc::new(move |push: Value| {
        counted.fetch_add(1, Ordering::SeqCst);
        let answer = match push["content"].as_str() {
            Some("function: nothing") => json!(""),
            Some("function: three") => {
                json!({ "kind": "news", "articles": [{ "title": "1" }, { "title": "2" }, { "title": "3" }] })
            }
            _ => json!("你".repeat(3_000)),
        };
        Box::pin(async move { Ok(answer) })
    });
    let rules = std::env::temp_dir().join(format!("rules-{}-fit.toml", std::process::id()));
    std::fs::write(&rules, RULES).unwrap();
    let mut options = Options::default();
    options
        .stack
        .outside_functions
        .insert("wechat-handler-answers".to_owned(), answers);
    options
        .stack
        .environment
        .insert("RULES_FILE".to_owned(), rules.display().to_string());
    (Stage::open(options).await, calls)
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_are_made_to_fit() {
    let (mut stage, _) = stage_with_rules().await;
    let long = stage
        .text(accounts::SAFE, &format!("echo {}", "你".repeat(690)))
        .await;
    let cut = long["user_sees"]["reply"]["content"].as_str().unwrap();
    assert_eq!(cut, "你".repeat(681) + "…");
    for empty in ["echo", "echo \u{3000}", "function: nothing"] {
        let report = stage.text(accounts::SAFE, empty).await;
        assert_eq!(report["user_sees"], "nothing", "{empty}: {report}");
        assert_eq!(
            report["attempts"][0]["outcome"], "acknowledged",
            "{empty}: {report}"
        );
    }
    let article = stage.text(accounts::SAFE, "order 17").await;
    let article = &article["user_sees"]["reply"]["articles"][0];
    assert_eq!(article["title"], "order 17");
    assert_eq!(article["description"], "$5, not $10");
    assert_eq!(article["url"], "https://www.example.com/orders/17");
    let forwarded = stage.text(accounts::SAFE, "function: long").await;
    let piece = forwarded["user_sees"]["reply"]["content"].as_str().unwrap();
    assert!(
        piece.len() > 1_900 && piece.chars().all(|c| c == '你'),
        "{forwarded}"
    );
    let three = stage.text(accounts::SAFE, "function: three").await;
    assert_eq!(
        three["user_sees"]["reply"]["articles"][0]["title"], "1",
        "{three}"
    );
    assert_eq!(three["attempts"][0].get("warnings"), None, "{three}");
    tokio::time::sleep(Duration::from_millis(500)).await;
    let ours = stage.log_lines_of(&["Callback", "Forward"]);
    assert_eq!(
        (
            counted(&ours, "RepliesCut"),
            counted(&ours, "RepliesDropped")
        ),
        (2, 2),
        "a long text of a function is not cut, and one that says nothing drops nothing: {ours:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_no_answer_gets_none() {
    let (stage, calls) = stage_with_rules().await;
    let result = json!({ "kind": "MASSSENDJOBFINISH", "msg_id": 1, "status": "send success",
        "total_count": 1, "filter_count": 1, "sent_count": 1, "error_count": 0 });
    for push in [
        json!({ "kind": "unsubscribe" }),
        json!({ "kind": "VIEW", "event_key": "https://www.example.com" }),
        json!({ "kind": "view_miniprogram", "event_key": "pages/index" }),
        json!({ "kind": "event", "event": "LOCATION", "latitude": 1, "longitude": 2, "precision": 3 }),
        json!({ "kind": "TEMPLATESENDJOBFINISH", "msg_id": 7, "status": "success" }),
        json!({ "kind": "kf_close_session", "kf_account": "a@b" }),
        json!({ "kind": "annual_renew", "expired_time": 1 }),
        result,
    ] {
        let report = stage
            .push(json!({ "app_id": accounts::COMPATIBLE, "push": push }))
            .await;
        let attempts = report["attempts"].as_array().unwrap();
        assert_eq!(
            (attempts.len(), &attempts[0]["outcome"]),
            (1, &json!("acknowledged")),
            "{report}"
        );
        assert_eq!(attempts[0]["body"], "success", "{report}");
        assert!(attempts[0]["ms"].as_u64().unwrap() < 4_000, "{report}");
    }
    let clicked =
        json!({ "app_id": accounts::SAFE, "push": { "kind": "CLICK", "event_key": "K" } });
    assert_eq!(
        stage.push(clicked).await["user_sees"]["reply"]["content"],
        "fallback"
    );
    eventually("the function hears of it", async || {
        (calls.load(Ordering::SeqCst) == 1).then_some(())
    })
    .await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(stage.wechat().list_messages(&Default::default()).is_empty());
}
