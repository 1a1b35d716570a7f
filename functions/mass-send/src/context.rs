//! What every event needs, and the world around the worker.

use shared::{
    account::Account,
    clock::SharedClock,
    lambda::{self, Accounts, Clients, Counts, SendQueue},
    problem::Problem,
    sends::{
        Outgoing,
        campaign::worker::{MassCall, Outside},
    },
    store::Sends,
};
use std::{sync::Arc, time::Duration};
use wechat_oa::api::{
    Error,
    client::Timing,
    mass::{DeleteMass, GetMass, MassSent, MassState},
};

/// How long a result is waited for before WeChat is asked, in seconds, unless set otherwise.
const PATIENCE_S: u32 = 900;

/// What every event needs.
pub struct Context {
    pub(crate) accounts: Accounts,
    pub(crate) sends: Sends,
    pub(crate) queue: SendQueue,
    pub(crate) clock: SharedClock,
    /// How long a result is waited for before WeChat is asked.
    pub(crate) patience: Duration,
    clients: Clients,
}

impl Context {
    /// What there is in these surroundings.
    pub fn new(context: &mut lambda::Context) -> Self {
        let patience_s = context.result_patience_s().unwrap_or(PATIENCE_S);
        // Each call is counted, so none is repeated here.
        let timing = Timing {
            repeats: 0,
            ..Timing::default()
        };
        Self {
            accounts: context.accounts(),
            sends: context.sends(),
            queue: context.mass_send_queue(),
            clients: context.clients(timing),
            clock: context.clock(),
            patience: Duration::from_secs(patience_s.into()),
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
    async fn account(&self, name: &str) -> Result<Arc<Account>, Problem> {
        Ok(self.context.accounts.get(name).await?)
    }

    async fn send(&self, account: &Account, call: &MassCall) -> Result<MassSent, Error> {
        let client = self.context.clients.of(account);
        match call {
            MassCall::ToAll(call) => client.call(call).await,
            MassCall::To(call) => client.call(call).await,
        }
    }

    async fn look(&self, account: &Account, msg_id: u64) -> Result<MassState, Error> {
        let client = self.context.clients.of(account);
        client.call(&GetMass { msg_id }).await
    }

    async fn delete(&self, account: &Account, call: &DeleteMass) -> Result<(), Error> {
        let client = self.context.clients.of(account);
        client.call(call).await.map(drop)
    }

    async fn put(&self, messages: &[Outgoing]) -> Result<(), Problem> {
        Ok(self.context.queue.put(messages).await?)
    }

    fn count(&self, metric: &'static str, account: &str, class: &str) {
        self.counts.add(metric, account, class);
    }

    fn set(&self, metric: &'static str, account: &str, number: u32) {
        self.counts.set(metric, account, number);
    }
}
