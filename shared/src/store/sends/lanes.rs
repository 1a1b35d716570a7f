//! Lanes, and what is parked in them.

use super::{Key, Sends, keys};
use crate::{
    sends::lane::{Gate, Lane, LaneId},
    store::{
        StoreError,
        table::{Item, Put, number, text},
    },
    time::Timestamp,
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
    /// The row of a lane; a fresh one where there is none.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn lane(&self, lane: &LaneId) -> Result<Lane, StoreError> {
        let key = Key::lane(lane).item();
        Ok(self.table.get("sends.lane", key).await?.unwrap_or_default())
    }

    /// Replaces a lane's row by `next`, which is one version on, if nobody else has since it was
    /// read.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn write_lane(&self, lane: &LaneId, next: &Lane) -> Result<Put<Lane>, StoreError> {
        let mut due = Item::new();
        if next.gate != Gate::Open {
            due.insert("due".to_owned(), text(&keys::due("lane", &lane.app_id)));
            due.insert("due_ms".to_owned(), number(next.until));
        }
        let key = Key::lane(lane).item();
        self.table.put_if("sends.write_lane", key, next, due).await
    }

    /// Lanes whose time has come.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn due_lanes(&self, now: Timestamp) -> Result<Vec<LaneId>, StoreError> {
        let due = self.due("lane", now).await?;
        let lane = |key: &Key| LaneId::parse(key.id.strip_prefix("lane#")?);
        Ok(due.iter().filter_map(lane).collect())
    }

    /// Gives a message its place in a lane; it keeps it until [`leave`](Self::leave).
    ///
    /// # Errors
    /// When the table cannot be written; then the message stays on the queue.
    pub async fn take_place(&self, lane: &LaneId, parked: &Parked) -> Result<(), StoreError> {
        let key = Key::parked(lane, &parked.order);
        let (item, client_msg_id) = (key.item(), parked.client_msg_id.clone());
        let row = ParkedRow {
            part: key.part,
            client_msg_id,
        };
        self.table.put("sends.take_place", item, &row).await
    }

    /// Gives a place up: its message is done.
    ///
    /// # Errors
    /// When the table cannot be written; then the message stays on the queue.
    pub async fn leave(&self, lane: &LaneId, order: &str) -> Result<(), StoreError> {
        self.delete("sends.leave", &Key::parked(lane, order)).await
    }

    /// What is parked behind a place, in order; `most` of it.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn parked(
        &self,
        lane: &LaneId,
        after: &str,
        most: i32,
    ) -> Result<Vec<Parked>, StoreError> {
        let first = Key::parked(lane, after);
        let query = self
            .query("id = :id AND part BETWEEN :first AND :last")
            .expression_attribute_values(":id", text(&first.id))
            .expression_attribute_values(":first", text(&format!("{}!", first.part)))
            .expression_attribute_values(":last", text(&format!("{}~", keys::PARKED)))
            .consistent_read(true)
            .limit(most);
        let (rows, _) = self.table.page::<ParkedRow>("sends.parked", query).await?;
        let parked = rows.into_iter().map(|row| Parked {
            order: row.part.trim_start_matches(keys::PARKED).to_owned(),
            client_msg_id: row.client_msg_id,
        });
        Ok(parked.collect())
    }
}
