//! What users have had of messages that are capped.

use super::{Key, Sends};
use crate::{
    beijing,
    sends::cap::Had,
    store::{StoreError, table::ends},
    time::Timestamp,
};
use std::time::Duration;
use wechat_oa::ids::AppId;

/// How long a count is kept after its last message.
const KEEP: Duration = Duration::from_secs(2 * 86_400);
/// Writers of a row that may be in each other's way before one gives up.
const TRIES: usize = 4;

impl Sends {
    /// What a user has had; `what` is a kind, and the template where there is one.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn had(&self, app_id: &AppId, openid: &str, what: &str) -> Result<Had, StoreError> {
        let key = Key::cap(app_id, openid, what).item();
        let had = self.table.get("sends.had", key).await?;
        Ok(had.unwrap_or_default())
    }

    /// Counts one more.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn count_had(
        &self,
        app_id: &AppId,
        openid: &str,
        what: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const OPERATION: &str = "sends.count_had";
        let key = Key::cap(app_id, openid, what).item();
        let had = self.had(app_id, openid, what).await?;
        let next = |had: &Had| Ok::<_, ()>(had.one_more(beijing::day(now)));
        let more = ends(now + KEEP);
        let change = self.table.change(OPERATION, TRIES, key, had, more, next);
        change.await.map(drop)
    }
}
