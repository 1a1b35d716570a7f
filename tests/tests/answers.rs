//! Answers that are too long, too late or none, on accounts that may send service messages and on those that may not.

use serde_json::{Value, json};
use std::time::Duration;
use tests::{
    answering::{
        AT_ONCE, MORE, RULES, UNVERIFIED, USER, VERIFIED, WAITING, ask, messages, reply, say, stage,
    },
    eventually,
};

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
