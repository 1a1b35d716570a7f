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
mod quotas;
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
    table::{Item, Put, Table, Versioned, ends, number, text},
};
use crate::{
    sends::{
        Record, State,
        campaign::{batch::Batch, quota::Quota, record::Campaign},
        cap::Had,
        consent::Consent,
        lane::Lane,
        record::KEEP,
    },
    time::Timestamp,
};
use aws_sdk_dynamodb::{
    Client,
    operation::{
        delete_item::builders::DeleteItemFluentBuilder, query::builders::QueryFluentBuilder,
        update_item::builders::UpdateItemFluentBuilder,
    },
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use keys::{Key, user};
use serde::{Serialize, de::DeserializeOwned};
use wechat_oa::ids::AppId;

/// Rows read side by side.
const SIDE_BY_SIDE: usize = 16;

macro_rules! versioned {
    ($($row:ty),+) => {
        $(impl Versioned for $row {
            fn version(&self) -> u64 {
                self.version
            }
        })+
    };
}

versioned!(Batch, Campaign, Consent, Had, Lane, Quota);

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
        let table = Table::new(client, table);
        Self { table }
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

    fn query(&self, condition: &str) -> QueryFluentBuilder {
        self.table.query(condition)
    }

    fn update(&self, key: &Key) -> UpdateItemFluentBuilder {
        self.table.update(key.item())
    }

    fn deletion(&self, key: &Key) -> DeleteItemFluentBuilder {
        self.table.deletion(key.item())
    }

    /// Makes a row unless there is one.
    async fn create<T: Serialize + DeserializeOwned + PartialEq>(
        &self,
        operation: &'static str,
        key: &Key,
        new: &T,
        more: Item,
    ) -> Result<Put<T>, StoreError> {
        let put = self.table.put_request(operation, key.item(), new, more)?;
        let put = put.condition_expression("attribute_not_exists(id)");
        self.table.put_under(operation, put, new).await
    }

    /// The rows of these keys that are there, in their order, as they stand now.
    async fn rows<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        keys: impl IntoIterator<Item = Key>,
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
        Ok(match row.state {
            State::Queued if row.redrives > 0 => Redriven::Queued(Box::new(row)),
            _ => Redriven::Refused(Box::new(row)),
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
            if let Some(row) = row.filter(Record::is_scheduled)
                && self.is_taken(&row).await?
            {
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
    let mut beside = ends(record.updated.max(record.not_before) + KEEP);
    let mut index = |name: &str, value| beside.insert(name.to_owned(), value);
    index("user", text(&user(app_id, to_user)));
    index("listed", text(&keys::listed(app_id, "message")));
    if record.state.is_exceptional() {
        index("in_state", text(&keys::in_state(app_id, record.state)));
    }
    if record.is_scheduled() {
        index("due", text(&keys::due("message", app_id)));
        index("due_ms", number(record.not_before));
    }
    if let Some(msgid) = &record.msgid {
        index("wechat_id", text(&keys::wechat_id(app_id, msgid)));
    }
    beside
}

#[cfg(test)]
mod tests;
