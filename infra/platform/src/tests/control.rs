//! The control API itself: what it refuses, what it shows, how the platform starts and stops.

use super::{APP, account, delete, fetch_stable, get, send, start};
use crate::{Config, Platform};
use serde_json::{Value, json};

async fn refused(platform: &Platform, path: &str, body: Value) -> (u16, Value) {
    let answer = send(platform, "POST", path, body).await.unwrap();
    let json: Value = serde_json::from_slice(&answer.body).unwrap();
    (answer.status, json["error"].clone())
}

#[tokio::test]
async fn refusals_name_the_field_and_the_rule() {
    let platform = start("").await;
    let (status, error) = refused(
        &platform,
        "/_control/pushes",
        json!({"app_id": APP, "push": {}, "trys": 1}),
    )
    .await;
    assert_eq!(status, 400);
    assert!(error["rule"].as_str().unwrap().contains("trys"));
    let text = json!({"kind": "text", "content": "a"});
    let (status, error) = refused(
        &platform,
        "/_control/pushes",
        json!({"app_id": APP, "push": text}),
    )
    .await;
    assert_eq!((status, &error["field"]), (400, &json!("callback_url")));
    let (status, error) = refused(
        &platform,
        "/_control/pushes",
        json!({"app_id": "wx0", "push": text}),
    )
    .await;
    assert_eq!((status, &error["name"]), (404, &json!("wx0")));
}

#[tokio::test]
async fn unknown_names_and_faulty_values_are_refused() {
    let platform = start("").await;
    let (status, _) = refused(&platform, "/_control/accounts/wx0", json!({})).await;
    assert_eq!(status, 404);
    let (status, error) = refused(
        &platform,
        &format!("/_control/accounts/{APP}"),
        json!({"mode": "secret"}),
    )
    .await;
    assert_eq!((status, &error["field"]), (400, &json!("mode")));
    assert_eq!(
        refused(&platform, "/_control/nothing", json!({})).await.0,
        404
    );
    assert_eq!(
        refused(
            &platform,
            "/_control/clock",
            json!({"advance_ms": 1, "set_ms": 2})
        )
        .await
        .0,
        400
    );
    assert_eq!(
        send(&platform, "GET", "/_control/pushes/push-9", Value::Null)
            .await
            .unwrap()
            .status,
        404
    );
    assert_eq!(
        send(&platform, "GET", "/_control/calls?pth=x", Value::Null)
            .await
            .unwrap()
            .status,
        400
    );
    assert_eq!(
        send(&platform, "GET", "/_control/phone/wx0/o1", Value::Null)
            .await
            .unwrap()
            .status,
        404
    );
}

#[tokio::test]
async fn accounts_are_registered_once() {
    let platform = start("").await;
    let new = json!({"app_id": "wx2", "app_secret": "s", "original_id": "gh_2", "token": "t"});
    assert_eq!(
        send(&platform, "POST", "/_control/accounts", new.clone())
            .await
            .unwrap()
            .status,
        200
    );
    assert_eq!(refused(&platform, "/_control/accounts", new).await.0, 409);
    let listed = get(&platform, "/_control/accounts").await;
    assert_eq!(listed["accounts"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_journal_shows_calls_without_secrets() {
    let platform = start("").await;
    let token = super::token(&fetch_stable(&platform, false).await);
    super::standing(&platform, &token).await;
    let all = get(&platform, &format!("/_control/calls?app_id={APP}")).await;
    assert_eq!(all["calls"].as_array().unwrap().len(), 2);
    let shown = all.to_string();
    assert!(!shown.contains(&token) && !shown.contains(super::SECRET));
    let some = get(&platform, "/_control/calls?path=/cgi-bin/getcallbackip").await;
    assert_eq!(some["calls"][0]["path"], "/cgi-bin/getcallbackip");
    delete(&platform, "/_control/calls").await;
    assert_eq!(get(&platform, "/_control/calls").await["calls"], json!([]));
}

#[tokio::test]
async fn a_taken_address_and_a_faulty_account_do_not_start() {
    let platform = start("").await;
    let listen = platform
        .url()
        .trim_start_matches("http://")
        .parse()
        .unwrap();
    let taken = Platform::start(Config {
        listen,
        accounts: Vec::new(),
    })
    .await;
    assert!(taken.is_err_and(|error| error.to_string().contains(&listen.to_string())));
    platform.stop().await;
    let twice = Config {
        listen,
        accounts: vec![account(""), account("")],
    };
    assert!(
        Platform::start(twice)
            .await
            .is_err_and(|error| error.to_string().contains(APP))
    );
    let again = Platform::start(Config {
        listen,
        accounts: vec![account("")],
    })
    .await
    .unwrap();
    drop(again);
}

#[tokio::test]
async fn the_console_s_reply_rules_are_answered_as_they_were_set() {
    let platform = start("").await;
    let rules = super::fixture("responses/get_current_autoreply_info.json");
    let path = format!("/_control/autoreply/{APP}");
    super::post(&platform, &path, rules.clone()).await;
    let token = super::token(&fetch_stable(&platform, false).await);
    let asked = format!("/cgi-bin/get_current_autoreply_info?access_token={token}");
    assert_eq!(get(&platform, &asked).await, rules);
    assert_eq!(refused(&platform, &path, json!([])).await.0, 400);
    let unknown = "/_control/autoreply/wx0";
    assert_eq!(refused(&platform, unknown, json!({})).await.0, 404);
}
