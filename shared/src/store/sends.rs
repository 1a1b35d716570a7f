//! Table `sends`, keyed `id` and `part`.
//!
//! | id | part | holds |
//! |---|---|---|
//! | `app_id#client_msg_id` | `message` | a message: [`Record`] |
//! | `lane#app_id#n` | `state` | whether a lane sends: [`Lane`](crate::sends::lane::Lane) |
//! | `lane#app_id#n` | `parked#…` | a message that waits for its lane, in its order |
//! | `user#app_id#openid` | `allowance` | what a user did, and was sent since |
//! | `user#app_id#openid` | `consent#template` | what a user said to a template |
//! | `user#app_id#openid` | `result#msgid` | a result that came before its message was there |
//! | `campaign#app_id#id` | `campaign` | a campaign: [`Campaign`](crate::sends::campaign::record::Campaign) |
//! | `campaign#app_id#id` | `recipients#name` | a page of receivers, packed |
//! | `campaign#app_id#id` | `batch#n` | a batch: [`Batch`](crate::sends::campaign::batch::Batch) |
//! | `campaign#app_id#id` | `receivers#n` | the receivers of a batch, packed |
//! | `mass#app_id` | `quota` | what the account used up: [`Quota`](crate::sends::campaign::quota::Quota) |
//! | `mass#app_id` | `result#msg_id` | a result that came before its batch was there, or to none |
//! | `intake#…` | `intake` | messages on their way from the table to the queue |
//!
//! In place of a message that was a late answer to a user who left stands a row that holds nothing,
//! until it can be on the queue no more. Everything that names a user is found by `user#…` or by the index `by_user`, but for the packed
//! receivers of a campaign: they go when it sends no more.

mod allowances;
mod batches;
mod campaigns;
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
mod versions;
mod worker;

pub use campaigns::{Change, Created, Paged};
pub use consents::Consents;
pub use intake::Intake;
pub use lanes::{Parked, place};
pub use listing::{Cursor, Filter, Page};
pub use mass_results::{Joined, Landed};
pub use results::{EarlyResult, Fate, PushedResult};
pub use taking::Taken;
pub use worker::Claim;

use super::{
    StoreError,
    write::{Item, number, text},
};
use crate::sends::{Record, State, record::KEEP_S};
use aws_sdk_dynamodb::{
    Client,
    operation::update_item::builders::UpdateItemFluentBuilder,
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use keys::{Key, in_state, user};
use serde::de::DeserializeOwned;
use wechat_oa::api::ErrorClass;

/// The table of messages.
#[derive(Debug, Clone)]
pub struct Sends {
    client: Client,
    table: String,
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
            client,
            table: table.into(),
        }
    }

    /// The row of a message; `None` when there is none, or one that keeps a late answer out.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn read(
        &self,
        app_id: &str,
        client_msg_id: &str,
    ) -> Result<Option<Record>, StoreError> {
        let found: Option<Record> = self.get(&Key::message(app_id, client_msg_id)).await?;
        Ok(found.filter(|row| !row.client_msg_id.is_empty()))
    }

    /// Takes a message that failed, died or met an unknown fate back to where it began, and one
    /// that the queue lost: queued for longer than a day. Asked again while it is queued, it answers
    /// the same.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn redrive(
        &self,
        app_id: &str,
        client_msg_id: &str,
        now_ms: i64,
    ) -> Result<Redriven, StoreError> {
        let Some(record) = self.read(app_id, client_msg_id).await? else {
            return Ok(Redriven::Missing);
        };
        if record.state == State::Queued && record.redrives > 0 {
            return Ok(Redriven::Queued(Box::new(record)));
        }
        let lost =
            record.state == State::Queued && now_ms.saturating_sub(record.updated_ms) > LOST_MS;
        if !(lost || record.state.may_be_redriven()) {
            return Ok(Redriven::Refused(Box::new(record)));
        }
        let redrives = record.redrives.saturating_add(1);
        // WeChat has one it calls a duplicate.
        let class = record.error.as_ref().map(|failure| failure.class.as_str());
        let duplicate = class == Some(ErrorClass::Duplicate.name());
        let renewed = match record.state {
            State::Failed if !duplicate => redrives,
            _ => record.renewed,
        };
        let update = self
            .enter(
                &Key::message(app_id, client_msg_id),
                app_id,
                State::Queued,
                now_ms,
            )
            .update_expression(format!(
                "{ENTER}, attempts = :zero, uncertain_since_ms = :zero, redrives = :redrives, \
                 renewed = :renewed REMOVE #error"
            ))
            .condition_expression("#state = :from AND redrives = :seen")
            .expression_attribute_names("#error", "error")
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":from", text(record.state.as_str()))
            .expression_attribute_values(":seen", number(record.redrives.into()))
            .expression_attribute_values(":redrives", number(redrives.into()))
            .expression_attribute_values(":renewed", number(renewed.into()));
        let row: Record = self.row("sends.redrive", update).await?;
        let boxed = Box::new(row);
        Ok(match boxed.state {
            State::Queued => Redriven::Queued(boxed),
            _ => Redriven::Refused(boxed),
        })
    }

    async fn get<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, StoreError> {
        const OPERATION: &str = "sends.read";
        let request = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("id", text(&key.id))
            .key("part", text(&key.part))
            .consistent_read(true);
        let output = request
            .send()
            .await
            .map_err(|e| StoreError::of(OPERATION, &self.table, &e))?;
        output.item.map(|item| parse(OPERATION, item)).transpose()
    }

    fn update(&self, key: &Key) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .key("id", text(&key.id))
            .key("part", text(&key.part))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    /// A change of a message's state; its expression begins with [`ENTER`].
    fn enter(&self, key: &Key, app_id: &str, state: State, now_ms: i64) -> UpdateItemFluentBuilder {
        let entry = AttributeValue::M(
            [
                ("state".to_owned(), text(state.as_str())),
                ("at".to_owned(), number(now_ms)),
            ]
            .into(),
        );
        self.update(key)
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":state", text(state.as_str()))
            .expression_attribute_values(":in_state", text(&in_state(app_id, state)))
            .expression_attribute_values(":entry", AttributeValue::L(vec![entry]))
            .expression_attribute_values(":before", AttributeValue::L(Vec::new()))
            .expression_attribute_values(":now", number(now_ms))
    }

    /// Makes an update; the row after it, or the row that refused it.
    async fn row<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        update: UpdateItemFluentBuilder,
    ) -> Result<T, StoreError> {
        parse(operation, super::write::outcome(operation, update).await?)
    }
}

/// After how long a message that nobody began counts as lost by the queue, in milliseconds.
const LOST_MS: i64 = 86_400_000;

/// How a message enters a state.
const ENTER: &str = "SET #state = :state, in_state = :in_state, updated_ms = :now, \
    history = list_append(if_not_exists(history, :before), :entry)";

/// The row of a message, with its key and what the indexes need.
fn item(operation: &'static str, record: &Record) -> Result<Item, StoreError> {
    let mut item: Item =
        serde_dynamo::to_item(record).map_err(|e| malformed(operation, &e.to_string()))?;
    item.retain(|_, value| !matches!(value, AttributeValue::Null(_)));
    let key = Key::message(&record.app_id, &record.client_msg_id);
    let expires_at = (record.created_ms / 1000).saturating_add(KEEP_S);
    item.extend([
        ("id".to_owned(), text(&key.id)),
        ("part".to_owned(), text(&key.part)),
        (
            "user".to_owned(),
            text(&user(&record.app_id, &record.to_user)),
        ),
        (
            "in_state".to_owned(),
            text(&in_state(&record.app_id, record.state)),
        ),
        ("expires_at".to_owned(), number(expires_at)),
    ]);
    Ok(item)
}

fn parse<T: DeserializeOwned>(operation: &'static str, item: Item) -> Result<T, StoreError> {
    serde_dynamo::from_item(item).map_err(|e| malformed(operation, &e.to_string()))
}

fn malformed(operation: &'static str, reason: &str) -> StoreError {
    StoreError::Malformed {
        operation,
        reason: wechat_oa::api::redact::redact(reason, 200),
    }
}

#[cfg(test)]
mod tests;
