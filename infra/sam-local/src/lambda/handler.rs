//! Functions beside the template that run on this machine: a server that is asked, or a command that is started for
//! each event. How they end is told as Lambda tells it.

mod command;
mod url;

use super::invocation::{MAX_PAYLOAD, Outcome};
use crate::logs::Logs;
use bytes::Bytes;
use serde_json::error::Category;
use std::{collections::BTreeMap, str::FromStr, time::Duration};

/// Who answers the events of a function that is not part of the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handler {
    /// A server on `http://`: the event is POSTed as JSON, and the body of its answer is the function's.
    Url(String),
    /// A program and its arguments: the event goes to its standard input, and its standard output is the answer.
    /// It is a process of its own for each event, started without a shell.
    Command(Vec<String>),
}

/// An address where it begins with `http://`, else a command, in which quotes and backslashes mean what they mean to a
/// POSIX shell and nothing else does.
///
/// ```
/// use sam_local::lambda::Handler;
///
/// let handler: Handler = "python3 'my bot.py' --fast".parse().unwrap();
/// assert_eq!(handler, Handler::Command(["python3", "my bot.py", "--fast"].map(str::to_owned).into()));
/// assert_eq!("http://127.0.0.1:8000/".parse(), Ok(Handler::Url("http://127.0.0.1:8000/".to_owned())));
/// assert!("https://example.com/".parse::<Handler>().is_err());
/// ```
impl FromStr for Handler {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_uri = || {
            text.parse::<http::Uri>()
                .is_ok_and(|uri| uri.host().is_some())
        };
        if text.starts_with("http://") && is_uri() {
            return Ok(Self::Url(text.to_owned()));
        }
        if text
            .split_whitespace()
            .next()
            .is_some_and(|word| word.contains("://"))
        {
            return Err("an address must begin with http:// and name a host".to_owned());
        }
        match shlex::split(text) {
            Some(words) if words.first().is_some_and(|word| !word.is_empty()) => {
                Ok(Self::Command(words))
            }
            Some(_) => Err("must be an http:// address or a command".to_owned()),
            None => Err("a quote in the command is not closed".to_owned()),
        }
    }
}

/// The functions of a stack that handlers play.
#[derive(Debug)]
pub struct Handlers {
    by_name: BTreeMap<String, Handler>,
    /// How long an answer may take, as a function's `Timeout`.
    limit: Duration,
    logs: Logs,
}

/// Why there is no answer, in Lambda's word and in words for people.
#[derive(Debug)]
struct Failure {
    error_type: &'static str,
    message: String,
}

impl Failure {
    fn new(error_type: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            error_type,
            message,
        }
    }

    fn timed_out(limit: Duration) -> Self {
        let seconds = limit.as_secs_f64();
        let message = format!("Task timed out after {seconds:.2} seconds");
        Self::new("Sandbox.Timedout", message)
    }

    fn too_large() -> Self {
        let message = format!(
            "Response payload size exceeded maximum allowed payload size ({MAX_PAYLOAD} bytes)."
        );
        Self::new("Function.ResponseSizeTooLarge", message)
    }
}

impl Handlers {
    /// Handlers by the names of the functions they play; each has `limit` for an answer.
    pub fn new(by_name: BTreeMap<String, Handler>, limit: Duration, logs: Logs) -> Self {
        Self {
            by_name,
            limit,
            logs,
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Handler> {
        self.by_name.get(name)
    }

    /// What the handler of that name answers; a failure is said in the log, too.
    pub(super) async fn run(&self, name: &str, handler: &Handler, event: Bytes) -> Outcome {
        let answered = match handler {
            Handler::Url(url) => url::post(url, event, self.limit).await,
            Handler::Command(words) => {
                command::run(words, event, self.limit, |line| self.logs.say(name, line)).await
            }
        };
        match answered.and_then(judge) {
            Ok(answer) => Outcome::Answered(answer),
            Err(Failure {
                error_type,
                message,
            }) => {
                self.logs.say(name, format!("{error_type}: {message}"));
                Outcome::failed(error_type, &message)
            }
        }
    }
}

/// Whether it is JSON; nothing at all is `null`.
fn judge(answer: Bytes) -> Result<Bytes, Failure> {
    if answer.trim_ascii().is_empty() {
        return Ok(Bytes::from_static(b"null"));
    }
    let read: Result<serde::de::IgnoredAny, _> = serde_json::from_slice(&answer);
    let Err(error) = read else { return Ok(answer) };
    let begins = excerpt(&answer);
    let advice = match error.classify() {
        Category::Eof => "it ends too early",
        _ => "a text is written with quotes, as \"hello\"",
    };
    let message = format!("the answer is no JSON ({error}; {advice}); it begins: {begins}");
    Err(Failure::new("Runtime.MarshalError", message))
}

/// The first letters of what was answered.
fn excerpt(bytes: &[u8]) -> String {
    const LETTERS: usize = 200;
    let start = bytes.get(..LETTERS * 4).unwrap_or(bytes);
    let text = String::from_utf8_lossy(start);
    text.trim().chars().take(LETTERS).collect()
}

#[cfg(test)]
mod tests;
