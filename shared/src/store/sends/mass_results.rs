//! Results of mass sends, before or after the worker's own write.

use super::{Key, Sends, campaigns::beside_batch, keys, results::key_of};
use crate::{
    sends::campaign::{record::Campaign, result::MassResult},
    store::{StoreError, write::text},
};
use serde::{Deserialize, Serialize};

/// When a result without a batch is looked at again, in milliseconds after it came.
const LOOKS_MS: [i64; 4] = [60_000, 300_000, 900_000, 3_600_000];
/// Seconds a result to no batch is kept.
const KEEP_S: i64 = 90 * 86_400;
/// Writers of a row that may be in each other's way before one gives up.
const TRIES: usize = 8;

/// What became of results that were looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Joined {
    /// They found their batch.
    pub found: u32,
    /// They belong to none, and are kept; ids of the console are not counted.
    pub unknown: u32,
}

#[derive(Serialize, Deserialize)]
struct Waiting {
    app_id: String,
    result: MassResult,
    came_ms: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_ms: Option<i64>,
    expires_at: i64,
}

impl Sends {
    /// Takes a result to its batch. One that comes before the worker's own write, or belongs to no
    /// batch, is kept and looked at again. Any number of times. Returns whether the batch was there.
    ///
    /// # Errors
    /// When the table cannot be read or written; then the result must come again.
    pub async fn mass_result(
        &self,
        app_id: &str,
        result: &MassResult,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        if self.join_mass(app_id, result).await? {
            return Ok(true);
        }
        self.keep(app_id, result, now_ms, next_look(now_ms, now_ms))
            .await?;
        Ok(false)
    }

    /// The result of a batch that WeChat just took, where it came first.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn early_result(
        &self,
        campaign: &Campaign,
        msg_id: u64,
    ) -> Result<Option<MassResult>, StoreError> {
        let key = Key::mass_result(&campaign.app_id, msg_id);
        let waiting: Option<Waiting> = self.get(&key).await?;
        Ok(waiting.map(|waiting| waiting.result))
    }

    /// Looks again at results that came too early; the schedule does this.
    ///
    /// # Errors
    /// When the table cannot be read or written.
    pub async fn join_mass_results(&self, now_ms: i64) -> Result<Joined, StoreError> {
        let mut joined = Joined::default();
        for key in self.due("mass_result", now_ms).await? {
            let Some(waiting): Option<Waiting> = self.get(&key).await? else {
                continue;
            };
            let (app_id, result) = (&waiting.app_id, &waiting.result);
            let found = self.join_mass(app_id, result).await?;
            let again_ms = next_look(waiting.came_ms, now_ms).filter(|_| !found);
            if !found && again_ms.is_none() {
                joined.unknown += u32::from(result.is_of_api());
            }
            joined.found += u32::from(found);
            self.keep(app_id, result, waiting.came_ms, again_ms).await?;
        }
        Ok(joined)
    }

    async fn join_mass(&self, app_id: &str, result: &MassResult) -> Result<bool, StoreError> {
        const OPERATION: &str = "sends.mass_result";
        let Some(key) = self.by_mass_id(app_id, result.msg_id).await? else {
            return Ok(false);
        };
        for _ in 0..TRIES {
            let Some(batch) = self.batch_at(&key).await? else {
                return Ok(false);
            };
            let Some(next) = batch.joined(result) else {
                return Ok(true);
            };
            let more = beside_batch(app_id, next.msg_id);
            let found = self
                .replace(OPERATION, &key, &next, next.version, more)
                .await?;
            if found == next {
                return Ok(true);
            }
        }
        Err(StoreError::Throttled {
            operation: OPERATION,
            reason: "too many write the batch's row".to_owned(),
        })
    }

    async fn by_mass_id(&self, app_id: &str, msg_id: u64) -> Result<Option<Key>, StoreError> {
        const OPERATION: &str = "sends.by_mass_id";
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(keys::BY_MSGID)
            .key_condition_expression("wechat_id = :id")
            .expression_attribute_values(":id", text(&keys::mass_id(app_id, msg_id)))
            .limit(1);
        let output = request
            .send()
            .await
            .map_err(|e| StoreError::of(OPERATION, &self.table, &e))?;
        Ok(output.items.unwrap_or_default().iter().find_map(key_of))
    }

    async fn keep(
        &self,
        app_id: &str,
        result: &MassResult,
        came_ms: i64,
        again_ms: Option<i64>,
    ) -> Result<(), StoreError> {
        let waiting = Waiting {
            app_id: app_id.to_owned(),
            result: result.clone(),
            came_ms,
            due: again_ms.map(|_| "mass_result".to_owned()),
            due_ms: again_ms,
            expires_at: (came_ms / 1000).saturating_add(KEEP_S),
        };
        let key = Key::mass_result(app_id, result.msg_id);
        self.put("sends.keep_result", &key, &waiting).await
    }
}

fn next_look(came_ms: i64, now_ms: i64) -> Option<i64> {
    LOOKS_MS
        .iter()
        .map(|look| came_ms.saturating_add(*look))
        .find(|at| *at > now_ms)
}
