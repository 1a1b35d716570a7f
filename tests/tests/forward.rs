//! Slow rules whose function fails, or answers what is no answer.

use local::Options;
use sam_local::lambda::OutsideFunction;
use serde_json::{Value, json};
use shared::lambda::log_id;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tests::{Stage, accounts::SAFE, eventually, redrive::redrive};

/// What the team's function answers from now on.
type Says = Arc<Mutex<Result<Value, String>>>;

/// A bundle that repeats sixty times as fast as Lambda, what its slow rule's function says, and how often that was called.
async fn stage(name: &str, says: Result<Value, String>) -> (Stage, Says, Arc<AtomicU32>) {
    let function = move |said: Result<Value, String>| async move { said };
    stage_with(name, "", says, function).await
}

/// The same, with settings of the account `demo`, of a function that takes its time.
async fn stage_with<F: Future<Output = Result<Value, String>> + Send + 'static>(
    name: &str,
    settings: &str,
    says: Result<Value, String>,
    work: impl Fn(Result<Value, String>) -> F + Send + Sync + 'static,
) -> (Stage, Says, Arc<AtomicU32>) {
    let calls = Arc::new(AtomicU32::new(0));
    let says: Says = Arc::new(Mutex::new(says));
    let (counted, said) = (Arc::clone(&calls), Arc::clone(&says));
    let function: OutsideFunction = Arc::new(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        let said = said.lock().unwrap().clone();
        Box::pin(work(said))
    });
    let rules = std::env::temp_dir().join(format!("{name}-{}.toml", std::process::id()));
    let rule = "[[rule]]\nkeyword = 'slow'\nforward = 'wechat-handler-slow'\n";
    std::fs::write(&rules, rule).unwrap();
    let mut options = Options::default();
    let demo = format!("[accounts.demo]\n{settings}");
    options.accounts = options.accounts.replacen("[accounts.demo]", &demo, 1);
    options.stack.schedule_speed = 60.0;
    let functions = &mut options.stack.outside_functions;
    functions.insert("wechat-handler-slow".to_owned(), function);
    let rules = rules.display().to_string();
    options
        .stack
        .environment
        .insert("RULES_FILE".to_owned(), rules);
    (Stage::open(options).await, says, calls)
}

/// The one dead letter, which stays where it is.
async fn letter(stage: &Stage) -> Value {
    let name = stage.bundle.queue("ForwardDeadLetters").unwrap();
    let request = aws_sdk_sqs::Client::new(&stage.aws()).receive_message();
    let request = request.queue_url(stage.bundle.stack().queue_url(&name));
    let answer = request.visibility_timeout(0).send().await.unwrap();
    serde_json::from_str(answer.messages()[0].body().unwrap()).unwrap()
}

fn messages(stage: &Stage) -> Vec<String> {
    let mut all = stage.wechat().list_messages(&Default::default());
    // While an answer is awaited the phone shows that it is being written.
    all.retain(|message| message.kind != "typing");
    let body = |m: platform::Message| m.body.map(|b| b.to_string()).unwrap_or_default();
    all.into_iter().map(body).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_run_again_and_its_answer_arrives_once() {
    let (stage, says, calls) = stage("redriven", Err("the database is down".to_owned())).await;
    let report = stage.text(SAFE, "slow, please").await;
    assert_eq!(report["user_sees"], "nothing", "{report}");
    let waiting = || stage.bundle.waiting("ForwardDeadLetters");
    eventually("a dead letter", async || (waiting() == 1).then_some(())).await;
    assert_eq!(calls.load(Ordering::SeqCst), 3, "as often as Lambda tries");

    let looked = redrive(&stage, &["--dry-run"], "").await;
    let seen = "ForwardDeadLetters: 1 dead letter, the oldest seen is ";
    assert!(looked.ok && looked.text.starts_with(seen), "{looked:?}");
    let task = letter(&stage).await["requestPayload"].clone();
    let id = log_id(task["id"].as_str().unwrap());
    let sample = format!("\n  demo wechat-handler-slow {id}\n");
    assert!(looked.text.contains(&sample), "{looked:?}");
    assert!(looked.text.ends_with("\nNothing was run.\n"), "{looked:?}");
    assert_eq!((waiting(), calls.load(Ordering::SeqCst)), (1, 3));

    let done = "ForwardDeadLetters: 1 dead letter: 1 done, 0 left in the queue.\n";
    let failed = redrive(&stage, &["--yes"], "").await;
    assert!(failed.ok && failed.text.ends_with(done), "{failed:?}");
    let back = async || (calls.load(Ordering::SeqCst) == 6 && waiting() == 1).then_some(());
    eventually("the letter, anew", back).await;
    assert_eq!(messages(&stage), [""; 0]);

    *says.lock().unwrap() = Ok(json!("it was worth waiting for"));
    let run = redrive(&stage, &[], "yes\n").await;
    assert!(run.ok && run.text.ends_with(done), "{run:?}");
    eventually("the answer", async || {
        (messages(&stage).len() == 1).then_some(())
    })
    .await;
    assert!(messages(&stage)[0].contains("worth waiting for"));

    let none = redrive(&stage, &[], "").await;
    assert_eq!((none.ok, none.text.as_str()), (true, "No dead letters.\n"));
    let again = stage.bundle.invoke("Forward", task).await.unwrap();
    let by_hand: Value = serde_json::from_slice(again.payload()).unwrap();
    assert_eq!(by_hand["outcome"], "late_queued", "its message has one id");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(messages(&stage).len(), 1, "once");
    assert_eq!(calls.load(Ordering::SeqCst), 7, "and not computed again");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_answer_is_computed_once_and_acknowledged_at_once() {
    let (mut stage, says, calls) = stage("unusable", Ok(json!(17))).await;
    for (n, (answer, state, outcome)) in [
        (json!(17), "unusable", "unusable"),
        (json!({ "kind": "hologram" }), "unusable", "unusable"),
        (
            json!({ "kind": "news", "articles": [] }),
            "unusable",
            "unusable",
        ),
        (json!(""), "replied", "nothing_to_say"),
        (Value::Null, "replied", "nothing_to_say"),
    ]
    .into_iter()
    .enumerate()
    {
        *says.lock().unwrap() = Ok(answer.clone());
        stage.log_lines("Forward");
        let report = stage.text(SAFE, "slow, please").await;
        assert_eq!(report["user_sees"], "nothing", "{report}");
        let ms = report["attempts"][0]["ms"].as_u64().unwrap();
        assert!(ms < 4_000, "{answer}: {ms} ms");
        let lines = eventually("a line", async || {
            let lines = stage.log_lines("Forward");
            (!lines.is_empty()).then_some(lines)
        })
        .await;
        let fields = lines
            .iter()
            .find_map(|line| line["fields"]["outcome"].as_str());
        assert_eq!(fields, Some(outcome), "{lines:?}");
        let rows = stage.rows("Inbox").await;
        let states = rows
            .iter()
            .filter(|row| row["state"].as_s().unwrap() == state);
        assert!(states.count() > 0, "{answer}: {rows:?}");
        assert_eq!(calls.load(Ordering::SeqCst), u32::try_from(n).unwrap() + 1);
    }
    // Longer than the first repeat would take.
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(calls.load(Ordering::SeqCst), 5, "none was run again");
    assert_eq!(stage.bundle.waiting("ForwardDeadLetters"), 0);
    assert_eq!(messages(&stage), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_reply_may_come_from_a_function() {
    let (stage, says, _) = stage("kinds", Ok(Value::Null)).await;
    for (answer, body) in [
        (
            json!({ "kind": "image", "media_id": "T6f6-GFtm_Kt" }),
            "<Image><MediaId><![CDATA[T6f6-GFtm_Kt]]></MediaId></Image>",
        ),
        (
            json!({ "kind": "video", "media_id": "V1" }),
            "<Video><MediaId><![CDATA[V1]]></MediaId></Video>",
        ),
        (
            json!({ "kind": "transfer_customer_service" }),
            "<MsgType><![CDATA[transfer_customer_service]]></MsgType>",
        ),
        (Value::Null, "success"),
    ] {
        *says.lock().unwrap() = Ok(answer);
        let report = stage.text(SAFE, "slow").await;
        let answered = report["attempts"][0]["decrypted_body"].as_str();
        let answered = answered.or(report["attempts"][0]["body"].as_str());
        assert!(answered.unwrap().contains(body), "{body}: {report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_takes_as_long_as_the_account_says_and_lets_wechat_hang_up_all_the_same() {
    // A busy machine begins late, so that only the third attempt may find what was held.
    for (late_reply, attempts) in [("customer_service", 1..=1), ("hold", 2..=3)] {
        let settings = format!("answer_within_ms = 1500\nlate_reply = '{late_reply}'");
        let slowly = |said| async move {
            tokio::time::sleep(Duration::from_secs(4)).await;
            said
        };
        let answer = Ok(json!("done"));
        let (stage, _, calls) = stage_with("within", &settings, answer, slowly).await;
        let report = stage.text(SAFE, "slow, please").await;
        let made = report["attempts"].as_array().unwrap();
        assert!(attempts.contains(&made.len()), "{report}");
        let first = made[0]["ms"].as_u64().unwrap();
        match late_reply {
            // Answered far inside WeChat's five seconds.
            "customer_service" => assert!((1_400..3_500).contains(&first), "{report}"),
            _ => assert!(first >= 4_900 && made[0]["status"].is_null(), "{report}"),
        }
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }
}
