//! The platform as a whole, over its own HTTP interface.

mod articles;
mod assistant;
mod callback;
mod control;
mod endpoints;
mod faults;
mod followers;
mod kf;
mod mass;
mod oauth;
mod pushes;
mod sends;
mod stream;
mod tokens;
mod window;

use crate::{
    AccountSetup, Config, Mode, Platform,
    sender::{Answered, SendError, Sender},
};
use axum::body::Bytes;
use http_body_util::Full;
use hyper::Request;
use serde_json::{Value, json};

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

/// A platform, a token and a short way to call with it.
struct Caller {
    platform: Platform,
    token: String,
}

impl Caller {
    async fn start(callback_url: &str) -> Self {
        let platform = start(callback_url).await;
        let long = json!({"token_lifetime_s": 100 * 86_400});
        post(&platform, &format!("/_control/accounts/{APP}"), long).await;
        let token = token(&fetch_stable(&platform, false).await);
        Self { platform, token }
    }

    fn address(&self, path: &str) -> String {
        let joint = if path.contains('?') { '&' } else { '?' };
        format!("{path}{joint}access_token={}", self.token)
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        post(&self.platform, &self.address(path), body).await
    }

    /// The code a call is answered with; 0 when the answer has none.
    async fn code(&self, path: &str, body: Value) -> i64 {
        let answer = self.post(path, body).await;
        answer["errcode"].as_i64().unwrap_or_default()
    }

    /// A call that has to be answered with this code.
    async fn expect(&self, errcode: i64, path: &str, body: Value) {
        let answer = self.post(path, body).await;
        let answered = answer["errcode"].as_i64().unwrap_or_default();
        assert_eq!(answered, errcode, "{path}: {answer}");
    }

    async fn control(&self, path: &str, body: Value) -> Value {
        let answer = post(&self.platform, path, body).await;
        assert!(answer["error"].is_null(), "{path}: {answer}");
        answer
    }
}

/// A request or response of the fixtures.
fn fixture(path: &str) -> Value {
    let path = format!("{}/../../tests/fixtures/{path}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The fixture with one field changed.
fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

impl Caller {
    async fn get(&self, path: &str) -> Value {
        get(&self.platform, &self.address(path)).await
    }

    /// Uploads a file, with a description where one is given.
    async fn upload(&self, path: &str, file_name: &str, bytes: &[u8], description: &str) -> Value {
        let head = |name: &str| format!("--xY\r\nContent-Disposition: form-data; name=\"{name}\"");
        let mut body = format!("{}; filename=\"{file_name}\"\r\n\r\n", head("media")).into_bytes();
        body.extend_from_slice(bytes);
        let description = format!(
            "\r\n{}\r\n\r\n{description}\r\n--xY--\r\n",
            head("description")
        );
        body.extend_from_slice(description.as_bytes());
        let request = Request::post(format!("{}{}", self.platform.url(), self.address(path)))
            .header("content-type", "multipart/form-data; boundary=xY");
        let request = request.body(Full::new(Bytes::from(body))).unwrap();
        let answer = Sender::default().send(request, 10_000).await.unwrap();
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// The bytes of an answer that need not be JSON.
    async fn bytes(&self, method: &str, path: &str, body: Value) -> Answered {
        send(&self.platform, method, &self.address(path), body)
            .await
            .unwrap()
    }
}
