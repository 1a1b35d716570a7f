//! Whom mass messages reached: a count of each hash, and the names of those whose phones somebody looks at.

use super::Ledger;
use crate::account_data::mass::received::{Receivers, hash};
use serde_json::Value;

impl Ledger {
    /// A user whose phone shows what comes.
    pub(crate) fn look_at(&mut self, openid: &str) {
        self.received.look_at(openid);
    }

    /// What a job's receivers see, and which of those looked at got it since they were asked for last.
    pub(crate) fn take_reached(&mut self, msg_id: u64) -> (Value, Vec<Box<str>>) {
        let message = self.jobs.get(&msg_id).map(|job| job.message.clone());
        (message.unwrap_or_default(), self.received.take_reached())
    }

    pub(crate) fn receivers(&self) -> Receivers {
        self.received.spread()
    }

    /// Mass messages a user got.
    pub(crate) fn received_by(&self, openid: &str) -> u64 {
        self.received.of(hash(openid))
    }
}
