//! What a worker works with.

use super::pacer::Pacers;
use crate::{
    account::Account,
    answers::PieceOf,
    clock::Clock,
    problem::Problem,
    sends::{Outgoing, Record},
    store::Sends,
    time::Timestamp,
};
use serde_json::Value;
use std::{future::Future, sync::Arc};
use wechat_oa::{api::Error, ids::AppId};

/// The world around a worker: WeChat, the queue, the accounts.
pub trait Outside: Sync {
    /// The account of that name; none when there is none.
    fn account(
        &self,
        name: &str,
    ) -> impl Future<Output = Result<Option<Arc<Account>>, Problem>> + Send;

    /// Gets ready for calls of an account: connection and token. That it does not work out the call
    /// will tell.
    fn make_ready(&self, account: &Account) -> impl Future<Output = ()> + Send;

    /// Makes the call of a message, once.
    fn call(
        &self,
        account: &Account,
        record: &Record,
    ) -> impl Future<Output = Result<Value, Error>> + Send;

    /// Puts messages on the send queue, in their order.
    fn put(&self, messages: &[Outgoing]) -> impl Future<Output = Result<(), Problem>> + Send;

    /// Puts a message into the dead letters.
    fn put_dead_letter(&self, letter: Outgoing)
    -> impl Future<Output = Result<(), Problem>> + Send;

    /// Leaves a piece of an answer that WeChat refused as a message to be collected by what the user sends next.
    fn leave_to_collect(
        &self,
        _app_id: &AppId,
        _to_user: &str,
        _piece: &PieceOf,
    ) -> impl Future<Output = Result<(), Problem>> + Send {
        async { Ok(()) }
    }

    /// Leaves what follows a piece of an answer to be collected: the message that carried it is settled. Any number of
    /// times.
    fn leave_rest(
        &self,
        _app_id: &AppId,
        _to_user: &str,
        _settled: &PieceOf,
    ) -> impl Future<Output = Result<(), Problem>> + Send {
        async { Ok(()) }
    }

    /// Counts one more of a metric of an account; `class` is empty where it has none.
    fn count(&self, metric: &'static str, account: &str, class: &str);
}

/// A message as it came off the queue.
#[derive(Debug, Clone, Copy)]
pub struct Arrived<'a> {
    /// The queue's id of it.
    pub id: &'a str,
    /// What was put on the queue.
    pub body: &'a str,
    /// Its place in the queue.
    pub sequence: &'a str,
    /// How often it was received, this time included.
    pub received: u32,
}

/// A worker in one invocation.
#[derive(Debug)]
pub struct Worker<'a, O> {
    pub sends: &'a Sends,
    pub outside: &'a O,
    pub clock: &'a dyn Clock,
    /// What this process knows of lanes.
    pub pacers: &'a Pacers,
    /// Who calls: new for each invocation.
    pub me: &'a str,
    /// When the process may be stopped.
    pub deadline: Timestamp,
    /// No call begins after this.
    pub last_start: Timestamp,
}
