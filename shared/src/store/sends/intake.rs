//! Messages between the table and the queue: a crash there loses none.

use super::{Key, Sends, keys};
use crate::{
    sends::record::KEEP,
    store::{
        StoreError,
        table::{number, text},
    },
    time::Timestamp,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use wechat_oa::ids::AppId;

/// How long putting messages on the queue may take before somebody else does it.
const PATIENCE: Duration = Duration::from_secs(120);
/// Rows looked after at once, at most.
const LOOKED_AFTER: usize = 200;
/// Parts of the index that are asked side by side.
const SIDE_BY_SIDE: usize = 9;

/// Messages that were accepted together and are not all on the queue yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intake {
    /// The intake's own name, and where it stands.
    pub name: String,
    /// The account's app id.
    pub app_id: AppId,
    /// The messages, by their `client_msg_id`, in order.
    pub ids: Vec<String>,
    /// Whether its messages do not count yet: all are taken at once, when it is sealed.
    #[serde(default)]
    pub(super) unsealed: bool,
    #[serde(rename = "due_ms")]
    due_at: Timestamp,
    expires_at: i64,
}

/// A row that is due.
#[derive(Deserialize)]
struct Due {
    #[serde(flatten)]
    key: Key,
    #[serde(rename = "due_ms")]
    due_at: Timestamp,
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
            name: keys::intake(app_id, name),
            app_id: app_id.to_owned(),
            ids,
            unsealed,
            due_at: now + PATIENCE,
            expires_at: (now + KEEP).as_secs(),
        };
        let key = Key::intake(&intake.name).item();
        self.table.put("sends.open_intake", key, &intake).await?;
        Ok(intake)
    }

    /// Forgets an intake: all its messages are on the queue, or were never filed.
    ///
    /// # Errors
    /// When the table cannot be written; then its messages are put on the queue once more, which
    /// does no harm.
    pub async fn close_intake(&self, intake: &Intake) -> Result<(), StoreError> {
        let key = Key::intake(&intake.name);
        self.delete("sends.close_intake", &key).await
    }

    /// Intakes that were not closed in time, the oldest first.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn left_intakes(&self, now: Timestamp) -> Result<Vec<Intake>, StoreError> {
        const OPERATION: &str = "sends.left_intakes";
        // Those of v0.1 are in the index.
        let before = self.due_under("intake".to_owned(), now).await?;
        let before = before.into_iter().map(|due| due.key);
        let mut left: Vec<Intake> = self.rows(OPERATION, before).await?;
        // The others are found without an index, which would cost two writes each.
        for id in keys::dues("intake") {
            let query = self
                .query("id = :id")
                .filter_expression("due_ms <= :now")
                .expression_attribute_values(":id", text(&id))
                .expression_attribute_values(":now", number(now))
                .consistent_read(true);
            left.extend(self.table.page::<Intake>(OPERATION, query).await?.0);
        }
        // What came first goes on the queue first.
        left.sort_by_key(|intake: &Intake| intake.due_at);
        Ok(left)
    }

    /// Keys of rows that are due, the longest due first.
    pub(super) async fn due(
        &self,
        what: &'static str,
        now: Timestamp,
    ) -> Result<Vec<Key>, StoreError> {
        // Rows of v0.1 are due under one key for all accounts.
        let hashes = keys::dues(what).chain([what.to_owned()]);
        let mut found: Vec<Due> = stream::iter(hashes)
            .map(|hash| self.due_under(hash, now))
            .buffer_unordered(SIDE_BY_SIDE)
            .try_concat()
            .await?;
        found.sort_by_key(|due| due.due_at);
        let found = found.into_iter().map(|due| due.key);
        Ok(found.take(LOOKED_AFTER).collect())
    }

    async fn due_under(&self, hash: String, now: Timestamp) -> Result<Vec<Due>, StoreError> {
        let query = self
            .query("due = :due AND due_ms <= :now")
            .index_name(keys::BY_DUE)
            .expression_attribute_values(":due", text(&hash))
            .expression_attribute_values(":now", number(now))
            .limit(i32::try_from(LOOKED_AFTER).unwrap_or(i32::MAX));
        Ok(self.table.page("sends.due", query).await?.0)
    }
}
