//! Results of mass sends, before or after the worker's own write.

use super::{Change, Key, Sends, batches::beside_batch, keys, results::next_look};
use crate::{
    sends::campaign::{Work, batch::Batch, record::Campaign, result::MassResult},
    store::{
        StoreError,
        table::{Put, crowded, text},
    },
    time::Timestamp,
};
use std::time::Duration;
use wechat_oa::ids::AppId;

/// How long a result to no batch is kept.
const KEEP: Duration = Duration::from_secs(90 * 86_400);
/// Writers of a row that may be in each other's way before one gives up.
const TRIES: usize = 8;

/// Batches without an id that are looked at; who has more knows of none which is whose.
const DOUBTS: i32 = 100;
const BY_MASS_ID: &str = "sends.by_mass_id";

/// What became of a result that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Landed {
    /// Its batch has it. The campaign is due now; whoever queues the work gets it there sooner than
    /// the schedule does. No work when it was due before.
    Joined(Option<Work>),
    /// Its batch was not there; it is kept and looked at again.
    Kept,
}

/// What became of results that were looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Joined {
    /// They found their batch.
    pub found: u32,
    /// They belong to none, and are kept; ids of the console are not counted.
    pub unknown: u32,
}

type Waiting = super::results::Waiting<MassResult>;

/// The batch that the index named, if the result is still of it and not of a try before it was sent again.
fn own<'b>(batch: &'b Batch, result: &MassResult) -> Option<&'b Batch> {
    (batch.msg_id == Some(result.msg_id)).then_some(batch)
}

impl Sends {
    /// Takes a result to its batch. One that comes before the worker's own write, or belongs to no
    /// batch, is kept and looked at again. Any number of times.
    ///
    /// # Errors
    /// When the table cannot be read or written; then the result must come again.
    pub async fn mass_result(
        &self,
        app_id: &AppId,
        result: &MassResult,
        now: Timestamp,
    ) -> Result<Landed, StoreError> {
        if let Some(key) = self.by_mass_id(app_id, result.msg_id).await? {
            let joined = |batch: &Batch| own(batch, result)?.joined(result);
            if let Some(work) = self.join_mass(&key, app_id, joined, now).await? {
                return Ok(Landed::Joined(work));
            }
        }
        self.keep(app_id, result, now, next_look(now, now)).await?;
        Ok(Landed::Kept)
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
        let waiting: Option<Waiting> = self.table.get("sends.mass_result", key.item()).await?;
        Ok(waiting.map(|waiting| waiting.result))
    }

    /// Looks again at results that came too early; the schedule does this.
    ///
    /// # Errors
    /// When the table cannot be read or written.
    pub async fn join_mass_results(&self, now: Timestamp) -> Result<Joined, StoreError> {
        let mut joined = Joined::default();
        for key in self.due("mass_result", now).await? {
            let Some(waiting): Option<Waiting> =
                self.table.get("sends.mass_result", key.item()).await?
            else {
                continue;
            };
            let (app_id, result) = (&waiting.app_id, &waiting.result);
            let found = self.join_late(&waiting, now).await?;
            let again = next_look(waiting.came, now).filter(|_| !found);
            if !found && again.is_none() {
                joined.unknown += u32::from(result.is_of_api());
            }
            joined.found += u32::from(found);
            self.keep(app_id, result, waiting.came, again).await?;
        }
        Ok(joined)
    }

    /// Takes a result that was kept to its batch, or to the one that it can only belong to.
    async fn join_late(&self, waiting: &Waiting, now: Timestamp) -> Result<bool, StoreError> {
        let (app_id, result) = (&waiting.app_id, &waiting.result);
        let joined = |batch: &Batch| own(batch, result)?.joined(result);
        let inferred = |batch: &Batch| batch.inferred(result);
        let landed = if let Some(key) = self.by_mass_id(app_id, result.msg_id).await? {
            self.join_mass(&key, app_id, joined, now).await?
        } else if let Some(key) = self.only_doubt(waiting).await?
            && (self.batch_at(&key).await?).is_some_and(|batch| inferred(&batch).is_some())
        {
            self.join_mass(&key, app_id, inferred, now).await?
        } else {
            None
        };
        Ok(landed.is_some())
    }

    /// Writes what `joined` makes of a batch, and wakes its campaign; `None` when there is no batch.
    async fn join_mass(
        &self,
        key: &Key,
        app_id: &AppId,
        joined: impl Fn(&Batch) -> Option<Batch>,
        now: Timestamp,
    ) -> Result<Option<Option<Work>>, StoreError> {
        const OPERATION: &str = "sends.mass_result";
        for _ in 0..TRIES {
            let Some(batch) = self.batch_at(key).await? else {
                return Ok(None);
            };
            let Some(next) = joined(&batch) else {
                return self.wake(key, true, now).await.map(Some);
            };
            let (key_item, more) = (key.item(), beside_batch(app_id, &next));
            match (self.table.put_if(OPERATION, key_item, &next, more)).await? {
                Put::Done => return self.wake(key, false, now).await.map(Some),
                Put::Lost(_) => {}
                Put::Gone => return Ok(None),
            }
        }
        Err(crowded(OPERATION))
    }

    /// Makes the campaign of a batch due, also when a result comes again: whoever joined it the
    /// first time may have died before this.
    async fn wake(
        &self,
        batch: &Key,
        before: bool,
        now: Timestamp,
    ) -> Result<Option<Work>, StoreError> {
        let Some(work) = batch.campaign_of() else {
            return Ok(None);
        };
        let woken = |found: &Campaign| found.woken(before, now);
        let change = self.change_campaign(&work.app_id, &work.client_msg_id, woken);
        Ok(matches!(change.await?, Change::Made(_)).then_some(work))
    }

    /// The only batch of the account that a result without one can belong to, if no other result
    /// can belong to it.
    async fn only_doubt(&self, waiting: &Waiting) -> Result<Option<Key>, StoreError> {
        let app_id = &waiting.app_id;
        let mut doubts = Vec::new();
        let unknown = keys::no_mass_id(app_id);
        for key in self.by_wechat_id(BY_MASS_ID, &unknown, DOUBTS).await? {
            if let Some(batch) = self.batch_at(&key).await? {
                let may_be = waiting.result.may_be_of(&batch, waiting.came);
                doubts.extend(may_be.then_some((key, batch)));
            }
        }
        let (Some((key, batch)), 0) = (doubts.pop(), doubts.len()) else {
            return Ok(None);
        };
        for Waiting { result, came, .. } in self.kept(app_id).await? {
            let may_be = result.msg_id != waiting.result.msg_id && result.may_be_of(&batch, came);
            if may_be && self.by_mass_id(app_id, result.msg_id).await?.is_none() {
                return Ok(None);
            }
        }
        Ok(Some(key))
    }

    /// The results of an account that were kept, of the last 90 days.
    async fn kept(&self, app_id: &AppId) -> Result<Vec<Waiting>, StoreError> {
        let query = self
            .query("id = :id AND begins_with(part, :result)")
            .expression_attribute_values(":id", text(&keys::mass_rows(app_id)))
            .expression_attribute_values(":result", text(keys::MASS_RESULT));
        self.table.all("sends.kept_results", query).await
    }

    async fn by_mass_id(&self, app_id: &AppId, msg_id: u64) -> Result<Option<Key>, StoreError> {
        let id = keys::mass_id(app_id, msg_id);
        let found = self.by_wechat_id(BY_MASS_ID, &id, DOUBTS).await?;
        Ok(found.into_iter().next())
    }

    async fn keep(
        &self,
        app_id: &AppId,
        result: &MassResult,
        came: Timestamp,
        again: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let waiting = Waiting {
            app_id: app_id.to_owned(),
            result: result.clone(),
            came,
            due: again.map(|_| keys::due("mass_result", app_id)),
            due_at: again,
            expires_at: (came + KEEP).as_secs(),
        };
        let key = Key::mass_result(app_id, result.msg_id).item();
        self.table.put("sends.keep_result", key, &waiting).await
    }
}
