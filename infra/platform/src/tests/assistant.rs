//! The assistant over HTTP.

use super::*;

const PATH: &str = "/assistant/v1/chat/completions";

fn ask(text: &str, stream: bool) -> Value {
    json!({"model": "any", "stream": stream, "messages": [{"role": "user", "content": text}]})
}

#[tokio::test]
async fn an_answer_comes_whole_or_as_events() {
    let platform = start("").await;
    let whole = post(&platform, PATH, ask("写 100 字", false)).await;
    let whole = whole["choices"][0]["message"]["content"].as_str().unwrap();
    let streamed = send(&platform, "POST", PATH, ask("写 100 字", true)).await;
    let streamed = String::from_utf8(streamed.unwrap().body.to_vec()).unwrap();
    assert!(streamed.ends_with("data: [DONE]\n\n"));
    let events = streamed
        .lines()
        .filter_map(|line| line.strip_prefix("data: {"));
    let deltas: String = events
        .map(|event| serde_json::from_str::<Value>(&format!("{{{event}")).unwrap())
        .filter_map(|event| Some(event["choices"][0]["delta"]["content"].as_str()?.to_owned()))
        .collect();
    assert_eq!(deltas, whole);
}

#[tokio::test]
async fn it_fails_as_it_is_told_to() {
    let platform = start("").await;
    let failed = send(&platform, "POST", PATH, ask("出错", true))
        .await
        .unwrap();
    assert_eq!(failed.status, 500);
    let page = send(&platform, "POST", PATH, ask("网页", true))
        .await
        .unwrap();
    assert!(page.body.starts_with(b"<!DOCTYPE html>"));
    let empty = send(&platform, "POST", PATH, json!({})).await.unwrap();
    assert_eq!(empty.status, 400);
}
