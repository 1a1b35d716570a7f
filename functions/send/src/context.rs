//! What every event needs, and what this process knows of lanes.

use crate::turn::Turns;
use shared::{
    clock::SharedClock,
    lambda::{self, Accounts, Clients, Outgoing, QueueError, SendQueue},
    store::Sends,
};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use wechat_oa::api::client::Timing;

/// Lanes remembered at most.
const REMEMBERED: usize = 4_096;

/// What every event needs.
pub struct Context {
    pub(crate) accounts: Accounts,
    pub(crate) sends: Sends,
    pub(crate) queue: SendQueue,
    pub(crate) clients: Clients,
    pub(crate) clock: SharedClock,
    dead_letters: SendQueue,
    turns: Mutex<HashMap<String, Turns>>,
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
            dead_letters: context.send_dead_letters(),
            turns: Mutex::default(),
        }
    }

    /// The accounts, to be read at the start and renewed beside the work.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// Puts a message into the dead letters.
    pub(crate) async fn put_dead_letter(
        &self,
        group: &str,
        deduplication_id: &str,
        body: String,
    ) -> Result<(), QueueError> {
        let dead_letter = Outgoing {
            group: group.to_owned(),
            deduplication_id: deduplication_id.to_owned(),
            to_user: String::new(),
            body,
        };
        self.dead_letters.put(&[dead_letter]).await
    }

    /// What this process knows of a lane.
    pub(crate) fn take_turns(&self, group: &str) -> Turns {
        let mut known = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(group).unwrap_or_default()
    }

    pub(crate) fn put_turns(&self, group: &str, turns: Turns) {
        let mut known = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(group.to_owned(), turns.later());
    }
}
