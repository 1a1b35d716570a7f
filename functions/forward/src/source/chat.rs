//! Answers of the chat-completions form, streamed or whole.
//! <https://platform.openai.com/docs/api-reference/chat-streaming>

use super::{
    Failure, MOST, Said, say,
    web::{Broken, Web, content_type, no_json, too_large},
};
use futures_util::StreamExt as _;
use reqwest::Response;
use serde::Deserialize;
use serde_json::Value;
use sse_stream::SseByteStream;
use std::pin::pin;
use tokio::sync::mpsc::Sender;

/// What is read of a stream in bytes: each few letters come in some hundred bytes of JSON.
const STREAM: usize = 16 * MOST;
const DONE: &str = "[DONE]";

/// An answer, or what a stream adds to it.
#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    #[serde(default)]
    error: Value,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default, alias = "message")]
    delta: Value,
    #[serde(default)]
    finish_reason: Value,
}

impl Chunk {
    fn read(json: &[u8]) -> Result<Self, Failure> {
        let chunk: Self = serde_json::from_slice(json).map_err(|error| no_json(json, &error))?;
        match &chunk.error {
            Value::Null => Ok(chunk),
            error => Err(endpoint_error(error)),
        }
    }

    fn content(&self) -> &str {
        let choice = self.choices.first();
        let content = choice.and_then(|choice| choice.delta.get("content")?.as_str());
        content.unwrap_or_default()
    }

    fn is_last(&self) -> bool {
        self.choices
            .iter()
            .any(|choice| !choice.finish_reason.is_null())
    }
}

/// The code of an error, where it is a word: its message may quote what was asked.
fn endpoint_error(error: &Value) -> Failure {
    let word = |name| error.get(name).and_then(Value::as_str);
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-.".contains(&b);
    let is_word = |word: &&str| word.len() <= 50 && word.bytes().all(plain);
    let word = word("code").or_else(|| word("type")).filter(is_word);
    let word = word.unwrap_or("without a code");
    Failure::of(
        "endpoint_error",
        format!("the endpoint answered an error: {word}"),
    )
}

/// The text of an answer, as far as it was read.
pub(super) struct Text<'a> {
    pub(super) whole: String,
    /// Who is told each part, if anybody is before the text is whole.
    pub(super) tell: Option<&'a Sender<Said>>,
}

impl Text<'_> {
    async fn take(&mut self, part: &str) -> Result<(), Failure> {
        if self.whole.len() + part.len() > MOST {
            return Err(too_large(MOST).into());
        }
        self.whole.push_str(part);
        match self.tell {
            Some(tell) if !part.is_empty() => say(tell, Said::Text(part.to_owned())).await,
            _ => Ok(()),
        }
    }
}

/// Reads an answer of at most 1 MB, part by part. A stream is whole when it says so or gave a reason
/// why it ends.
pub(super) async fn read(
    web: &Web,
    response: Response,
    text: &mut Text<'_>,
) -> Result<(), Failure> {
    if !content_type(&response).starts_with("text/event-stream") {
        let body = web.whole(response, 4 * MOST).await?;
        return text.take(Chunk::read(&body)?.content()).await;
    }
    let mut events = pin!(SseByteStream::new(Box::pin(web.bytes(response, STREAM))));
    let mut is_whole = false;
    while let Some(event) = events.next().await {
        let data = event.map_err(unread)?.data.unwrap_or_default();
        match data.trim() {
            "" => continue,
            DONE => return Ok(()),
            data => {
                let chunk = Chunk::read(data.as_bytes())?;
                text.take(chunk.content()).await?;
                is_whole |= chunk.is_last();
            }
        }
    }
    let cut_off = || Failure::of("cut_off", "the stream ended before the answer did");
    is_whole.then_some(()).ok_or_else(cut_off)
}

fn unread(error: sse_stream::Error) -> Failure {
    let no_text = || Failure::of("not_json", "the stream is no UTF-8");
    match error {
        sse_stream::Error::Body(cause) => match cause.downcast::<Broken>() {
            Ok(broken) => (*broken).into(),
            Err(_) => no_text(),
        },
        _ => no_text(),
    }
}
