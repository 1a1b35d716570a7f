//! Messages between the table and the queue: a crash there loses none.

use super::{Key, Sends, keys, malformed, results::key_of};
use crate::{
    sends::record::KEEP_S,
    store::{
        StoreError,
        write::{Item, number, text},
    },
};
use serde::{Deserialize, Serialize};

/// How long putting messages on the queue may take before somebody else does it, in milliseconds.
const PATIENCE_MS: i64 = 120_000;
/// Rows looked after by one query, at most.
const LOOKED_AFTER: i32 = 200;

/// Messages that were accepted together and are not all on the queue yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intake {
    /// The intake's own name.
    pub name: String,
    /// The account's app id.
    pub app_id: String,
    /// The messages, by their `client_msg_id`, in order.
    pub ids: Vec<String>,
    /// Whether its messages do not count yet: all are taken at once, when it is sealed.
    #[serde(default)]
    pub(super) unsealed: bool,
    due: String,
    due_ms: i64,
    expires_at: i64,
}

impl Sends {
    /// Notes messages before they are accepted; `name` is new for each call. One write, whatever
    /// their number. If [`close_intake`](Self::close_intake) does not follow within two minutes,
    /// the schedule of `send` puts those that were filed on the queue. Those of an intake that is
    /// `unsealed` and was not sealed by then it takes back: [`undo`](Self::undo).
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn open_intake(
        &self,
        app_id: &str,
        name: &str,
        ids: Vec<String>,
        unsealed: bool,
        now_ms: i64,
    ) -> Result<Intake, StoreError> {
        let intake = Intake {
            name: name.to_owned(),
            app_id: app_id.to_owned(),
            ids,
            unsealed,
            due: "intake".to_owned(),
            due_ms: now_ms.saturating_add(PATIENCE_MS),
            expires_at: (now_ms / 1000).saturating_add(KEEP_S),
        };
        self.put("sends.open_intake", &Key::intake(name), &intake)
            .await?;
        Ok(intake)
    }

    /// Forgets an intake: all its messages are on the queue, or were never filed.
    ///
    /// # Errors
    /// When the table cannot be written; then its messages are put on the queue once more, which
    /// does no harm.
    pub async fn close_intake(&self, intake: &Intake) -> Result<(), StoreError> {
        self.delete("sends.close_intake", &Key::intake(&intake.name))
            .await
    }

    /// Intakes that were not closed in time.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn left_intakes(&self, now_ms: i64) -> Result<Vec<Intake>, StoreError> {
        let mut left = Vec::new();
        for key in self.due("intake", now_ms).await? {
            left.extend(self.get(&key).await?);
        }
        Ok(left)
    }

    /// Keys of rows that are due, the longest due first.
    pub(super) async fn due(&self, what: &str, now_ms: i64) -> Result<Vec<Key>, StoreError> {
        const OPERATION: &str = "sends.due";
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(keys::BY_DUE)
            .key_condition_expression("due = :due AND due_ms <= :now")
            .expression_attribute_values(":due", text(what))
            .expression_attribute_values(":now", number(now_ms))
            .limit(LOOKED_AFTER);
        let output = request
            .send()
            .await
            .map_err(|e| StoreError::of(OPERATION, &self.table, &e))?;
        Ok(output.items().iter().filter_map(key_of).collect())
    }

    pub(super) async fn put(
        &self,
        operation: &'static str,
        key: &Key,
        row: &impl Serialize,
    ) -> Result<(), StoreError> {
        let mut item: Item =
            serde_dynamo::to_item(row).map_err(|e| malformed(operation, &e.to_string()))?;
        item.insert("id".to_owned(), text(&key.id));
        item.insert("part".to_owned(), text(&key.part));
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item));
        put.send()
            .await
            .map(drop)
            .map_err(|e| StoreError::of(operation, &self.table, &e))
    }
}
