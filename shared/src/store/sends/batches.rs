//! Batches of a campaign.

use super::{Key, Sends, keys};
use crate::{
    sends::campaign::{batch::Batch, record::Campaign},
    store::{
        StoreError,
        table::{Item, Put, text},
    },
};
use wechat_oa::ids::AppId;

impl Sends {
    /// Makes the row of a batch. One that is there already stays as it is: whoever plans the
    /// campaign a second time comes to the same batches.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn create_batch(&self, campaign: &Campaign, batch: &Batch) -> Result<(), StoreError> {
        let key = Key::batch(campaign, batch.number);
        let more = beside_batch(&campaign.app_id, batch);
        let created = self.create("sends.create_batch", &key, batch, more);
        created.await.map(drop)
    }

    /// Replaces the row of a batch by `next`, which is one version on, if nobody else has since it
    /// was read.
    ///
    /// # Errors
    /// When the table cannot be written; then the change may or may not be made.
    pub async fn write_batch(
        &self,
        campaign: &Campaign,
        next: &Batch,
    ) -> Result<Put<Batch>, StoreError> {
        let key = Key::batch(campaign, next.number).item();
        let more = beside_batch(&campaign.app_id, next);
        let put = self.table.put_if("sends.write_batch", key, next, more);
        put.await
    }

    /// The batches of a campaign, in order; without their receivers.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn batches(
        &self,
        app_id: &AppId,
        client_msg_id: &str,
    ) -> Result<Vec<Batch>, StoreError> {
        let query = self
            .query("id = :id AND begins_with(part, :batch)")
            .expression_attribute_values(":id", text(&keys::campaign_rows(app_id, client_msg_id)))
            .expression_attribute_values(":batch", text(keys::BATCH))
            .consistent_read(true);
        self.table.all("sends.batches", query).await
    }

    /// Reads a batch by its key.
    pub(super) async fn batch_at(&self, key: &Key) -> Result<Option<Batch>, StoreError> {
        self.table.get("sends.batch", key.item()).await
    }
}

/// What a batch's row has beside the batch.
pub(super) fn beside_batch(app_id: &AppId, batch: &Batch) -> Item {
    let id = match batch.msg_id {
        Some(msg_id) => Some(keys::mass_id(app_id, msg_id)),
        None => batch.lacks_id().then(|| keys::no_mass_id(app_id)),
    };
    let id = id.map(|id| ("wechat_id".to_owned(), text(&id)));
    id.into_iter().collect()
}
