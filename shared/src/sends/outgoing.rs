//! What is put on a queue.

use super::{SendJob, campaign::Work};
use crate::time::Timestamp;
use serde::Serialize;

/// A message for a FIFO queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The FIFO group: the lane of a message, the account of a campaign.
    pub group: String,
    /// By which the queue knows a repeat within five minutes.
    pub deduplication_id: String,
    /// Whose messages keep their order among each other.
    pub to_user: String,
    /// What the worker reads.
    pub body: String,
}

impl Outgoing {
    /// A message in its [lane](super::lane::LaneId); `deduplication_id` as
    /// [`Record::deduplication_id`](super::Record::deduplication_id) has it.
    ///
    /// # Errors
    /// When the job does not serialize.
    pub fn job(
        group: String,
        deduplication_id: String,
        job: &SendJob,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self {
            to_user: job.to_user.clone(),
            ..Self::of(group, deduplication_id, job.to_text()?)
        })
    }

    /// Work on a campaign. An account's campaigns wait for each other; the same work twice in a
    /// millisecond is there once.
    ///
    /// # Errors
    /// When the work does not serialize.
    pub fn work(work: &Work, now: Timestamp) -> Result<Self, serde_json::Error> {
        let id = format!("{}/{}", work.client_msg_id, now.as_millis());
        Self::json(work.app_id.to_string(), id, work)
    }

    /// Anything else, as JSON.
    ///
    /// # Errors
    /// When it does not serialize.
    pub fn json(
        group: String,
        deduplication_id: String,
        body: &impl Serialize,
    ) -> Result<Self, serde_json::Error> {
        let body = serde_json::to_string(body)?;
        Ok(Self::of(group, deduplication_id, body))
    }

    /// A text for nobody in particular.
    pub fn of(group: String, deduplication_id: String, body: String) -> Self {
        Self {
            group,
            deduplication_id,
            to_user: String::new(),
            body,
        }
    }
}
