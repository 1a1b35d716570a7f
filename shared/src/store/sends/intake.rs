//! Messages between the table and the queue: a crash there loses none.

use super::{Key, Sends, keys};
use crate::{
    sends::record::KEEP,
    store::{
        StoreError,
        table::{Item, number, text},
    },
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use wechat_oa::ids::AppId;

/// How long putting messages on the queue may take before somebody else does it.
const PATIENCE: Duration = Duration::from_secs(120);
/// Rows looked after by one query, at most.
const LOOKED_AFTER: i32 = 200;

/// Messages that were accepted together and are not all on the queue yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intake {
    /// The intake's own name.
    pub name: String,
    /// The account's app id.
    pub app_id: AppId,
    /// The messages, by their `client_msg_id`, in order.
    pub ids: Vec<String>,
    /// Whether its messages do not count yet: all are taken at once, when it is sealed.
    #[serde(default)]
    pub(super) unsealed: bool,
    due: String,
    #[serde(rename = "due_ms")]
    due_at: Timestamp,
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
        app_id: &AppId,
        name: &str,
        ids: Vec<String>,
        unsealed: bool,
        now: Timestamp,
    ) -> Result<Intake, StoreError> {
        let intake = Intake {
            name: name.to_owned(),
            app_id: app_id.to_owned(),
            ids,
            unsealed,
            due: "intake".to_owned(),
            due_at: now + PATIENCE,
            expires_at: (now + KEEP).as_secs(),
        };
        let key = Key::intake(name).item();
        self.table
            .put("sends.open_intake", key, &intake, Item::new())
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
    pub async fn left_intakes(&self, now: Timestamp) -> Result<Vec<Intake>, StoreError> {
        let mut left = Vec::new();
        for key in self.due("intake", now).await? {
            left.extend(self.table.get("sends.left_intakes", key.item()).await?);
        }
        Ok(left)
    }

    /// Keys of rows that are due, the longest due first.
    pub(super) async fn due(&self, what: &str, now: Timestamp) -> Result<Vec<Key>, StoreError> {
        const OPERATION: &str = "sends.due";
        let query = self
            .table
            .query()
            .index_name(keys::BY_DUE)
            .key_condition_expression("due = :due AND due_ms <= :now")
            .expression_attribute_values(":due", text(what))
            .expression_attribute_values(":now", number(now))
            .limit(LOOKED_AFTER);
        let (found, _) = self.table.page(OPERATION, query).await?;
        Ok(found.iter().filter_map(Key::of).collect())
    }
}
