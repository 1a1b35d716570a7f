//! Answers of assistants, as they say them, and of the team's own server.

use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tests::{
    answering::{
        AT_ONCE, MORE, RULES, SECRET, SECRET_2, UNVERIFIED, VERIFIED, WAITING, ask, messages,
        reply, stage,
    },
    eventually,
};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::path};

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

/// Answers what it is asked, once the signature fits.
fn server(secret: &str) -> impl Fn(&Request) -> ResponseTemplate + use<> {
    let webhook = Webhook::new(secret).unwrap();
    move |request| {
        let event: Value = serde_json::from_slice(&request.body).unwrap();
        let is_signed = webhook.verify(&request.body, &request.headers).is_ok();
        match (is_signed, event["content"].as_str()) {
            (false, _) => ResponseTemplate::new(401),
            (true, Some("shop down")) => ResponseTemplate::new(503),
            (true, _) => ResponseTemplate::new(200).set_body_json(json!(event["content"])),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_the_teams_is_asked_by_the_secret_that_its_rule_names() {
    let there = MockServer::start().await;
    for (at, secret) in [("/shop", SECRET), ("/bank", SECRET_2)] {
        Mock::given(path(at))
            .respond_with(server(secret))
            .mount(&there)
            .await;
    }
    let url = there.uri();
    let rules = format!(
        "[[rule]]\nkeyword = 'shop'\nforward = '{url}/shop'\nfallback = 'closed'\n\
         [[rule]]\nkeyword = 'bank'\nforward = '{url}/bank'\nsecret_parameter = '/local/verified/webhook-2'\n"
    );
    let (stage, _) = stage("server", &rules).await;
    for (question, answer) in [("shop", "shop"), ("bank", "bank"), ("shop down", "closed")] {
        assert_eq!(reply(&ask(&stage, VERIFIED, question).await), answer);
    }
    let seen = there.received_requests().await.unwrap();
    assert!(
        seen.iter()
            .all(|request| request.headers.contains_key("webhook-id"))
    );
}
