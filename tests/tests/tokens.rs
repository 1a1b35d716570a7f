//! Tokens of the running bundle: one for everybody, fetched no more often than it must be.

use futures_util::future::join_all;
use local::Options;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};
use tests::{Stage, accounts::SAFE};

const TOKEN: &str = "/v1/accounts/demo/access-token";
const STABLE: &str = "/cgi-bin/stable_token";

async fn token(stage: &Stage) -> String {
    let (status, body) = stage.signed("GET", TOKEN, None).await;
    assert_eq!(status, 200, "{body}");
    body["access_token"].as_str().unwrap().to_owned()
}

/// Whether WeChat takes the token.
async fn works(stage: &Stage, token: &str) -> bool {
    let url = format!(
        "{}/cgi-bin/getcallbackip?access_token={token}",
        stage.bundle.platform_url()
    );
    let answer: Value = stage
        .http
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    answer["ip_list"].is_array()
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_gets_the_same_token_and_only_the_signed() {
    let stage = Stage::open(Options::default()).await;
    let (status, body) = stage.signed("GET", TOKEN, None).await;
    assert_eq!(status, 200, "{body}");
    let left = body["expires_in"].as_i64().unwrap();
    assert!(
        (7_100..=7_200).contains(&left) && body["expires_at"].as_i64().unwrap() > 1_700_000_000,
        "{body}"
    );
    let tokens: BTreeSet<String> = join_all((0..20).map(|_| token(&stage)))
        .await
        .into_iter()
        .collect();
    assert_eq!(tokens.len(), 1);
    assert!(works(&stage, tokens.first().unwrap()).await);
    assert_eq!(stage.calls(STABLE, SAFE), 1);
    let unsigned = stage
        .http
        .get(format!("{}{TOKEN}", stage.bundle.gateway_url()))
        .send()
        .await
        .unwrap();
    assert_eq!(unsigned.status().as_u16(), 403);
    let (status, body) = stage
        .signed("GET", "/v1/accounts/nobody/access-token", None)
        .await;
    assert_eq!(
        (status, &body["error"]["type"]),
        (404, &json!("unknown_account"))
    );
    let (status, ticket) = stage
        .signed("GET", "/v1/accounts/demo/tickets/jsapi", None)
        .await;
    assert_eq!(status, 200, "{ticket}");
    assert!(!ticket["ticket"].as_str().unwrap().is_empty());
    let (status, _) = stage
        .signed("GET", "/v1/accounts/demo/tickets/train", None)
        .await;
    assert_eq!(status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_whose_token_was_refused_is_fetched_with_another() {
    let stage = Stage::open(Options::default()).await;
    let refused = json!({ "kind": "errcode", "errcode": 40_001, "path": "/cgi-bin/ticket/getticket", "times": 1 });
    stage.control("faults", refused).await;
    let path = "/v1/accounts/demo/tickets/jsapi";
    let (status, ticket) = stage.signed("GET", path, None).await;
    assert_eq!(status, 200, "{ticket}");
    assert!(!ticket["ticket"].as_str().unwrap().is_empty());
    let fetches = stage.calls(STABLE, SAFE);
    let few = (2..=3).contains(&fetches);
    assert!(few, "the refused token is replaced: {fetches} fetches");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_refused_a_hundred_times_at_once_is_fetched_once() {
    let mut options = Options::default();
    options.stack.concurrency = 16;
    let stage = Stage::open(options).await;
    let first = token(&stage).await;
    stage
        .control(
            &format!("tokens/{SAFE}/revoke"),
            json!({ "how": "invalidate" }),
        )
        .await;
    assert!(!works(&stage, &first).await);
    let before = stage.calls(STABLE, SAFE);
    let report = || async {
        loop {
            let path = format!("{TOKEN}/refresh");
            let (status, body) = stage
                .signed("POST", &path, Some(json!({ "refused": first })))
                .await;
            if status == 200 {
                return body["access_token"].as_str().unwrap().to_owned();
            }
            assert_eq!(status, 503, "only a throttle is tried again: {body}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let tokens: BTreeSet<String> = join_all((0..100).map(|_| report()))
        .await
        .into_iter()
        .collect();
    assert_eq!(tokens.len(), 1);
    assert!(works(&stage, tokens.first().unwrap()).await);
    let fetched = stage.calls(STABLE, SAFE) - before;
    assert!(
        fetched <= 2,
        "one fetch, and one more only if WeChat insisted on the old token: {fetched}"
    );
    let (status, body) = stage
        .signed(
            "POST",
            &format!("{TOKEN}/refresh"),
            Some(json!({ "refused": "another" })),
        )
        .await;
    assert_eq!(
        (status, body["access_token"].as_str()),
        (200, tokens.first().map(String::as_str))
    );
    assert_eq!(
        stage.calls(STABLE, SAFE) - before,
        fetched,
        "a token that is not the stored one costs no fetch"
    );
    let (status, _) = stage
        .signed(
            "POST",
            &format!("{TOKEN}/refresh"),
            Some(json!({ "token": "x" })),
        )
        .await;
    assert_eq!(status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schedule_keeps_short_lived_tokens_fresh_through_kills_and_faults() {
    let mut options = Options::default();
    options.stack.schedule_speed = 240.0;
    let stage = Stage::open(options).await;
    stage
        .control(
            &format!("accounts/{SAFE}"),
            json!({ "token_lifetime_s": 6, "token_overlap_s": 3 }),
        )
        .await;
    stage.control("faults", json!({ "kind": "errcode", "errcode": -1, "path": STABLE, "probability": 0.1, "seed": 7 })).await;
    let mut seen = BTreeSet::new();
    let end = Instant::now() + Duration::from_secs(60);
    let mut round = 0;
    while Instant::now() < end && (round < 48 || seen.len() < 3) {
        round += 1;
        if round % 8 == 0 {
            stage.bundle.kill_instances("TokenRefresh");
        }
        let (status, body) = stage.signed("GET", TOKEN, None).await;
        if status == 200 {
            let token = body["access_token"].as_str().unwrap();
            assert!(
                works(&stage, token).await,
                "round {round}: handed out a token that does not work"
            );
            seen.insert(token.to_owned());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(seen.len() >= 3, "the token turned over: {}", seen.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_address_is_named_and_asked_about_again_only_later() {
    let stage = Stage::open(Options::default()).await;
    stage
        .control(
            "faults",
            json!({ "kind": "errcode", "errcode": 40164, "path": STABLE, "times": 1 }),
        )
        .await;
    let (status, body) = stage.signed("GET", TOKEN, None).await;
    assert_eq!(
        (status, &body["error"]["type"]),
        (503, &json!("ip_not_whitelisted")),
        "{body}"
    );
    assert_eq!(body["error"]["class"], "ip", "{body}");
    let advice = &body["error"]["advice"];
    assert!(
        advice["en"].as_str().unwrap().contains("whitelist"),
        "{body}"
    );
    assert!(advice["zh"].as_str().unwrap().contains("白名单"), "{body}");
    let message = body["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("127.0.0.1") && message.contains("whitelist"),
        "{message}"
    );
    let (status, body) = stage.signed("GET", TOKEN, None).await;
    assert_eq!(
        (status, &body["error"]["type"]),
        (503, &json!("refresh_paused")),
        "{body}"
    );
    assert_eq!(stage.calls(STABLE, SAFE), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_accounts_fit_into_one_tick_and_a_broken_one_stops_none() {
    let mut stage = Stage::open(Options::default()).await;
    let key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
    for n in 0..1_000 {
        let (app_id, secret) = (format!("wx{n:016}"), format!("{n:032}"));
        let setup = json!({ "app_id": app_id, "app_secret": secret, "original_id": format!("gh_{n}"), "token": "token", "mode": "plain" });
        stage
            .wechat()
            .add_account(serde_json::from_value(setup).unwrap())
            .unwrap();
        let callback = json!({ "app_id": app_id, "original_id": format!("gh_{n}"), "kind": "service", "token": "token",
            "mode": "safe", "encoding_aes_key": key });
        let parameters = stage.bundle.parameters();
        parameters.put(&format!("/local/many-{n}/callback"), &callback.to_string());
        parameters.put(
            &format!("/local/many-{n}/secret"),
            &json!({ "app_secret": secret }).to_string(),
        );
    }
    stage.bundle.parameters().put("/local/broken/callback", "{");
    let first = tick(&stage).await;
    let second = tick(&stage).await;
    for report in [&first, &second] {
        assert_eq!(
            (&report["accounts"], &report["failed"]),
            (&json!(1_004), &json!(1)),
            "{report}"
        );
    }
    assert_eq!(
        second["left"], 0,
        "what a slow machine leaves, the next tick takes first: {first} {second}"
    );
    assert_eq!(
        stage.calls(STABLE, ""),
        1_003,
        "each account once: {first} {second}"
    );
    let named = stage.log_lines("TokenRefresh").iter().any(|line| {
        let fields = &line["fields"];
        fields["account"] == "broken" && fields["outcome"] == "malformed_parameter"
    });
    assert!(named, "the log names the account whose document is broken");
}

async fn tick(stage: &Stage) -> Value {
    let outcome = stage.bundle.fire("TokenRefreshTick").await.unwrap();
    serde_json::from_slice(outcome.payload()).unwrap()
}
