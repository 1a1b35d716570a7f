//! What a worker works with.

use crate::{
    account::Account, clock::Clock, problem::Problem, sends::Outgoing, store::Sends,
    time::Timestamp,
};
use std::{future::Future, sync::Arc, time::Duration};
use wechat_oa::api::{
    Error,
    mass::{DeleteMass, MassSent, MassState, SendMass, SendMassToAll},
};

/// A call that sends a batch.
#[derive(Debug, Clone)]
pub enum MassCall {
    ToAll(SendMassToAll),
    To(SendMass),
}

/// The world around a worker: WeChat, the queue, the accounts.
pub trait Outside: Sync {
    /// The account of that name.
    fn account(&self, name: &str) -> impl Future<Output = Result<Arc<Account>, Problem>> + Send;

    /// Makes the call that sends a batch, once.
    fn send(
        &self,
        account: &Account,
        call: &MassCall,
    ) -> impl Future<Output = Result<MassSent, Error>> + Send;

    /// Asks how a batch stands.
    fn look(
        &self,
        account: &Account,
        msg_id: u64,
    ) -> impl Future<Output = Result<MassState, Error>> + Send;

    /// Takes a batch back, or an article of it.
    fn delete(
        &self,
        account: &Account,
        call: &DeleteMass,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Puts work on the queue of mass sends.
    fn put(&self, messages: &[Outgoing]) -> impl Future<Output = Result<(), Problem>> + Send;

    /// Counts one more of a metric of an account; `class` is empty where it has none.
    fn count(&self, metric: &'static str, account: &str, class: &str);

    /// Sets a metric of an account, or of none (empty); the last number counts.
    fn set(&self, metric: &'static str, account: &str, number: u32);
}

/// A worker in one invocation.
#[derive(Debug)]
pub struct Worker<'a, O> {
    pub sends: &'a Sends,
    pub outside: &'a O,
    pub clock: &'a dyn Clock,
    /// Who calls: new for each invocation.
    pub me: &'a str,
    /// When no call begins any more.
    pub stop: Timestamp,
    /// How long a result is waited for before WeChat is asked.
    pub patience: Duration,
}
