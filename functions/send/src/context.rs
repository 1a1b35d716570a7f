//! What every event needs, and the world around the worker.

use serde_json::Value;
use shared::{
    account::Account,
    answers::PieceOf,
    clock::SharedClock,
    lambda::{self, Accounts, AccountsError, Clients, Counts, SendQueue},
    problem::Problem,
    sends::{
        Outgoing, Record, body,
        worker::{Outside, Pacers},
    },
    store::{Answers, Sends},
};
use std::sync::Arc;
use wechat_oa::{
    api::{Error, client::Timing, endpoint::Method},
    ids::AppId,
};

/// What every event needs.
pub struct Context {
    pub(crate) accounts: Accounts,
    pub(crate) sends: Sends,
    pub(crate) queue: SendQueue,
    pub(crate) clock: SharedClock,
    pub(crate) pacers: Pacers,
    clients: Clients,
    dead_letters: SendQueue,
    answers: Answers,
}

impl Context {
    /// What there is in these surroundings.
    pub fn new(context: &mut lambda::Context) -> Self {
        Self {
            accounts: context.accounts(),
            sends: context.sends(),
            queue: context.send_queue(),
            clients: context.clients(Timing::default()),
            clock: context.clock(),
            pacers: Pacers::default(),
            dead_letters: context.send_dead_letters(),
            answers: context.answers(),
        }
    }

    /// The accounts, to be read at the start and renewed beside the work.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }
}

/// The world in one invocation.
pub(crate) struct World<'a> {
    pub(crate) context: &'a Context,
    pub(crate) counts: Counts,
}

impl Outside for World<'_> {
    async fn account(&self, name: &str) -> Result<Option<Arc<Account>>, Problem> {
        match self.context.accounts.get(name).await {
            Err(AccountsError::Unknown(_)) => Ok(None),
            account => Ok(Some(account?)),
        }
    }

    async fn make_ready(&self, account: &Account) {
        self.context.clients.of(account).make_ready().await;
    }

    async fn call(&self, account: &Account, record: &Record) -> Result<Value, Error> {
        let (path, body) = (record.kind.path(&record.body), body::wire(record));
        let client = self.context.clients.of(account);
        client.raw(Method::Post, path, Some(&body)).await
    }

    async fn put(&self, messages: &[Outgoing]) -> Result<(), Problem> {
        Ok(self.context.queue.put(messages).await?)
    }

    async fn put_dead_letter(&self, letter: Outgoing) -> Result<(), Problem> {
        Ok(self.context.dead_letters.put(&[letter]).await?)
    }

    async fn leave_to_collect(
        &self,
        app_id: &AppId,
        to_user: &str,
        piece: &PieceOf,
    ) -> Result<(), Problem> {
        let (answers, now) = (&self.context.answers, self.context.clock.now());
        Ok(answers.add_piece(app_id, to_user, piece, now).await?)
    }

    async fn leave_rest(
        &self,
        app_id: &AppId,
        to_user: &str,
        settled: &PieceOf,
    ) -> Result<(), Problem> {
        let (answers, now) = (&self.context.answers, self.context.clock.now());
        Ok(answers.add_rest(app_id, to_user, settled, now).await?)
    }

    fn count(&self, metric: &'static str, account: &str, class: &str) {
        self.counts.add(metric, account, class);
    }
}
