//! An assistant to try answers with, offline: an endpoint of the chat-completions form that says the same
//! to the same question, and can be slow, long or broken on demand. It is no part of WeChat.

use axum::{
    Json, Router,
    body::{Body, Bytes},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::post,
};
use futures_util::{Stream, StreamExt as _, stream};
use serde_json::{Value, json};
use std::{convert::Infallible, future::pending, time::Duration};

/// Letters a part of a stream.
const PART: usize = 12;
/// Time between two parts.
const PAUSE: Duration = Duration::from_millis(10);
/// As long as an answer may be, in letters, and a wait in seconds.
const MOST: usize = 20_000;
const LONGEST_S: usize = 900;

/// What a question makes the assistant do.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Act {
    Say(String),
    /// Says it after so many seconds.
    Wait(usize, String),
    /// Takes so many seconds to say it, letter by letter.
    Dictate(usize, String),
    /// Says some words and then nothing more.
    Stall,
    Fail,
    Page,
}

/// Where the endpoint is.
pub(crate) fn router() -> Router {
    Router::new().route("/assistant/v1/chat/completions", post(complete))
}

/// Takes any type of body, as most such endpoints do.
async fn complete(headers: HeaderMap, body: Bytes) -> Response {
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    if headers
        .get(header::AUTHORIZATION)
        .is_some_and(|key| key == "Bearer wrong")
    {
        return refuse(StatusCode::UNAUTHORIZED, "invalid_api_key");
    }
    let Some(asked) = Asked::read(&request) else {
        return refuse(StatusCode::BAD_REQUEST, "no_user_message");
    };
    let is_streamed = field(&request, "stream") == &Value::Bool(true);
    match asked.act() {
        Act::Say(text) => answer(&text, is_streamed, PAUSE),
        Act::Dictate(seconds, text) => {
            let all = Duration::from_secs(seconds as u64);
            let parts = text.chars().count().div_ceil(PART).max(1);
            answer(
                &text,
                is_streamed,
                all / u32::try_from(parts).unwrap_or(u32::MAX),
            )
        }
        Act::Wait(seconds, text) => {
            tokio::time::sleep(Duration::from_secs(seconds as u64)).await;
            answer(&text, is_streamed, PAUSE)
        }
        Act::Stall if is_streamed => {
            sse(parts("让我想一想……".to_owned(), PAUSE).chain(stream::once(pending())))
        }
        Act::Stall => pending().await,
        Act::Fail => refuse(StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
        Act::Page => {
            Html("<!DOCTYPE html><title>502</title><h1>502 Bad Gateway</h1>").into_response()
        }
    }
}

fn refuse(status: StatusCode, code: &str) -> Response {
    let error = json!({"error": {"message": "as it was asked for", "type": "error", "code": code}});
    (status, Json(error)).into_response()
}

fn answer(text: &str, is_streamed: bool, pause: Duration) -> Response {
    if is_streamed {
        let end = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]});
        let ends = [format!("data: {end}\n\n"), "data: [DONE]\n\n".to_owned()];
        return sse(parts(text.to_owned(), pause).chain(stream::iter(ends)));
    }
    let message = json!({"role": "assistant", "content": text});
    let choice = json!({"index": 0, "message": message, "finish_reason": "stop"});
    Json(json!({"object": "chat.completion", "choices": [choice]})).into_response()
}

fn sse(events: impl Stream<Item = String> + Send + 'static) -> Response {
    let body = Body::from_stream(events.map(Ok::<_, Infallible>));
    ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
}

/// A text as events of a few letters each, with a pause after each.
fn parts(text: String, pause: Duration) -> impl Stream<Item = String> + Send {
    stream::unfold(text, move |text| async move {
        let end = text
            .char_indices()
            .nth(PART)
            .map_or(text.len(), |(at, _)| at);
        if end == 0 {
            return None;
        }
        let (part, rest) = text.split_at(end);
        let delta =
            json!({"choices": [{"index": 0, "delta": {"content": part}, "finish_reason": null}]});
        let (event, rest) = (format!("data: {delta}\n\n"), rest.to_owned());
        tokio::time::sleep(pause).await;
        Some((event, rest))
    })
}

fn field<'a>(of: &'a Value, name: &str) -> &'a Value {
    of.get(name).unwrap_or(&Value::Null)
}

/// The last question of a conversation.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    text: String,
    pictures: usize,
    /// Which question of the user's it is, from 1.
    turn: usize,
}

impl Asked {
    fn read(request: &Value) -> Option<Self> {
        let messages = field(request, "messages").as_array()?;
        let mut asked = messages
            .iter()
            .filter(|message| field(message, "role") == "user");
        let turn = asked.clone().count();
        let content = field(asked.next_back()?, "content");
        let parts = content.as_array().map(Vec::as_slice).unwrap_or_default();
        let words = |part: &Value| field(part, "text").as_str().map(str::to_owned);
        let text = content.as_str().map(str::to_owned);
        Some(Self {
            text: text
                .or_else(|| parts.iter().find_map(words))
                .unwrap_or_default(),
            pictures: parts
                .iter()
                .filter(|part| field(part, "type") == "image_url")
                .count(),
            turn,
        })
    }

    fn act(&self) -> Act {
        let text = self.text.trim();
        let number = |before: &str, after: &str| -> Option<usize> {
            let number = text.strip_prefix(before)?.strip_suffix(after)?;
            number.trim().parse().ok()
        };
        let dictated = text
            .strip_prefix("用")
            .and_then(|said| said.split_once("秒写"));
        let dictated = dictated.and_then(|(seconds, letters)| {
            let letters = letters.strip_suffix("字")?.trim().parse().ok()?;
            Some((seconds.trim().parse().ok()?, letters))
        });
        if let Some((seconds, letters)) = dictated {
            let (seconds, letters): (usize, usize) = (seconds, letters);
            return Act::Dictate(seconds.min(LONGEST_S), long(letters.min(MOST)));
        }
        match (number("写", "字"), number("等", "秒"), text) {
            (Some(letters), ..) => Act::Say(long(letters.min(MOST))),
            (_, Some(seconds), _) => {
                Act::Wait(seconds.min(LONGEST_S), format!("等了 {seconds} 秒。"))
            }
            (.., "出错") => Act::Fail,
            (.., "卡住") => Act::Stall,
            (.., "网页") => Act::Page,
            _ => Act::Say(self.echo()),
        }
    }

    fn echo(&self) -> String {
        let pictures = match self.pictures {
            0 => String::new(),
            pictures => format!("，还发来 {pictures} 张图片"),
        };
        let said = format!(
            "你说：{}{pictures}。这是我们的第 {} 轮对话。",
            self.text, self.turn
        );
        match self.turn {
            1 => {
                said + "\n\n我是**模拟的助手**，不联网。试试：\n\n- `写 3000 字`：很长的回答\n- `等 20 秒`：很慢的回答\n- `用 20 秒写 500 字`：一边想一边说\n- `出错`、`卡住`、`网页`：失败时会怎样"
            }
            _ => said,
        }
    }
}

/// Numbered sentences, in paragraphs, so many letters in all: what is missing or doubled shows.
fn long(letters: usize) -> String {
    let sentence = |n: usize| match n % 5 {
        0 => format!("这是第 {n} 句，用来看看长回答怎样送到。\n\n"),
        _ => format!("这是第 {n} 句，用来看看长回答怎样送到。"),
    };
    let text: String = (1..=letters).map(sentence).take(letters / 15 + 2).collect();
    text.chars().take(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(messages: Value) -> Asked {
        Asked::read(&json!({ "messages": messages })).unwrap()
    }

    #[test]
    fn questions_say_what_to_do() {
        let act = |text: &str| asked(json!([{"role": "user", "content": text}])).act();
        let Act::Say(long) = act(" 写 3000 字 ") else {
            panic!()
        };
        assert_eq!(long.chars().count(), 3_000);
        assert!(long.starts_with("这是第 1 句") && long.contains("\n\n这是第 6 句"));
        assert_eq!(act("等20秒"), Act::Wait(20, "等了 20 秒。".into()));
        assert_eq!(act("用 9 秒写 16 字"), Act::Dictate(9, super::long(16)));
        assert_eq!(
            (act("出错"), act("卡住"), act("网页")),
            (Act::Fail, Act::Stall, Act::Page)
        );
        let Act::Say(echo) = act("写 很多 字") else {
            panic!()
        };
        assert!(echo.starts_with("你说：写 很多 字。这是我们的第 1 轮对话。"));
    }

    #[test]
    fn turns_and_pictures_are_counted() {
        let asked = asked(json!([
            {"role": "system", "content": "s"},
            {"role": "user", "content": "一"},
            {"role": "assistant", "content": "答"},
            {"role": "user", "content": [
                {"type": "text", "text": "看"},
                {"type": "image_url", "image_url": {"url": "http://p"}},
            ]},
        ]));
        assert_eq!(
            asked.echo(),
            "你说：看，还发来 1 张图片。这是我们的第 2 轮对话。"
        );
        for nothing in [json!({}), json!({"messages": 1}), json!({"messages": []})] {
            assert_eq!(Asked::read(&nothing), None);
        }
    }
}
