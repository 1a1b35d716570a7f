//! The platform as a whole, over its own HTTP interface.

mod callback;
mod control;
mod faults;
mod pushes;
mod tokens;

use axum::body::Bytes;
use http_body_util::Full;
use hyper::Request;
use serde_json::{Value, json};

use crate::sender::{Answered, SendError, Sender};
use crate::{AccountSetup, Config, Mode, Platform};

const APP: &str = "wx5f2c8a1d9e3b7046";
const SECRET: &str = "0123456789abcdef0123456789abcdef";
const KEY: &str = "kD7vQ2mXz9LrB4tYw8HsJ1cFpN6gEoUaI3RxV5TiZqG";

/// An account whose pushes go to `callback_url`.
fn account(callback_url: &str) -> AccountSetup {
    AccountSetup {
        app_id: APP.into(),
        app_secret: SECRET.into(),
        original_id: "gh_7d31c0a94be2".into(),
        token: "Token2025abcDEF".into(),
        mode: Mode::Safe,
        encoding_aes_key: KEY.into(),
        callback_url: callback_url.into(),
        ..AccountSetup::default()
    }
}

async fn start(callback_url: &str) -> Platform {
    Platform::start(Config {
        accounts: vec![account(callback_url)],
        ..Config::default()
    })
    .await
    .unwrap()
}

/// One request; the body is JSON unless it is null.
async fn send(
    platform: &Platform,
    method: &str,
    path: &str,
    body: Value,
) -> Result<Answered, SendError> {
    let bytes = if body.is_null() {
        Bytes::new()
    } else {
        Bytes::from(body.to_string())
    };
    let request = Request::builder()
        .method(method)
        .uri(format!("{}{path}", platform.url()));
    Sender::default()
        .send(request.body(Full::new(bytes)).unwrap(), 10_000)
        .await
}

async fn get(platform: &Platform, path: &str) -> Value {
    let answer = send(platform, "GET", path, Value::Null).await.unwrap();
    serde_json::from_slice(&answer.body).unwrap()
}

async fn post(platform: &Platform, path: &str, body: Value) -> Value {
    let answer = send(platform, "POST", path, body).await.unwrap();
    serde_json::from_slice(&answer.body).unwrap()
}

async fn delete(platform: &Platform, path: &str) {
    assert_eq!(
        send(platform, "DELETE", path, Value::Null)
            .await
            .unwrap()
            .status,
        200
    );
}

async fn fetch_classic(platform: &Platform) -> Value {
    let path = format!("/cgi-bin/token?grant_type=client_credential&appid={APP}&secret={SECRET}");
    get(platform, &path).await
}

async fn fetch_stable(platform: &Platform, force: bool) -> Value {
    let body = json!({"grant_type": "client_credential", "appid": APP, "secret": SECRET, "force_refresh": force});
    post(platform, "/cgi-bin/stable_token", body).await
}

fn token(answer: &Value) -> String {
    answer["access_token"]
        .as_str()
        .unwrap_or_else(|| panic!("{answer}"))
        .to_owned()
}

/// The code a token is refused with, 0 when it is good.
async fn standing(platform: &Platform, token: &str) -> i64 {
    let answer = get(
        platform,
        &format!("/cgi-bin/getcallbackip?access_token={token}"),
    )
    .await;
    answer["errcode"].as_i64().unwrap_or_default()
}

async fn advance(platform: &Platform, ms: i64) {
    post(platform, "/_control/clock", json!({"advance_ms": ms})).await;
}
