//! An assistant of the account: reset, limit, memory, question, answer, filter.

use super::{
    Failure, Said, Sources,
    chat::{self, Text},
    event, function, say, slow,
};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde_json::Value;
use shared::{
    account::{Account, Assistant},
    assistant::{Memory, Message, Question, Turn, messages},
    invocation::ForwardTask,
    lambda::log_id,
    store::{Conversation, StoreError},
    time::Timestamp,
};
use std::time::Duration;
use tokio::sync::mpsc::Sender;

/// A request of the chat-completions form.
#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    messages: Vec<Message>,
    stream: bool,
}

/// One question to an assistant.
struct Ask<'a> {
    sources: &'a Sources,
    account: &'a Account,
    assistant: &'a Assistant,
    of: Conversation<'a>,
    task: &'a ForwardTask,
    question: Question,
    /// The mark of the push.
    push: String,
    now: Timestamp,
}

impl Sources {
    /// What the assistant of that name says.
    pub(super) async fn ask(
        &self,
        name: &str,
        task: &ForwardTask,
        tell: &Sender<Said>,
    ) -> Result<(), Failure> {
        let account = &*self.account(task).await?;
        let assistants = account.assistants.get();
        let assistants = assistants.map_err(|e| Failure::of("wrong_setting", e.to_string()))?;
        let assistant = assistants.get(name).ok_or_else(|| {
            let why = format!("account '{}' has no assistant '{name}'", account.name);
            Failure::of("no_assistant", why)
        })?;
        let ask = Ask {
            sources: self,
            account,
            assistant,
            of: Conversation {
                app_id: account.app_id(),
                openid: &task.openid,
                assistant: name,
            },
            task,
            question: Question::of(&task.push, assistant.images, assistant.voice),
            push: log_id(&task.id),
            now: self.clock.now(),
        };
        match assistant.timeout_s.map(|s| Duration::from_secs(s.into())) {
            None => ask.run(tell).await,
            Some(limit) => {
                let run = tokio::time::timeout(limit, ask.run(tell)).await;
                run.unwrap_or_else(|_| Err(slow(name, limit)))
            }
        }
    }
}

impl Ask<'_> {
    async fn run(&self, tell: &Sender<Said>) -> Result<(), Failure> {
        let (rows, assistant) = (&self.sources.rows, self.assistant);
        if assistant.is_reset(&self.question.text) {
            rows.forget(self.of, self.now).await.map_err(unavailable)?;
            return say(tell, Said::Text(assistant.reset_text.clone())).await;
        }
        if let Some(per_day) = assistant.per_day {
            let admits = rows.admits(self.of, &self.push, per_day, self.now);
            if !admits.await.map_err(unavailable)? {
                return say(tell, Said::Text(assistant.limit_text.clone())).await;
            }
        }
        let memory = match assistant.memory {
            0 => Memory::default(),
            _ => rows.memory(self.of).await.map_err(unavailable)?,
        };
        let is_shown = assistant.filter.is_none();
        let mut text = Text {
            whole: String::new(),
            tell: is_shown.then_some(tell),
        };
        let mut answered = self.answer(&memory, &mut text).await;
        let mut whole = text.whole;
        if whole.trim().is_empty() {
            return answered.and(Err(Failure::of("empty", "the endpoint answered no text")));
        }
        if let (Some(filter), Ok(())) = (&assistant.filter, &answered) {
            whole = self.filtered(filter, &whole).await?;
            answered = say(tell, Said::Text(whole.clone())).await;
        }
        // What was shown is remembered, whole or not: the follower may ask to go on.
        if is_shown || answered.is_ok() {
            self.remember(whole).await;
        }
        answered
    }

    async fn answer(&self, memory: &Memory, text: &mut Text<'_>) -> Result<(), Failure> {
        let (assistant, sources) = (self.assistant, self.sources);
        let own = || sources.accounts.parameter(&self.account.name, "assistant");
        let parameter = assistant.key_parameter.clone().unwrap_or_else(own);
        let key = sources.keys.get(&parameter).await?;
        let told = messages(
            &assistant.system,
            memory,
            assistant.memory,
            &self.push,
            &self.question,
        );
        let request = Request {
            model: &assistant.model,
            messages: told,
            stream: true,
        };
        let json = serde_json::to_string(&request);
        let json = json.map_err(|error| Failure::of("unavailable", error.to_string()))?;
        let posted = sources
            .web
            .post(&assistant.url, headers(key.as_ref(), &parameter)?, json);
        match posted.await {
            Ok(response) => chat::read(&sources.web, response, text).await,
            Err(Failure::Failed {
                cause: "refused_key",
                why,
            }) => {
                sources.keys.forget(&parameter);
                let stands = if key.is_some() {
                    "stands"
                } else {
                    "would stand"
                };
                let why = format!("{why}; the key {stands} in parameter {parameter}");
                Err(Failure::of("refused_key", why))
            }
            Err(failure) => Err(failure),
        }
    }

    /// What a function of the team's makes of the answer.
    async fn filtered(&self, filter: &str, answer: &str) -> Result<String, Failure> {
        let mut event = event(self.task);
        if let Some(fields) = event.as_object_mut() {
            fields.insert("answer".to_owned(), Value::String(answer.to_owned()));
        }
        let payload = function::call(&self.sources.functions, filter, &event).await?;
        let wrong = |_| {
            let why =
                format!("the function '{filter}' must answer a JSON string, the text to send");
            Failure::of("not_json", why)
        };
        serde_json::from_slice(&payload).map_err(wrong)
    }

    /// Keeps the turn. An answer that is there is not lost because that fails.
    async fn remember(&self, answer: String) {
        if self.assistant.memory == 0 {
            return;
        }
        let turn = Turn {
            push: self.push.clone(),
            at: self.now,
            question: self.question.text.clone(),
            answer,
        };
        let remember = self
            .sources
            .rows
            .remember(self.of, &turn, self.assistant.memory, self.now);
        if let Err(error) = remember.await {
            let (account, detail) = (&self.task.account, error.to_string());
            tracing::warn!(account, outcome = "not_remembered", detail, "assistant");
        }
    }
}

/// Without a key none is sent: what runs on one's own machine needs none.
fn headers(key: Option<&SecretString>, parameter: &str) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    if let Some(key) = key {
        let bearer = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret()));
        let wrong = |_| {
            Failure::of(
                "wrong_secret",
                format!("parameter {parameter} must be one line of letters, the key"),
            )
        };
        let mut bearer = bearer.map_err(wrong)?;
        bearer.set_sensitive(true);
        headers.insert(AUTHORIZATION, bearer);
    }
    Ok(headers)
}

fn unavailable(error: StoreError) -> Failure {
    Failure::of("unavailable", error.to_string())
}
