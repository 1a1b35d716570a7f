//! Delivery: repeats, time-outs, copies, hostile pushes, and what the user sees.

use super::{
    APP, KEY,
    callback::{Callback, Step, value},
    get, post, start,
};
use crate::{AccountChange, Mode, Outcome, Platform, PushReport, PushRequest, Tamper, UserSees};
use serde_json::{Value, json};
use std::collections::BTreeSet;

async fn push(platform: &Platform, request: PushRequest) -> PushReport {
    platform.state().push(request).await.unwrap()
}

fn ping() -> PushRequest {
    PushRequest::text(APP, "ping")
}

/// Gives a try up soon, so that no test waits for seconds.
fn hasty() -> PushRequest {
    PushRequest {
        timeout_ms: 60,
        ..ping()
    }
}

fn outcomes(report: &PushReport) -> Vec<Outcome> {
    report
        .attempts
        .iter()
        .map(|attempt| attempt.outcome)
        .collect()
}

fn says(report: &PushReport) -> &str {
    match &report.user_sees {
        UserSees::Reply(reply) => reply["content"].as_str().unwrap(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_reply_arrives_in_every_mode() {
    let callback = Callback::start(vec![Step::Reply("pong")]).await;
    let platform = start(&callback.url).await;
    for mode in [Mode::Plain, Mode::Compatible, Mode::Safe] {
        let report = push(
            &platform,
            PushRequest {
                mode: Some(mode),
                ..ping()
            },
        )
        .await;
        assert_eq!(
            (says(&report), outcomes(&report)),
            ("pong", vec![Outcome::Replied])
        );
    }
    for got in callback.got() {
        assert_eq!(got.message.text_of("Content"), Some("ping"));
    }
    let encrypted = |n: usize| value(&callback.got()[n].query, "encrypt_type");
    assert_eq!(
        [encrypted(0), encrypted(1), encrypted(2)],
        ["", "aes", "aes"]
    );
    assert!(!callback.got()[2].body.contains("ping"));
}

#[tokio::test]
async fn an_answer_too_late_is_asked_for_again() {
    let callback = Callback::start(vec![Step::Late(2_000, "success"), Step::Reply("pong")]).await;
    let platform = start(&callback.url).await;
    let patient = PushRequest {
        timeout_ms: 600,
        ..ping()
    };
    let report = push(&platform, patient).await;
    assert_eq!(outcomes(&report), [Outcome::Timeout, Outcome::Replied]);
    assert_eq!(says(&report), "pong");
    let got = callback.got();
    assert_eq!(got[0].message, got[1].message);
    assert_ne!(value(&got[0].query, "nonce"), value(&got[1].query, "nonce"));
}

#[tokio::test]
async fn after_three_tries_the_user_sees_the_notice() {
    let late = Callback::start(vec![Step::Late(2_000, "success")]).await;
    let refusing = Callback::start(vec![Step::Status(500)]).await;
    let gone = "http://127.0.0.1:9/".to_owned();
    for (url, request, outcome) in [
        (&late.url, hasty(), Outcome::Timeout),
        (&refusing.url, ping(), Outcome::Invalid),
        (&gone, ping(), Outcome::ConnectFailed),
    ] {
        let platform = start(url).await;
        let report = push(&platform, request).await;
        assert_eq!(outcomes(&report), [outcome; 3]);
        assert!(matches!(report.user_sees, UserSees::ErrorNotice(_)));
        let phone = platform.state().phone(APP, &report.openid).unwrap();
        assert_eq!((phone.len(), phone[0].source), (1, "error_notice"));
    }
}

#[tokio::test]
async fn an_answer_that_is_no_reply_is_not_asked_for_again() {
    let callback = Callback::start(vec![Step::Body("{\"ok\":true}")]).await;
    let report = push(&start(&callback.url).await, ping()).await;
    assert_eq!(outcomes(&report), [Outcome::Invalid]);
    assert!(matches!(report.user_sees, UserSees::ErrorNotice(_)));
}

#[tokio::test]
async fn success_shows_nothing() {
    let callback = Callback::start(vec![Step::Body("success")]).await;
    let platform = start(&callback.url).await;
    let report = push(&platform, ping()).await;
    assert_eq!(report.user_sees, UserSees::Nothing);
    assert!(
        platform
            .state()
            .phone(APP, &report.openid)
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn copies_go_out_together_and_the_first_answer_counts() {
    let callback = Callback::start(vec![Step::Late(400, "success"), Step::Reply("pong")]).await;
    let platform = start(&callback.url).await;
    let report = push(
        &platform,
        PushRequest {
            concurrent: 8,
            ..ping()
        },
    )
    .await;
    assert_eq!(report.attempts.len(), 8);
    assert_eq!(says(&report), "pong");
    let nonces: BTreeSet<_> = callback
        .got()
        .iter()
        .map(|got| value(&got.query, "nonce"))
        .collect();
    assert_eq!(nonces.len(), 8);
}

#[tokio::test]
async fn an_answered_push_is_repeated_when_asked_to() {
    let callback = Callback::start(vec![Step::Reply("pong")]).await;
    let platform = start(&callback.url).await;
    let report = push(
        &platform,
        PushRequest {
            repeat_regardless: Some(3),
            ..ping()
        },
    )
    .await;
    assert_eq!(outcomes(&report), [Outcome::Replied; 3]);
    assert_eq!(
        platform.state().phone(APP, &report.openid).unwrap().len(),
        1
    );
    assert_eq!(
        platform
            .state()
            .push_report(&report.push_id)
            .unwrap()
            .attempts
            .len(),
        3
    );
}

#[tokio::test]
async fn a_slow_callback_holds_nobody_else_up() {
    let slow = Callback::start(vec![Step::Late(400, "success")]).await;
    let platform = start(&slow.url).await;
    let quick = Callback::start(vec![Step::Reply("pong")]).await;
    let mut other = super::account(&quick.url);
    other.app_id = "wx2".into();
    other.mode = Mode::Plain;
    platform.state().add_account(other).unwrap();
    let first = tokio::select! {
        _ = push(&platform, ping()) => "slow",
        report = push(&platform, PushRequest::text("wx2", "ping")) => {
            assert_eq!(says(&report), "pong");
            "quick"
        }
    };
    assert_eq!(first, "quick");
}

#[tokio::test]
async fn a_key_changed_between_two_tries_seals_the_second_one() {
    let callback = Callback::start(vec![Step::Late(2_000, "success"), Step::Reply("pong")]).await;
    let platform = start(&callback.url).await;
    let old = AccountChange {
        encoding_aes_key: Some("A".repeat(43)),
        ..AccountChange::default()
    };
    platform.state().change_account(APP, old).unwrap();
    let new = AccountChange {
        encoding_aes_key: Some(KEY.into()),
        ..AccountChange::default()
    };
    let request = PushRequest {
        timeout_ms: 600,
        ..ping()
    };
    let (report, ()) = tokio::join!(push(&platform, request), async {
        while callback.got().is_empty() {
            tokio::task::yield_now().await;
        }
        platform.state().change_account(APP, new).unwrap();
    });
    assert_eq!(says(&report), "pong");
    assert_eq!(callback.got()[0].message.text_of("Content"), None);
}

#[tokio::test]
async fn hostile_pushes_are_hostile() {
    let callback = Callback::start(vec![Step::Status(401)]).await;
    let platform = start(&callback.url).await;
    for tamper in [Tamper::WrongAppId, Tamper::BadPadding, Tamper::Oversize] {
        push(
            &platform,
            PushRequest {
                tamper: Some(tamper),
                tries: 1,
                ..ping()
            },
        )
        .await;
    }
    let got = callback.got();
    assert_eq!(got[0].message.text_of("Content"), None);
    assert_eq!(got[1].message.text_of("Content"), None);
    assert!(got[2].body.len() > 1024 * 1024);
}

#[tokio::test]
async fn json_and_raw_pushes_arrive_as_they_are() {
    let callback = Callback::start(vec![Step::Body("success")]).await;
    let platform = start(&callback.url).await;
    let json = json!({"app_id": APP, "mode": "plain", "format": "json", "push": {"kind": "text", "content": "ping"}});
    post(&platform, "/_control/pushes", json).await;
    let raw = json!({"app_id": APP, "mode": "plain", "push": {"raw": "<xml>"}});
    post(&platform, "/_control/pushes", raw).await;
    let got = callback.got();
    assert_eq!(
        serde_json::from_str::<Value>(&got[0].body).unwrap()["Content"],
        "ping"
    );
    assert_eq!(got[1].body, "<xml>");
}

#[tokio::test]
async fn the_url_check_wants_the_echo() {
    let callback = Callback::start(vec![Step::Body("success")]).await;
    let platform = start(&callback.url).await;
    let report = post(&platform, "/_control/verify", json!({"app_id": APP})).await;
    assert_eq!(
        (&report["ok"], &report["status"]),
        (&json!(true), &json!(200))
    );
    let gone = start("http://127.0.0.1:9/").await;
    assert!(!gone.state().verify(APP).await.unwrap().ok);
    assert!(start("").await.state().verify(APP).await.is_err());
}

#[tokio::test]
async fn the_phone_keeps_the_order() {
    let steps = vec![
        Step::Reply("one"),
        Step::Body("success"),
        Step::Body("nonsense"),
        Step::Reply("two"),
    ];
    let callback = Callback::start(steps).await;
    let platform = start(&callback.url).await;
    let mut openid = String::new();
    for _ in 0..4 {
        openid = push(&platform, ping()).await.openid;
    }
    let phone = get(&platform, &format!("/_control/phone/{APP}/{openid}")).await;
    let shown = phone["shown"].as_array().unwrap();
    let sources: Vec<_> = shown
        .iter()
        .map(|shown| shown["source"].as_str().unwrap())
        .collect();
    assert_eq!(sources, ["reply", "error_notice", "reply"]);
    assert_eq!(
        (
            &shown[0]["message"]["content"],
            &shown[2]["message"]["content"]
        ),
        (&json!("one"), &json!("two"))
    );
}

#[tokio::test]
async fn damaged_pushes_are_signed_and_no_kinder_than_wechat() {
    let callback = Callback::start(vec![Step::Body("success")]).await;
    let platform = start(&callback.url).await;
    let text = json!({"kind": "text", "content": "<a>]]>你"});
    for mode in ["plain", "compatible", "safe"] {
        let push = json!({"app_id": APP, "mode": mode, "push": text, "damage": {"characters": "cut", "without": ["CreateTime"]}});
        let report = post(&platform, "/_control/pushes", push).await;
        assert_eq!(report["user_sees"], "nothing", "{report}");
    }
    let plain = &callback.got()[0].body;
    assert!(plain.contains("<![CDATA[<a>]]>\u{fffd}]]>"), "{plain}");
    assert!(!plain.contains("CreateTime"));
    let wrong = json!({"app_id": APP, "mode": "plain", "push": text, "damage": {"root": "message", "instead": {"MsgId": "abc"}}});
    post(&platform, "/_control/pushes", wrong).await;
    let body = callback.got().pop().unwrap().body;
    assert!(
        body.starts_with("<message>") && body.contains("<MsgId>abc</MsgId>"),
        "{body}"
    );
}

#[tokio::test]
async fn a_reply_to_what_takes_none_and_an_empty_one_are_told() {
    const EMPTY: &str = "<xml><ToUserName>oT3x_uK9bqVwZ2m4LrNcY8dEfGhI</ToUserName><FromUserName>gh_7d31c0a94be2</FromUserName>\
        <CreateTime>1</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[]]></Content></xml>";
    let callback = Callback::start(vec![Step::Reply("bye"), Step::Body(EMPTY)]).await;
    let platform = start(&callback.url).await;
    let left = json!({"app_id": APP, "push": {"kind": "unsubscribe"}});
    let report = post(&platform, "/_control/pushes", left).await;
    assert_eq!(report["user_sees"], "nothing", "{report}");
    let warnings = &report["attempts"][0]["warnings"];
    assert!(
        warnings[0].as_str().unwrap().contains("unsubscribe"),
        "{report}"
    );
    let empty = PushRequest {
        mode: Some(Mode::Plain),
        ..ping()
    };
    let report = push(&platform, empty).await;
    assert!(
        matches!(report.user_sees, UserSees::ErrorNotice(_)),
        "{report:?}"
    );
}
