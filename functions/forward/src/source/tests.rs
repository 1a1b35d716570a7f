//! Sources against servers that do what servers do.

mod handlers;
mod sessions;
mod world;

use super::*;
use serde_json::json;
use standardwebhooks::Webhook;
use world::{Piece, Seen, Server, World, answer, bytes, cause, task};

const ENOUGH: u64 = 20_000;
const SSE: &str = "text/event-stream; charset=utf-8";

fn delta(text: &str) -> String {
    format!(
        "data: {}\n\n",
        json!({"choices": [{"index": 0, "delta": {"content": text}}]})
    )
}

fn last() -> String {
    format!(
        "data: {}\n\n",
        json!({"choices": [{"delta": {}, "finish_reason": "stop"}]})
    )
}

fn stream(events: &str) -> Vec<Piece> {
    answer("200 OK", SSE, events)
}

fn ask(id: &str, text: &str) -> ForwardTask {
    task(json!({"assistant": "helper"}), id, text)
}

/// What an endpoint does when it is asked that.
fn chat(seen: &Seen) -> Vec<Piece> {
    let wait = |ms| Piece::Wait(Duration::from_millis(ms));
    let whole =
        |content| json!({"choices": [{"message": {"role": "assistant", "content": content}}]});
    match seen.asked().as_str() {
        "split" => {
            // Every byte alone, so that letters and events come in pieces.
            let events = format!(": hello\r\n\r\n{}data: [DONE]\n\n", delta("你好，世界"));
            let mut pieces = stream("");
            pieces.extend(events.bytes().flat_map(|byte| [bytes([byte]), wait(1)]));
            pieces
        }
        "whole" => answer("200 OK", "application/json", &whole(json!("整")).to_string()),
        "null" => answer("200 OK", "application/json", &whole(json!(null)).to_string()),
        "no done" => stream(&(delta("甲") + &last())),
        "cut" => stream(&delta("甲")),
        "torn" => vec![bytes(format!("HTTP/1.1 200 OK\r\ncontent-type: {SSE}\r\ncontent-length: 9999\r\nconnection: close\r\n\r\n{}", delta("甲")))],
        "stall" => {
            let mut pieces = stream(&delta("甲"));
            pieces.push(wait(8_000));
            pieces
        }
        "silence" => vec![wait(8_000)],
        "drip" => {
            let mut pieces = stream("");
            pieces.extend((0..100).flat_map(|_| [bytes(delta("甲")), wait(100)]));
            pieces
        }
        "broken" => stream(&(delta("甲") + "data: {\"error\": {\"message\": \"hush\", \"code\": \"overloaded\"}}\n\n")),
        "garbage" => stream(&(delta("甲") + "data: hush\n\n")),
        "latin" => vec![bytes([b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\ndata: \xff\xfe\n\n".as_slice()].concat())],
        "error" => answer("200 OK", "application/json", &json!({"error": {"message": "hush", "type": "a b"}}).to_string()),
        "long" => stream(&(delta(&"长".repeat(10_000)).repeat(40) + "data: [DONE]\n\n")),
        "huge" => answer("200 OK", "application/json", &whole(json!("x".repeat(MOST + 1))).to_string()),
        "flood" => answer("200 OK", "application/json", &" ".repeat(5 * MOST)),
        "page" => answer("200 OK", "text/html", "<html>hush"),
        "hidden page" => answer("200 OK", "application/json", " <html>hush"),
        "key" => answer("401 Unauthorized", "application/json", "{\"error\": \"hush\"}"),
        "much" => answer("429 Too Many Requests", "text/html", "hush"),
        "down" => answer("503 Service Unavailable", "text/html", "hush"),
        "moved" => vec![bytes("HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\nconnection: close\r\n\r\n")],
        asked => stream(&(delta(&format!("答{asked}")) + &last() + "data: [DONE]\n\n")),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_endpoints_do_has_its_name_and_what_was_said_stands() {
    let server = Server::start(chat).await;
    let world = &World::new(&server.url, json!({})).await;
    for (asked, text, failure) in [
        ("split", "你好，世界", ""),
        ("whole", "整", ""),
        ("no done", "甲", ""),
        ("null", "", "empty"),
        ("cut", "甲", "cut_off"),
        ("torn", "甲", "cut_off"),
        ("stall", "甲", "stalled"),
        ("silence", "", "stalled"),
        ("broken", "甲", "endpoint_error"),
        ("garbage", "甲", "not_json"),
        ("latin", "", "not_json"),
        ("error", "", "endpoint_error"),
        ("huge", "", "too_large"),
        ("flood", "", "too_large"),
        ("page", "", "html"),
        ("hidden page", "", "html"),
        ("key", "", "refused_key"),
        ("much", "", "too_many"),
        ("down", "", "status"),
        ("moved", "", "redirect"),
    ] {
        let (said, failed) = world.hears(&ask(asked, asked), ENOUGH).await;
        assert_eq!((said.as_str(), cause(failed)), (text, failure), "{asked}");
    }
    let (said, failed) = world.hears(&ask("long", "long"), ENOUGH).await;
    assert_eq!((said.len(), cause(failed)), (34 * 30_000, "too_large"));
    let (said, failed) = world.hears(&ask("drip", "drip"), 1_000).await;
    assert!(said.starts_with('甲') && cause(failed) == "slow");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assistant_is_told_what_was_said_and_a_repeat_adds_nothing() {
    let server = Server::start(chat).await;
    let world = World::new(&server.url, json!({})).await;
    for (id, text) in [("1", "一"), ("1", "一"), ("2", "二"), ("1", "一")] {
        let heard = world.hears(&ask(id, text), ENOUGH).await;
        assert_eq!(heard, (format!("答{text}"), None));
    }
    assert_eq!(world.hears(&ask("3", "三"), ENOUGH).await.1, None);
    let seen = server.last();
    assert_eq!(seen.header("authorization"), Some("Bearer sk-1"));
    let json = seen.json();
    assert_eq!(
        (&json["model"], &json["stream"]),
        (&json!("m1"), &json!(true))
    );
    let said: Vec<_> = json["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["content"].as_str().unwrap())
        .collect();
    assert_eq!(said, ["你是客服", "二", "答二", "一", "答一", "三"]);

    assert_eq!(
        world.hears(&ask("4", " 重置 "), ENOUGH).await,
        ("好的，我们重新开始。".into(), None)
    );
    assert_eq!(world.hears(&ask("5", "五"), ENOUGH).await.1, None);
    assert_eq!(
        server.last().json()["messages"].as_array().unwrap().len(),
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_has_its_questions() {
    let server = Server::start(chat).await;
    let world = World::new(
        &server.url,
        json!({"per_day": 1, "memory": 0, "limit_text": "够了"}),
    )
    .await;
    for (id, text) in [("1", "答问"), ("1", "答问"), ("2", "够了"), ("1", "答问")] {
        assert_eq!(
            world.hears(&ask(id, "问"), ENOUGH).await,
            (text.into(), None)
        );
    }
    assert_eq!(world.table.scan().await.len(), 1, "no memory is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_has_the_last_word() {
    let server = Server::start(chat).await;
    let with = async |filter: &str| World::new(&server.url, json!({ "filter": filter })).await;
    let world = with("shouts").await;
    assert_eq!(
        world.hears(&ask("1", "abc"), ENOUGH).await,
        ("答ABC".into(), None)
    );
    // A part of an answer is not shown unfiltered.
    let (said, failed) = world.hears(&ask("2", "cut"), ENOUGH).await;
    assert_eq!((said.as_str(), cause(failed)), ("", "cut_off"));
    for (filter, failure) in [("fails", "function_failed"), ("counts", "not_json")] {
        let (said, failed) = with(filter).await.hears(&ask("3", "abc"), ENOUGH).await;
        assert_eq!((said.as_str(), cause(failed)), ("", failure));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_of_its_own_ends_an_answer() {
    let server = Server::start(chat).await;
    let world = World::new(&server.url, json!({"timeout_s": 1})).await;
    let (said, failed) = world.hears(&ask("1", "drip"), ENOUGH).await;
    assert!(said.starts_with('甲') && cause(failed) == "slow");
    let nobody = task(json!({"assistant": "nobody"}), "1", "x");
    assert_eq!(cause(world.hears(&nobody, ENOUGH).await.1), "no_assistant");
    let closed = World::new("http://127.0.0.1:9/", json!({})).await;
    assert_eq!(
        cause(closed.hears(&ask("1", "x"), ENOUGH).await.1),
        "unreachable"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_called_as_standard_webhooks_and_its_json_comes_back() {
    let server = Server::start(|seen| match seen.json()["content"].as_str().unwrap() {
        "nothing" => vec![bytes(
            "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n",
        )],
        "null" => answer("200 OK", "application/json", "null"),
        "text" => answer("200 OK", "text/plain", "hello"),
        "page" => answer("200 OK", "text/html", "<html>"),
        "large" => answer(
            "200 OK",
            "application/json",
            &format!("\"{}\"", "x".repeat(MOST)),
        ),
        "moved" => vec![bytes(
            "HTTP/1.1 307 Moved\r\nlocation: http://127.0.0.1:1/\r\nconnection: close\r\n\r\n",
        )],
        "refused" => answer("403 Forbidden", "application/json", "{}"),
        "stall" => vec![Piece::Wait(Duration::from_secs(8))],
        _ => answer(
            "201 Created",
            "application/json",
            "{\"kind\": \"text\", \"content\": \"好\"}",
        ),
    })
    .await;
    let world = World::new("https://a.cn", json!({})).await;
    let push = |text: &str| task(json!({"url": server.url}), "row", text);
    for (text, payload, failure) in [
        ("hi", "{\"kind\": \"text\", \"content\": \"好\"}", ""),
        ("nothing", "", ""),
        ("null", "null", ""),
        ("text", "", "not_json"),
        ("page", "", "html"),
        ("large", "", "too_large"),
        ("moved", "", "redirect"),
        ("refused", "", "refused_key"),
        ("stall", "", "stalled"),
    ] {
        let (said, failed) = world.hears(&push(text), ENOUGH).await;
        assert_eq!((said.as_str(), cause(failed)), (payload, failure), "{text}");
    }
    let seen = server.last();
    assert_eq!(seen.json()["account"], "demo");
    let mut headers = http::HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        headers.insert(name, seen.header(name).unwrap().parse().unwrap());
    }
    let webhook = Webhook::new("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD").unwrap();
    webhook.verify(seen.body.as_bytes(), &headers).unwrap();
    let ids: std::collections::HashSet<_> = (server.seen.lock().unwrap().iter())
        .map(|seen| seen.header("webhook-id").unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 1, "a push that is run again has the same id");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_public_addresses_are_called_and_none_without_a_secret() {
    let server = Server::start(|_| answer("200 OK", "application/json", "null")).await;
    let mut world = World::new("https://a.cn", json!({})).await;
    let to = |url: &str| task(json!({ "url": url }), "1", "x");
    let mut bare = to(&server.url);
    bare.account = "bare".into();
    assert_eq!(cause(world.hears(&bare, ENOUGH).await.1), "no_secret");
    assert_eq!(
        world.hears(&to(&server.url), ENOUGH).await,
        ("null".into(), None)
    );
    let named = server.url.replace("127.0.0.1", "localhost");
    assert_eq!(
        world.hears(&to(&named), ENOUGH).await,
        ("null".into(), None)
    );

    world.sources.web = Web::new(false);
    let before = server.seen.lock().unwrap().len();
    // The name leads to this machine when it is resolved, not before.
    let https = named.replace("http:", "https:");
    for url in [
        &server.url,
        &named,
        &https,
        "https://10.0.0.1/",
        "https://[::1]/",
        "no url",
    ] {
        assert_eq!(
            cause(world.hears(&to(url), ENOUGH).await.1),
            "private_address",
            "{url}"
        );
    }
    assert_eq!(server.seen.lock().unwrap().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_answers_in_one_piece() {
    let world = World::new("https://a.cn", json!({})).await;
    let call = |function: &str| task(json!({ "function": function }), "1", "x");
    let echo = call("echo");
    let (said, failed) = world.hears(&echo, ENOUGH).await;
    let event: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (event, failed),
        (
            json!({"kind": "text", "content": "x", "account": "demo", "id": log_id(&echo.id), "session": null}),
            None
        )
    );
    let (said, failed) = world.hears(&call("fails"), ENOUGH).await;
    assert_eq!((said.as_str(), cause(failed)), ("", "function_failed"));
}
