//! Lanes, and what is parked in them.

use super::{Key, Sends, keys, malformed, parse};
use crate::{
    sends::lane::{Gate, Lane},
    store::{
        StoreError,
        write::{Item, text},
    },
};
use aws_sdk_dynamodb::{
    operation::put_item::PutItemError, types::ReturnValuesOnConditionCheckFailure,
};
use serde::{Deserialize, Serialize};

/// Width of a place in the lane: sequence numbers of the queue, with zeros before them.
const PLACE: usize = 40;

/// A message in its lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// Its place.
    pub order: String,
    /// Which message.
    pub client_msg_id: String,
}

#[derive(Serialize, Deserialize)]
struct ParkedRow {
    part: String,
    client_msg_id: String,
}

/// A sequence number of the queue as a place in the lane: places sort as numbers do.
pub fn place(sequence: &str) -> String {
    format!("{sequence:0>PLACE$}")
}

impl Sends {
    /// The row of the lane that FIFO group is; a fresh one where there is none.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn lane(&self, group: &str) -> Result<Lane, StoreError> {
        Ok(self.get(&Key::lane(group)).await?.unwrap_or_default())
    }

    /// Replaces a lane's row by `next`, which is one version on, if nobody else has since it was
    /// read. The row that comes back is how things stand.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn write_lane(&self, group: &str, next: &Lane) -> Result<Lane, StoreError> {
        const OPERATION: &str = "sends.write_lane";
        let key = Key::lane(group);
        let mut row: Item =
            serde_dynamo::to_item(next).map_err(|e| malformed(OPERATION, &e.to_string()))?;
        row.insert("id".to_owned(), text(&key.id));
        row.insert("part".to_owned(), text(&key.part));
        if next.gate != Gate::Open {
            row.insert("due".to_owned(), text("lane"));
            row.insert("due_ms".to_owned(), super::number(next.until_ms));
        }
        let before = i64::try_from(next.version.saturating_sub(1)).unwrap_or(i64::MAX);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(row))
            .condition_expression("attribute_not_exists(id) OR version = :before")
            .expression_attribute_values(":before", super::number(before))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = put.send().await else {
            return Ok(next.clone());
        };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                parse(OPERATION, refused.item.clone().unwrap_or_default())
            }
            _ => Err(StoreError::of(OPERATION, &self.table, &error)),
        }
    }

    /// Lanes whose time has come, by their FIFO groups.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn due_lanes(&self, now_ms: i64) -> Result<Vec<String>, StoreError> {
        let due = self.due("lane", now_ms).await?;
        let group = |key: Key| key.id.strip_prefix("lane#").map(str::to_owned);
        Ok(due.into_iter().filter_map(group).collect())
    }

    /// Gives a message its place in a lane; it keeps it until [`leave`](Self::leave).
    ///
    /// # Errors
    /// When the table cannot be written; then the message stays on the queue.
    pub async fn take_place(&self, group: &str, parked: &Parked) -> Result<(), StoreError> {
        let key = Key::parked(group, &parked.order);
        let row = ParkedRow {
            part: key.part.clone(),
            client_msg_id: parked.client_msg_id.clone(),
        };
        self.put("sends.take_place", &key, &row).await
    }

    /// Gives a place up: its message is done.
    ///
    /// # Errors
    /// When the table cannot be written; then the message stays on the queue.
    pub async fn leave(&self, group: &str, order: &str) -> Result<(), StoreError> {
        self.delete("sends.leave", &Key::parked(group, order)).await
    }

    /// What is parked behind a place, in order; `most` of it.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn parked(
        &self,
        group: &str,
        after: &str,
        most: i32,
    ) -> Result<Vec<Parked>, StoreError> {
        const OPERATION: &str = "sends.parked";
        let first = Key::parked(group, after);
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("id = :id AND part BETWEEN :first AND :last")
            .expression_attribute_values(":id", text(&first.id))
            .expression_attribute_values(":first", text(&format!("{}!", first.part)))
            .expression_attribute_values(":last", text(&format!("{}~", keys::PARKED)))
            .consistent_read(true)
            .limit(most);
        let output = request
            .send()
            .await
            .map_err(|e| StoreError::of(OPERATION, &self.table, &e))?;
        let rows = output.items.unwrap_or_default().into_iter();
        rows.map(|item| {
            let row: ParkedRow = parse(OPERATION, item)?;
            Ok(Parked {
                order: row.part.trim_start_matches(keys::PARKED).to_owned(),
                client_msg_id: row.client_msg_id,
            })
        })
        .collect()
    }
}
