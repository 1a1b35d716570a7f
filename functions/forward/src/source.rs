//! Where answers come from: a function of the team's, its server, its code here, an assistant. All of them say what
//! they say in one form, part by part.

mod address;
mod assistant;
mod chat;
mod code;
mod failure;
mod function;
mod keys;
mod session;
mod url;
mod web;

pub(crate) use failure::Failure;

use crate::handlers::{HANDLERS, Run};
use futures_util::future::BoxFuture;
use keys::Keys;
use serde_json::Value;
use shared::{
    account::Account,
    clock::SharedClock,
    invocation::ForwardTask,
    lambda::{Accounts, Clients, Context, Functions, log_id},
    router::Source,
    store::{Assistants, Sessions},
    time::Timestamp,
};
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc::{self, Receiver, Sender};
use web::Web;
use wechat_oa::api::client::Timing;

/// No function is waited for longer than this, whatever the time-out.
const PATIENCE: Duration = Duration::from_secs(900);
/// Parts that wait for whoever reads them.
const AHEAD: usize = 16;
/// What is read of an answer's text, in bytes.
const MOST: usize = 1 << 20;

/// How often a source is asked in all whose session other pushes change meanwhile.
const TURNS: u32 = 3;

/// A part of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    /// The next part of a text.
    Text(String),
    /// The whole answer as a function of the team's gives it, JSON: `null`, a text, or an object of a
    /// known `kind`; nothing at all is nothing to say.
    Whole(Vec<u8>),
}

/// Whoever works out answers.
pub(crate) struct Sources {
    functions: Functions,
    accounts: Accounts,
    rows: Assistants,
    sessions: Sessions,
    handlers: &'static [(&'static str, Run)],
    clients: Clients,
    keys: Keys,
    web: Web,
    clock: SharedClock,
}

impl Sources {
    /// Sources in these surroundings.
    pub(crate) fn new(context: &mut Context) -> Self {
        let accounts = context.accounts();
        Self {
            functions: context.patient_functions(PATIENCE),
            keys: Keys::new(accounts.clone(), context.clock()),
            accounts,
            rows: context.assistants(),
            sessions: context.sessions(),
            handlers: HANDLERS,
            clients: context.clients(Timing::default()),
            web: Web::new(context.is_local()),
            clock: context.clock(),
        }
    }

    /// The accounts, to be read at the start and renewed beside the work.
    pub(crate) fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// The answer to a task, which is worked out while it is read, and no longer than `until`.
    pub(crate) fn open<'a>(&'a self, task: &'a ForwardTask, until: Timestamp) -> Answer<'a> {
        let (tell, said) = mpsc::channel(AHEAD);
        let left = until.since(self.clock.now());
        let run = async move {
            let told = tokio::time::timeout(left, self.run(task, &tell)).await;
            told.unwrap_or_else(|_| Err(slow(task.source.name(), left)))
        };
        Answer {
            run: Some(Box::pin(run)),
            said,
            failure: None,
        }
    }

    async fn run(&self, task: &ForwardTask, tell: &Sender<Said>) -> Result<(), Failure> {
        match &task.source {
            Source::Function(_) | Source::Url(_) => {
                say(tell, Said::Whole(self.answered(task).await?)).await
            }
            Source::Code(name) => {
                let reply = serde_json::to_vec(&self.code(name, task).await?);
                let reply = reply.map_err(|e| Failure::of("unavailable", e.to_string()))?;
                say(tell, Said::Whole(reply)).await
            }
            Source::Assistant(name) => self.ask(name, task, tell).await,
            // There is nobody to ask: see `Handler`.
            Source::Replies(_) => Ok(()),
        }
    }

    /// The task with what its assistant has set about Markdown and its mark as an AI.
    pub(crate) async fn styled(&self, task: &ForwardTask) -> ForwardTask {
        let mut task = task.clone();
        let Source::Assistant(name) = &task.source else {
            return task;
        };
        let account = self.accounts.get(&task.account).await.ok();
        let assistants = account.and_then(|account| account.assistants.get().ok().cloned());
        if let Some(assistant) = assistants.as_ref().and_then(|all| all.get(name)) {
            task.markdown = assistant.markdown;
            task.ai |= assistant.ai;
        }
        task
    }

    async fn account(&self, task: &ForwardTask) -> Result<Arc<Account>, Failure> {
        let account = self.accounts.get(&task.account).await;
        account.map_err(|error| Failure::of("unavailable", error.to_string()))
    }
}

async fn say(tell: &Sender<Said>, said: Said) -> Result<(), Failure> {
    let gone = |_| Failure::of("cut_off", "nobody reads this answer any more");
    tell.send(said).await.map_err(gone)
}

fn slow(name: &str, left: Duration) -> Failure {
    let ms = left.as_millis();
    let why = format!("'{name}' gave no whole answer within {ms} ms");
    Failure::Slow { why }
}

/// What the team's own function or server is called with: the push, whose it is, and the same `id` each time it is run.
fn event(task: &ForwardTask) -> Value {
    let mut event = task.push.clone();
    if let Some(fields) = event.as_object_mut() {
        fields.insert("account".to_owned(), Value::String(task.account.clone()));
        fields.insert("id".to_owned(), Value::String(log_id(&task.id)));
    }
    event
}

/// An answer that is being worked out. Dropped, it is no longer.
pub(crate) struct Answer<'a> {
    run: Option<BoxFuture<'a, Result<(), Failure>>>,
    said: Receiver<Said>,
    failure: Option<Failure>,
}

impl Answer<'_> {
    /// The next part, as soon as it is said; at last why it is not whole, if it is not.
    pub(crate) async fn next(&mut self) -> Option<Result<Said, Failure>> {
        while let Some(run) = &mut self.run {
            tokio::select! {
                biased;
                Some(said) = self.said.recv() => return Some(Ok(said)),
                ended = run => {
                    self.failure = ended.err();
                    self.run = None;
                }
            }
        }
        match self.said.try_recv() {
            Ok(said) => Some(Ok(said)),
            Err(_) => self.failure.take().map(Err),
        }
    }
}

#[cfg(test)]
mod tests;
