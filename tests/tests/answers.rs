//! Answers that are too long, too late or none, on accounts that may send service messages and on those that may not.

use local::{Options, Wechat};
use sam_local::lambda::OutsideFunction;
use serde_json::{Value, json};
use std::{
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    time::Duration,
};
use tests::{Stage, eventually};

/// A verified service account.
const VERIFIED: &str = "wx00000000000000a1";
/// An unverified subscription account, which may send nothing.
const UNVERIFIED: &str = "wx00000000000000a2";
/// The same, whose users are told at once that their answer waits.
const AT_ONCE: &str = "wx00000000000000a3";
const USER: &str = "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI";
const WAITING: &str = "正在思考，回复任意内容查看";
const MORE: &str = "\n（回复任意内容继续）";

const RULES: &str = "
[[rule]]
text = 'ping'
reply = 'pong'
[[rule]]
keyword = 'sorry'
forward = 'wechat-handler-slow'
fallback = '抱歉，稍后再试'
[[rule]]
keyword = 'at once'
reply = '收到'
forward = 'wechat-handler-slow'
[[rule]]
text = ['question', '重置', '网页']
ask = 'helper'
fallback = '助手休息了'
[[rule]]
regex = '写 \\d+ 字$'
ask = 'helper'
[[rule]]
keyword = 'ask'
forward = 'wechat-handler-slow'
";

/// What the team's function says, and after how long.
type Says = Arc<Mutex<(Duration, Result<Value, String>)>>;

fn accounts() -> String {
    let account = |name: &str, app_id: &str, more: &str| {
        format!(
            "[accounts.{name}]\napp_id = \"{app_id}\"\noriginal_id = \"gh_{name:0<9}000\"\n\
             app_secret = \"0123456789abcdef0123456789abcdef\"\ntoken = \"sometoken\"\nmode = \"plain\"\n{more}\n"
        )
    };
    [
        account("verified", VERIFIED, "kind = \"service\""),
        account(
            "unverified",
            UNVERIFIED,
            "kind = \"subscription\"\nclass = \"unverified\"",
        ),
        account(
            "at_once00",
            AT_ONCE,
            "kind = \"subscription\"\nclass = \"unverified\"\nwaiting = \"at_once\"",
        ),
    ]
    .concat()
}

/// Where the simulator is to be, so that the accounts can name its assistant.
fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

async fn stage(name: &str, rules: &str) -> (Stage, Says) {
    let says: Says = Arc::new(Mutex::new((Duration::ZERO, Ok(Value::Null))));
    let said = Arc::clone(&says);
    let function: OutsideFunction = Arc::new(move |_| {
        let (after, said) = said.lock().unwrap().clone();
        Box::pin(async move {
            tokio::time::sleep(after).await;
            said
        })
    });
    let file = std::env::temp_dir().join(format!("answers-{name}-{}.toml", std::process::id()));
    std::fs::write(&file, rules).unwrap();
    let address = free_address();
    let assistant = |account: &str| {
        format!(
            "[accounts.{account}.assistants.helper]\nurl = \"http://{address}/assistant/v1/chat/completions\"\nmodel = \"m\"\n"
        )
    };
    let assistants = ["verified", "unverified", "at_once00"]
        .map(assistant)
        .concat();
    let mut options = Options {
        accounts: accounts() + &assistants,
        wechat: Wechat::Simulated(address),
        ..Options::default()
    };
    let functions = &mut options.stack.outside_functions;
    functions.insert("wechat-handler-slow".to_owned(), function);
    let file = file.display().to_string();
    let environment = &mut options.stack.environment;
    environment.insert("RULES_FILE".to_owned(), file);
    (Stage::open(options).await, says)
}

fn say(says: &Says, after_ms: u64, what: Value) {
    *says.lock().unwrap() = (Duration::from_millis(after_ms), Ok(what));
}

/// A text with marks that show what is lost, doubled or out of order.
fn long(marks: usize) -> String {
    let line =
        |n: usize| format!("[{n}]知之为知之，不知为不知，是知也。温故而知新，可以为师矣。\n");
    (0..marks).map(line).collect()
}

/// The marks in some texts, in their order.
fn marks(texts: &[String]) -> Vec<usize> {
    let numbers = texts.iter().flat_map(|text| text.split('[').skip(1));
    numbers
        .map(|rest| rest.split(']').next().unwrap().parse().unwrap())
        .collect()
}

async fn ask(stage: &Stage, app_id: &str, text: &str) -> Value {
    let push = json!({ "kind": "text", "content": text, "from": USER });
    stage.push(json!({ "app_id": app_id, "push": push })).await
}

/// What a push was answered with.
fn reply(report: &Value) -> String {
    let text = report["user_sees"]["reply"]["content"].as_str();
    text.unwrap_or_else(|| panic!("no text: {report}"))
        .to_owned()
}

/// The texts on the user's phone that came as messages.
fn messages(stage: &Stage, app_id: &str) -> Vec<String> {
    let shown = stage.wechat().phone(app_id, USER).unwrap();
    let sent = shown
        .iter()
        .filter(|shown| shown.source != "reply" && shown.source != "error_notice");
    let text = |shown: &platform::Shown| {
        let message = &shown.message;
        let text = message["text"]["content"]
            .as_str()
            .or(message["content"].as_str());
        text.unwrap_or_else(|| panic!("no text: {message}"))
            .to_owned()
    };
    sent.map(text).collect()
}

fn is_whole(texts: &[String], count: usize) -> bool {
    assert!(texts.iter().all(|text| text.len() <= 2_048), "{texts:?}");
    marks(texts).into_iter().eq(0..count)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_answer_in_time_goes_out_whole_by_messages_and_what_they_do_not_hold_by_collection()
{
    let (stage, says) = stage("long", RULES).await;
    say(&says, 0, json!(long(60)));
    let mut texts = vec![reply(&ask(&stage, VERIFIED, "ask").await)];
    eventually("the rest", async || {
        let texts = [&texts[..], &messages(&stage, VERIFIED)].concat();
        is_whole(&texts, 60).then_some(())
    })
    .await;
    assert!(messages(&stage, VERIFIED).len() <= 3 && !texts[0].contains(MORE.trim()));

    say(&says, 0, json!(long(200)));
    let before = messages(&stage, VERIFIED).len();
    texts = vec![reply(&ask(&stage, VERIFIED, "ask").await)];
    let sent = eventually("five messages", async || {
        let sent = messages(&stage, VERIFIED).split_off(before);
        (sent.len() == 5).then_some(sent)
    })
    .await;
    texts.extend(sent);
    assert!(
        texts[5].ends_with(MORE),
        "the last one says that there is more"
    );
    for _ in 0..20 {
        let report = ask(&stage, VERIFIED, "继续").await;
        if report["user_sees"] == "nothing" {
            break;
        }
        texts.push(reply(&report));
    }
    assert!(is_whole(&texts, 200), "{:?}", marks(&texts));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_may_send_nothing_has_its_answers_collected() {
    let (stage, says) = stage("collected", RULES).await;
    say(&says, 0, json!(long(100)));
    let mut texts = vec![reply(&ask(&stage, UNVERIFIED, "ask").await)];
    assert!(texts[0].ends_with(MORE));
    // A rule wins over the collection, and its answer is no piece.
    assert_eq!(reply(&ask(&stage, UNVERIFIED, "ping").await), "pong");
    // The push's repeats get the same bytes.
    let push = json!({ "kind": "text", "content": "1", "from": USER });
    let again =
        json!({ "app_id": UNVERIFIED, "push": push, "repeat_regardless": 3, "concurrent": 2 });
    let report = stage.push(again).await;
    let bodies: Vec<_> = report["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| &a["body"])
        .collect();
    assert!(
        bodies.len() == 6 && bodies.windows(2).all(|two| two[0] == two[1]),
        "{report}"
    );
    texts.push(reply(&report));
    loop {
        let report = ask(&stage, UNVERIFIED, "1").await;
        if report["user_sees"] == "nothing" {
            break;
        }
        texts.push(reply(&report));
    }
    assert!(is_whole(&texts, 100), "{:?}", marks(&texts));
    assert!(!texts.last().unwrap().contains(MORE.trim()));
    assert_eq!(stage.calls("/cgi-bin/message/custom", UNVERIFIED), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_answer_waits_and_the_next_message_waits_for_it() {
    let (stage, says) = stage("late", RULES).await;
    say(&says, 17_000, json!("终于"));
    let report = ask(&stage, UNVERIFIED, "ask").await;
    assert_eq!(reply(&report), WAITING);
    assert_eq!(report["attempts"].as_array().unwrap().len(), 3);
    // Some three seconds too early: the attempt waits.
    assert_eq!(reply(&ask(&stage, UNVERIFIED, "1").await), "终于");
    assert_eq!(ask(&stage, UNVERIFIED, "2").await["user_sees"], "nothing");

    say(&says, 7_000, json!("马上"));
    let report = ask(&stage, AT_ONCE, "ask").await;
    assert_eq!(
        (reply(&report).as_str(), &report["attempts"][1]),
        (WAITING, &Value::Null)
    );
    assert_eq!(reply(&ask(&stage, AT_ONCE, "1").await), "马上");

    // An answer that turns out to be none keeps nobody waiting.
    say(&says, 6_000, Value::Null);
    assert_eq!(reply(&ask(&stage, AT_ONCE, "ask").await), WAITING);
    assert_eq!(ask(&stage, AT_ONCE, "1").await["user_sees"], "nothing");
    let report = ask(&stage, AT_ONCE, "2").await;
    let ms = report["attempts"][0]["ms"].as_u64().unwrap();
    assert!(report["user_sees"] == "nothing" && ms < 1_500, "{report}");

    // In time for WeChat's second attempt, nobody is told to wait.
    say(&says, 7_000, json!("第二次"));
    assert_eq!(reply(&ask(&stage, UNVERIFIED, "ask").await), "第二次");
    assert_eq!(stage.calls("/cgi-bin/message/custom", UNVERIFIED), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_wechat_refuses_is_collected() {
    let (stage, says) = stage("refused", RULES).await;
    // An account that is less than its document says.
    let fault =
        json!({ "kind": "errcode", "errcode": 48_001, "path": "/cgi-bin/message/custom/send" });
    stage.control("faults", fault).await;
    say(&says, 0, json!(long(60)));
    let mut texts = vec![reply(&ask(&stage, VERIFIED, "ask").await)];
    let refused =
        async || (stage.calls("/cgi-bin/message/custom/send", VERIFIED) == 2).then_some(());
    eventually("refusals", refused).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    for _ in 0..2 {
        texts.push(reply(&ask(&stage, VERIFIED, "1").await));
    }
    assert!(is_whole(&texts, 60), "{:?}", marks(&texts));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_at_once_is_followed_by_the_answer() {
    let (stage, says) = stage("followed", RULES).await;
    say(&says, 1_000, json!("结果"));
    for app_id in [VERIFIED, UNVERIFIED] {
        let report = ask(&stage, app_id, "at once").await;
        assert_eq!(reply(&report), "收到");
        assert!(
            report["attempts"][0]["ms"].as_u64().unwrap() < 1_000,
            "{report}"
        );
    }
    assert_eq!(reply(&ask(&stage, UNVERIFIED, "1").await), "结果");
    eventually("the answer", async || {
        (messages(&stage, VERIFIED) == ["结果"]).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assistant_answers_remembers_and_fails_into_the_fallback() {
    let (stage, _) = stage("assistant", RULES).await;
    let asked = async |text| reply(&ask(&stage, UNVERIFIED, text).await);
    let first = asked("question").await;
    let second = asked("question").await;
    assert!(
        first.contains("question") && second != first,
        "it counts the turns: {first} {second}"
    );
    asked("重置").await;
    assert_eq!(asked("question").await, first, "it has forgotten them");
    assert_eq!(asked("网页").await, "助手休息了");
}

/// The numbers of the sentences that the simulated assistant says, in their order.
fn sentences(texts: &[String]) -> Vec<usize> {
    let numbers = texts.iter().flat_map(|text| text.split("这是第 ").skip(1));
    numbers
        .map(|rest| rest.split(' ').next().unwrap().parse().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_still_being_said_begins_in_time() {
    let (stage, _) = stage("stream", RULES).await;
    let is_all = |texts: &[String]| sentences(texts).into_iter().eq(1..=16);
    let question = "用 10 秒写 320 字";

    // What the account may send comes by itself, without a word of that in its beginning.
    let report = ask(&stage, VERIFIED, question).await;
    let mut texts = vec![reply(&report)];
    assert!(
        texts[0].starts_with("这是第 1 句") && !texts[0].contains(MORE.trim()),
        "{texts:?}"
    );
    assert_eq!(report["attempts"][1], Value::Null, "WeChat's first attempt");
    eventually("the rest", async || {
        let texts = [&texts[..], &messages(&stage, VERIFIED)].concat();
        is_all(&texts).then_some(())
    })
    .await;

    // The next message waits for the rest; a repeat of the first one gets the same beginning.
    let report = ask(&stage, AT_ONCE, question).await;
    texts = vec![reply(&report)];
    assert!(
        texts[0].starts_with("这是第 1 句") && texts[0].ends_with(MORE),
        "{texts:?}"
    );
    let rest = async || reply(&ask(&stage, AT_ONCE, "1").await);
    texts.push(rest().await);
    if texts[1] == WAITING {
        texts[1] = rest().await;
    }
    assert!(is_all(&texts), "{texts:?}");
    assert_eq!(ask(&stage, AT_ONCE, "2").await["user_sees"], "nothing");

    // What fills a message is shown at once, although WeChat would ask twice more.
    let report = ask(&stage, UNVERIFIED, "用 9 秒写 2000 字").await;
    texts = vec![reply(&report)];
    let ms = report["attempts"][0]["ms"].as_u64().unwrap();
    assert!(
        report["attempts"][1] == Value::Null && ms < 4_500,
        "{report}"
    );
    loop {
        let report = ask(&stage, UNVERIFIED, "1").await;
        match &report["user_sees"] {
            sees if sees == "nothing" => break,
            _ if reply(&report) != WAITING => texts.push(reply(&report)),
            _ => {}
        }
    }
    let seen = sentences(&texts);
    assert!(
        seen.iter().copied().eq(1..=seen.len()) && seen.len() > 90,
        "{seen:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_an_answer_at_once() {
    let (mut stage, says) = stage("failure", RULES).await;
    *says.lock().unwrap() = (
        Duration::from_millis(30),
        Err("the database is down".to_owned()),
    );
    let report = ask(&stage, UNVERIFIED, "ask").await;
    assert_eq!(report["user_sees"], "nothing", "there is no fallback");
    let ms = report["attempts"][0]["ms"].as_u64().unwrap();
    assert!(ms < 2_000, "acknowledged after {ms} ms");
    for (said, cause) in [
        (Err("the database is down".to_owned()), "failed"),
        (Ok(json!(17)), "unusable"),
        (Ok(json!({ "kind": "hologram" })), "unusable"),
    ] {
        *says.lock().unwrap() = (Duration::from_millis(300), said);
        let report = ask(&stage, UNVERIFIED, "sorry").await;
        assert_eq!(reply(&report), "抱歉，稍后再试");
        let ms = report["attempts"][0]["ms"].as_u64().unwrap();
        assert!(ms < 2_000, "answered after {ms} ms");
        let rows = stage.rows("Inbox").await;
        let states = rows
            .iter()
            .filter(|row| row["state"].as_s().unwrap() == cause);
        assert!(states.count() > 0, "{cause}");
    }
    let failed = eventually("a line", async || {
        let lines = stage.log_lines("Forward");
        lines
            .into_iter()
            .find(|line| line["fields"]["outcome"] == "forward_failed")
    });
    failed.await;
}
