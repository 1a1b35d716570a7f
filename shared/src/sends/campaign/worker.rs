//! The worker of campaigns: plans, submits, looks, takes back. The function `mass-send` is this with
//! Lambda, SQS and HTTP around it; tests are this with a world of their own.

mod batches;
mod planning;
mod run;
mod sweep;

pub use sweep::Report;

use super::Work;
use crate::{
    account::Account, clock::Clock, problem::Problem, sends::Outgoing, store::Sends,
    time::Timestamp,
};
use run::Run;
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

    /// Sends a batch, once.
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

    /// Counts one more of a metric; `class` is empty where it has none.
    fn count(&self, metric: &'static str, class: &str);

    /// Sets a metric; the last number counts.
    fn set(&self, metric: &'static str, number: u32);
}

/// A worker in one invocation.
#[derive(Debug)]
pub struct Worker<'a, O> {
    pub sends: &'a Sends,
    pub outside: &'a O,
    pub clock: &'a dyn Clock,
    /// Who calls: new for each invocation.
    pub me: &'a str,
    /// No call begins after.
    pub stop: Timestamp,
    /// How long a result is waited for before WeChat is asked.
    pub patience: Duration,
}

impl<O: Outside> Worker<'_, O> {
    /// Goes on with a campaign, if somebody has to. What an invocation leaves undone the queue brings
    /// again, or the schedule does.
    ///
    /// # Errors
    /// What was out of reach; the campaign is due again by itself.
    pub async fn go_on(&self, work: &Work) -> Result<(), Problem> {
        let found = self.sends.campaign(&work.app_id, &work.client_msg_id);
        match found.await?.filter(|campaign| campaign.due.is_some()) {
            Some(campaign) => {
                let account = self.outside.account(&campaign.account).await?;
                Run::new(self, &account, campaign).go().await
            }
            None => Ok(()),
        }
    }

    /// Looks after everything that is due: campaigns go on the queue, early results find their batches.
    pub async fn sweep(&self) -> Report {
        sweep::run(self).await
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

#[cfg(test)]
mod tests;
