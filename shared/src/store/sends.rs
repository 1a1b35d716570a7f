//! Table `sends`, keyed `id` and `part`.
//!
//! | id | part | holds |
//! |---|---|---|
//! | `app_id#client_msg_id` | `message` | a message: [`Record`] |
//! | `lane#app_id#n` | `state` | whether a lane sends: [`Lane`](crate::sends::lane::Lane) |
//! | `lane#app_id#n` | `parked#…` | a message that waits for its lane, in its order |
//! | `user#app_id#openid` | `allowance` | what a user did, and was sent since |
//! | `user#app_id#openid` | `consent#template` | what a user said to a template |
//! | `user#app_id#openid` | `cap#kind#template` | messages of that kind the user has had today |
//! | `user#app_id#openid` | `result#msgid` | a result that came before its message was there |
//! | `campaign#app_id#id` | `campaign` | a campaign: [`Campaign`](crate::sends::campaign::record::Campaign) |
//! | `campaign#app_id#id` | `recipients#name` | a page of receivers, packed |
//! | `campaign#app_id#id` | `batch#n` | a batch: [`Batch`](crate::sends::campaign::batch::Batch) |
//! | `campaign#app_id#id` | `receivers#n` | the receivers of a batch, packed |
//! | `mass#app_id` | `quota` | what the account used up: [`Quota`](crate::sends::campaign::quota::Quota) |
//! | `mass#app_id` | `media#media_id` | the campaign that had that article or video last |
//! | `mass#app_id` | `result#msg_id` | a result that came before its batch was there, or to none |
//! | `intake#…` | `…~name` | messages on their way from the table to the queue |
//!
//! In place of a message that was a late answer to a user who left stands a row that holds nothing,
//! until it can be on the queue no more. Everything that names a user is found by `user#…` or by the index `by_user`, but for the packed
//! receivers of a campaign: they go when it sends no more, and until then a user who left is taken out of those of failed batches.

mod allowances;
mod batches;
mod campaigns;
mod caps;
mod consents;
mod erase;
mod intake;
mod keys;
mod lanes;
mod listing;
mod mass_results;
mod pages;
mod results;
mod taking;
mod worker;

pub use campaigns::{Change, Created, Paged};
pub use consents::Consents;
pub use intake::Intake;
pub use lanes::{Parked, place};
pub use listing::{Cursor, Filter, Page};
pub use mass_results::{Joined, Landed};
pub use results::{EarlyResult, Fate, PushedResult};
pub use taking::Taken;

use super::{
    StoreError,
    table::{Item, Table, number, text},
};
use crate::{
    sends::{Record, State, record::KEEP},
    time::Timestamp,
};
use aws_sdk_dynamodb::Client;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use keys::{Key, user};
use serde::de::DeserializeOwned;
use wechat_oa::ids::AppId;

/// Rows read side by side.
const SIDE_BY_SIDE: usize = 16;

/// The table of messages.
#[derive(Debug, Clone)]
pub struct Sends {
    table: Table,
}

/// What became of a message that came in.
#[derive(Debug, Clone, PartialEq)]
pub enum Accepted {
    /// It is new: put it on the queue.
    New(Box<Record>),
    /// It came before; this is its row.
    Same(Box<Record>),
    /// Its id belongs to another message; this is that one's row.
    Other(Box<Record>),
}

/// What became of a wish to send again.
#[derive(Debug, Clone, PartialEq)]
pub enum Redriven {
    /// Put it on the queue: [`Record::job`] under [`Record::deduplication_id`].
    Queued(Box<Record>),
    /// It is in a state that ends otherwise; nothing changed.
    Refused(Box<Record>),
    /// There is no such message.
    Missing,
}

impl Sends {
    /// The messages in the table of that name.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            table: Table::new(client, table),
        }
    }

    /// The row of a message; `None` when there is none, or one that keeps a late answer out.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn read(
        &self,
        app_id: &AppId,
        client_msg_id: &str,
    ) -> Result<Option<Record>, StoreError> {
        let key = Key::message(app_id, client_msg_id).item();
        self.table.get("sends.read", key).await
    }

    /// The rows of these keys that are there, in their order, as they stand now.
    async fn rows<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        keys: impl Iterator<Item = Key>,
    ) -> Result<Vec<T>, StoreError> {
        stream::iter(keys)
            .map(|key| self.table.get(operation, key.item()))
            .buffered(SIDE_BY_SIDE)
            .try_filter_map(|row| std::future::ready(Ok(row)))
            .try_collect()
            .await
    }

    /// Takes a message that failed, died or met an unknown fate back to where it began, and one
    /// that the queue lost: queued for longer than a day. Asked again while it is queued, it answers
    /// the same.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn redrive(
        &self,
        app_id: &AppId,
        client_msg_id: &str,
        now: Timestamp,
    ) -> Result<Redriven, StoreError> {
        let Some(record) = self.read(app_id, client_msg_id).await? else {
            return Ok(Redriven::Missing);
        };
        let redriven = |row: &Record| row.redriven(now);
        let Some(row) = self.change("sends.redrive", &record, redriven).await? else {
            return Ok(Redriven::Missing);
        };
        let again = row.state == State::Queued && row.redrives > 0;
        let row = Box::new(row);
        Ok(match again {
            true => Redriven::Queued(row),
            false => Redriven::Refused(row),
        })
    }

    /// Cancels a message that nobody began.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn cancel(
        &self,
        app_id: &AppId,
        client_msg_id: &str,
        now: Timestamp,
    ) -> Result<Cancelled, StoreError> {
        let Some(record) = self.read(app_id, client_msg_id).await? else {
            return Ok(Cancelled::Missing);
        };
        let cancelled = |row: &Record| row.cancelled(now);
        let row = self.change("sends.cancel", &record, cancelled).await?;
        Ok(match row.map(Box::new) {
            Some(row) if row.is_cancelled() => Cancelled::Done(row),
            Some(row) => Cancelled::Late(row),
            None => Cancelled::Missing,
        })
    }

    /// Messages whose time comes by then, the earliest first, some hundreds at most; none of an intake
    /// that is not sealed yet.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn scheduled(&self, until: Timestamp) -> Result<Vec<Record>, StoreError> {
        let mut found = Vec::new();
        for key in self.due("message", until).await? {
            let row: Option<Record> = self.table.get("sends.scheduled", key.item()).await?;
            let Some(row) = row.filter(Record::is_scheduled) else {
                continue;
            };
            if self.is_taken(&row).await? {
                found.push(row);
            }
        }
        Ok(found)
    }

    /// Notes that a message whose time came is on the queue; nothing where it was begun or cancelled
    /// meanwhile.
    ///
    /// # Errors
    /// When the table cannot be written; then it is put on the queue once more, which does no harm.
    pub async fn note_queued(&self, record: &Record, now: Timestamp) -> Result<(), StoreError> {
        let queued = |row: &Record| row.queued(now);
        let change = self.change("sends.note_queued", record, queued).await;
        change.map(drop)
    }
}

/// What became of a message that was to be cancelled.
#[derive(Debug, Clone, PartialEq)]
pub enum Cancelled {
    /// It will not be sent, or not again: then it is unknown whether it went.
    Done(Box<Record>),
    /// It is on its way, or its end is known: nothing changed.
    Late(Box<Record>),
    /// There is no such message.
    Missing,
}

/// What the row of a message has beside the message: what the indexes need, and its end.
fn beside_message(record: &Record) -> Item {
    let (app_id, to_user) = (&record.app_id, &record.to_user);
    let expires_at = (record.updated.max(record.not_before) + KEEP).as_secs();
    let mut beside = Item::from([
        ("user".to_owned(), text(&user(app_id, to_user))),
        ("listed".to_owned(), text(&keys::listed(app_id, "message"))),
        ("expires_at".to_owned(), number(expires_at)),
    ]);
    if record.state.is_exceptional() {
        let in_state = keys::in_state(app_id, record.state);
        beside.insert("in_state".to_owned(), text(&in_state));
    }
    if record.is_scheduled() {
        let due = keys::due("message", app_id);
        beside.insert("due".to_owned(), text(&due));
        beside.insert("due_ms".to_owned(), number(record.not_before));
    }
    if let Some(msgid) = &record.msgid {
        let id = keys::wechat_id(app_id, msgid);
        beside.insert("wechat_id".to_owned(), text(&id));
    }
    beside
}

#[cfg(test)]
mod tests;
