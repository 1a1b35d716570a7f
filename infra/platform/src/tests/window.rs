//! The page: its files, what it can ask for, and what of it other pages get.

use super::{
    APP, Caller, account,
    callback::{Callback, Step},
    get, post, send, start,
};
use crate::{Behind, Config, Platform};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What a browser says beside the first line, and the whole answer.
async fn raw(platform: &Platform, request: &str) -> String {
    let mut stream = open(platform, &format!("{request}connection: close\r\n")).await;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

pub(super) async fn open(platform: &Platform, request: &str) -> TcpStream {
    let address = platform.url().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let host = if request.contains("host: ") {
        String::new()
    } else {
        format!("host: {address}\r\n")
    };
    stream
        .write_all(format!("{request}{host}\r\n").as_bytes())
        .await
        .unwrap();
    stream
}

#[tokio::test]
async fn the_page_and_its_files_come_with_a_strict_policy() {
    let platform = start("").await;
    for path in ["/", "/docs", "/window/main.js", "/window/style.css"] {
        let answer = raw(&platform, &format!("GET {path} HTTP/1.1\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
        let policy = answer
            .lines()
            .find(|line| line.starts_with("content-security-policy: "));
        let policy = policy.unwrap_or_else(|| panic!("{path} has no policy"));
        assert!(
            policy.contains("default-src 'self'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert!(answer.contains("x-content-type-options: nosniff"));
    }
    for path in ["/window/nothing.js", "/window/..%2fCargo.toml"] {
        assert_eq!(
            send(&platform, "GET", path, Value::Null)
                .await
                .unwrap()
                .status,
            404
        );
    }
}

/// What the policy would stop in a browser, and what would turn a text into markup.
#[test]
fn no_file_of_the_page_runs_or_loads_what_is_not_ours() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/window");
    let mut scripts = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.lines().count() < 400, "{name} is long");
        for word in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "createContextualFragment",
            "setInterval",
            "https://",
            "javascript:",
            "style=\"",
            "onclick=\"",
        ] {
            assert!(!text.contains(word), "{name} says {word}");
        }
        if name.ends_with(".html") {
            let tags = text.matches("<script").count();
            let own = text
                .matches("<script type=\"module\" src=\"/window/")
                .count();
            assert_eq!((tags, text.matches("<style").count()), (own, 0), "{name}");
        }
        scripts.push(name);
    }
    let served = include_str!("../window.rs");
    for name in scripts {
        assert!(
            served.contains(&format!("\"{name}\"")),
            "{name} is not served"
        );
    }
}

#[tokio::test]
async fn another_page_and_another_name_get_nothing() {
    let platform = start("").await;
    for (line, status) in [
        ("GET / HTTP/1.1\r\nhost: evil.example\r\n", 403),
        (
            "GET /_control/events HTTP/1.1\r\nhost: evil.example\r\n",
            403,
        ),
        (
            "POST /_control/clock HTTP/1.1\r\norigin: http://evil.example\r\ncontent-length: 0\r\n",
            403,
        ),
        ("DELETE /_control/faults HTTP/1.1\r\norigin: null\r\n", 403),
        (
            "POST /_control/behind/v1 HTTP/1.1\r\norigin: http://127.0.0.1:1\r\ncontent-length: 0\r\n",
            403,
        ),
        ("GET /_control/clock HTTP/1.1\r\n", 200),
        // WeChat's own API is called from anywhere.
        (
            "GET /cgi-bin/getcallbackip HTTP/1.1\r\nhost: api.weixin.qq.com\r\n",
            200,
        ),
    ] {
        let answer = raw(&platform, line).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{line}: {answer}"
        );
    }
}

#[tokio::test]
async fn the_control_api_describes_itself() {
    let platform = start("").await;
    let told = get(&platform, "/_control").await;
    let kinds = told["pushes"].as_array().unwrap();
    let text = kinds.iter().find(|kind| kind["kind"] == "text").unwrap();
    assert_eq!(
        text["fields"][0],
        json!({"name": "content", "shape": "text", "required": true})
    );
    assert!(told["faults"].as_array().unwrap().contains(&json!("mixed")));
    for route in told["routes"].as_array().unwrap() {
        let (method, path) = (
            route["method"].as_str().unwrap(),
            route["path"].as_str().unwrap(),
        );
        if path == "/_control/events" {
            continue;
        }
        let method = method.replace("ANY", "GET");
        let answer = send(
            &platform,
            &method,
            &path.replace("{*path}", "v1"),
            Value::Null,
        )
        .await
        .unwrap();
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        assert!(
            answer.status != 405 && body["error"]["unknown"] != "route",
            "{method} {path}: {body}"
        );
    }
}

#[tokio::test]
async fn an_unknown_kind_is_answered_with_those_there_are() {
    let platform = start("http://127.0.0.1:9").await;
    let refused = async |path: &str, body: &str| -> Value {
        let length = body.len();
        let request =
            format!("POST {path} HTTP/1.1\r\ncontent-length: {length}\r\nconnection: close\r\n");
        let mut stream = open(&platform, &request).await;
        stream.write_all(body.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str::<Value>(body).unwrap()["error"].clone()
    };
    let push = format!("{{\"app_id\":\"{APP}\",\"push\":{{\"kind\":\"txt\"}}}}");
    let error = refused("/_control/pushes", &push).await;
    let rule = error["rule"].as_str().unwrap();
    assert!(
        rule.contains("'txt'") && rule.contains("text, image") && rule.contains("CLICK"),
        "{rule}"
    );
    let error = refused("/_control/faults", "{\"kind\":\"slow\"}").await;
    assert!(
        error["rule"].as_str().unwrap().contains("`gateway_502`"),
        "{error}"
    );
    let error = refused("/_control/faults", "{\"kind\"").await;
    assert_eq!(error["field"], "body", "{error}");
}

#[tokio::test]
async fn a_picture_is_put_where_the_product_finds_it_and_nothing_else_is_shown() {
    let caller = Caller::start("").await;
    let platform = &caller.platform;
    let add = async |query: &str, body: Value| {
        send(
            platform,
            "POST",
            &format!("/_control/media/{APP}{query}"),
            body,
        )
        .await
        .unwrap()
    };
    let added = add("?kind=image&name=cat.png", json!("bytes")).await;
    let id: Value = serde_json::from_slice(&added.body).unwrap();
    let id = id["media_id"].as_str().unwrap();
    let shown = raw(
        platform,
        &format!("GET /_control/media/{APP}/{id} HTTP/1.1\r\n"),
    )
    .await;
    assert!(
        shown.contains("content-type: image/png")
            && shown.contains("sandbox")
            && shown.ends_with("\"bytes\"")
    );
    let fetched = caller
        .bytes(
            "GET",
            &format!("/cgi-bin/media/get?media_id={id}"),
            Value::Null,
        )
        .await;
    assert_eq!(&*fetched.body, b"\"bytes\"");
    for wrong in [
        "?kind=image&name=cat.svg",
        "?kind=image&name=cat",
        "?kind=voice&name=a.png",
        "?name=a.png",
        "",
    ] {
        assert_eq!(add(wrong, json!("x")).await.status, 400, "{wrong}");
    }
    assert_eq!(
        add("?kind=image&name=cat.png", Value::Null).await.status,
        400
    );
    let video = caller
        .upload("/cgi-bin/media/upload?type=video", "a.mp4", b"<script>", "")
        .await;
    let path = format!(
        "/_control/media/{APP}/{}",
        video["media_id"].as_str().unwrap()
    );
    assert_eq!(
        send(platform, "GET", &path, Value::Null)
            .await
            .unwrap()
            .status,
        404
    );
}

#[tokio::test]
async fn what_runs_behind_is_asked_with_method_path_and_body() {
    let platform = start("").await;
    let path = "/_control/behind/v1/accounts/demo/messages?limit=2&to_user=o%2F";
    assert_eq!(
        send(&platform, "GET", path, Value::Null)
            .await
            .unwrap()
            .status,
        404
    );
    platform.state().stand_behind(Behind {
        routes: Arc::new(|method, path, body| {
            Box::pin(async move {
                match path.as_str() {
                    "/down" => Err("no answer".to_owned()),
                    _ => Ok((202, json!([method, path, body]))),
                }
            })
        }),
        document: Arc::new(|| json!({"openapi": "3.1.0"})),
    });
    assert_eq!(
        get(&platform, "/_control/document").await["openapi"],
        "3.1.0"
    );
    let told = get(&platform, path).await;
    assert_eq!(
        told,
        json!([
            "GET",
            "/v1/accounts/demo/messages?limit=2&to_user=o%2F",
            null
        ])
    );
    let told = post(&platform, "/_control/behind/v1", json!({"a": 1})).await;
    assert_eq!(told, json!(["POST", "/v1", {"a": 1}]));
    assert_eq!(
        send(&platform, "GET", "/_control/behind/down", Value::Null)
            .await
            .unwrap()
            .status,
        502
    );
}

#[tokio::test]
async fn a_mass_message_is_on_the_phones_of_those_who_wrote() {
    let callback = Callback::start(vec![Step::Body("success")]).await;
    let caller = Caller::start(&callback.url).await;
    let from = "oT3x_uSomebodyWhoWrote000001";
    let push = json!({"app_id": APP, "push": {"kind": "text", "content": "hi", "from": from}});
    caller.control("/_control/pushes", push).await;
    let mass = json!({"touser": [from, "oT3x_uSomebodyElse00000000002"], "msgtype": "text",
        "text": {"content": "spring <b>"}});
    caller.expect(0, "/cgi-bin/message/mass/send", mass).await;
    let path = format!("/_control/phone/{APP}/{from}");
    let mut shown = Value::Null;
    for _ in 0..200 {
        shown = get(&caller.platform, &path).await["shown"][0].clone();
        if !shown.is_null() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(
        (&shown["source"], &shown["message"]["text"]["content"]),
        (&json!("mass"), &json!("spring <b>"))
    );
    let other = get(
        &caller.platform,
        &format!("/_control/phone/{APP}/oT3x_uSomebodyElse00000000002"),
    )
    .await;
    assert_eq!(other["shown"], json!([]));
}

#[tokio::test]
async fn a_simulator_that_listens_to_others_is_driven_by_any_name() {
    let listen = "0.0.0.0:0".parse().unwrap();
    let platform = Platform::start(Config {
        listen,
        accounts: vec![account("")],
    })
    .await
    .unwrap();
    let answer = raw(
        &platform,
        "GET /_control/clock HTTP/1.1\r\nhost: simulator:9100\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
