//! What accounts used up of their mass sends.

use super::{Key, Sends};
use crate::{
    sends::campaign::quota::Quota,
    store::{StoreError, table::Item},
};
use wechat_oa::ids::AppId;

/// Writers of a row that may be in each other's way before one gives up.
const TRIES: usize = 8;

impl Sends {
    /// What an account used up of its mass sends.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn mass_quota(&self, app_id: &AppId) -> Result<Quota, StoreError> {
        let key = Key::mass_quota(app_id).item();
        let found = self.table.get("sends.mass_quota", key).await?;
        Ok(found.unwrap_or_default())
    }

    /// A send to all came to nothing: its allowance is given back, once.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn give_back_mass_quota(
        &self,
        app_id: &AppId,
        me: &str,
        clientmsgid: &str,
    ) -> Result<(), StoreError> {
        let back = |quota: &Quota| quota.given_back(clientmsgid).ok_or(());
        let written = self.spend_mass_quota(app_id, me, back);
        written.await.map(drop)
    }

    /// Writes what `next` makes of an account's counters, as `me`; its refusal is handed on.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn spend_mass_quota<E>(
        &self,
        app_id: &AppId,
        me: &str,
        next: impl Fn(&Quota) -> Result<Quota, E>,
    ) -> Result<Result<Quota, E>, StoreError> {
        const OPERATION: &str = "sends.spend_mass_quota";
        let found = self.mass_quota(app_id).await?;
        let next = |found: &Quota| {
            let wanted = next(found)?;
            let writer = me.to_owned();
            Ok(Quota { writer, ..wanted })
        };
        let (key, more) = (Key::mass_quota(app_id).item(), Item::new());
        let change = self.table.change(OPERATION, TRIES, key, found, more, next);
        change.await
    }
}
