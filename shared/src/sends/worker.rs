//! The worker of messages: from the queue to WeChat, in order, paced, never twice. The function `send` is
//! this with Lambda, SQS and HTTP around it; tests are this with a world of their own.
//!
//! | module | holds |
//! |---|---|
//! | `lane_run` | one lane's messages, one after the other |
//! | `pacer` | whether the lane is open, and when the next call may be made |
//! | `message` | one message: its turn, its call, its fate |
//! | `prospect` | what is known about a receiver before and after |
//! | `release` | the schedule: what is parked, early or left goes on |

mod content;
mod lane_run;
mod message;
mod pacer;
mod prospect;
mod release;

pub use lane_run::Ended;
pub use pacer::Pacers;
pub use release::Report;

use super::{Outgoing, Record, lane::LaneId};
use crate::{account::Account, clock::Clock, problem::Problem, store::Sends, time::Timestamp};
use lane_run::LaneRun;
use serde_json::Value;
use std::{future::Future, sync::Arc};
use wechat_oa::api::Error;

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

    /// Counts one more of a metric; `class` is empty where it has none.
    fn count(&self, metric: &'static str, class: &str);
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

impl<O: Outside> Worker<'_, O> {
    /// Does messages of one FIFO group, a lane, in order, up to the first that stays on the queue.
    pub async fn group(&self, group: &str, messages: &[Arrived<'_>]) -> Ended {
        match LaneId::parse(group) {
            Some(lane) => LaneRun::new(self, &lane).run(messages).await,
            None => self.bury(group, messages).await,
        }
    }

    /// Nobody but a stranger puts messages into a group that is no lane.
    async fn bury(&self, group: &str, messages: &[Arrived<'_>]) -> Ended {
        let mut done = 0;
        for message in messages {
            if self.put_malformed(group, message).await.is_err() {
                break;
            }
            done += 1;
        }
        Ended { done, back_s: 60 }
    }

    /// A message that does not read goes to the dead letters at once.
    async fn put_malformed(&self, group: &str, message: &Arrived<'_>) -> Result<(), Problem> {
        tracing::error!(group, outcome = "malformed", "send");
        let (id, body) = (message.id.to_owned(), message.body.to_owned());
        let letter = Outgoing::of(group.to_owned(), id, body);
        self.outside.put_dead_letter(letter).await?;
        self.outside.count("MessagesDead", "");
        Ok(())
    }

    /// Looks after everything that is due: lanes whose time has come, messages that were filed and not
    /// queued, results that came before their messages.
    pub async fn release(&self) -> Report {
        release::run(self).await
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

#[cfg(test)]
mod tests;
