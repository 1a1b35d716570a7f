//! Batches of a campaign.

use super::{
    Key, Sends,
    campaigns::{batch_key, beside_batch},
    keys,
};
use crate::{
    sends::campaign::{batch::Batch, record::Campaign},
    store::{
        StoreError,
        table::{Put, Versioned, parse, text},
    },
};
use wechat_oa::ids::AppId;

impl Versioned for Batch {
    fn version(&self) -> u64 {
        self.version
    }
}

impl Sends {
    /// Makes the row of a batch. One that is there already stays as it is: whoever plans the
    /// campaign a second time comes to the same batches.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn create_batch(&self, campaign: &Campaign, batch: &Batch) -> Result<(), StoreError> {
        let key = batch_key(campaign, batch.number);
        let more = beside_batch(&campaign.app_id, batch);
        self.create("sends.create_batch", &key, batch, more)
            .await
            .map(drop)
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
        let key = batch_key(campaign, next.number).item();
        let more = beside_batch(&campaign.app_id, next);
        self.table
            .put_if("sends.write_batch", key, next, more)
            .await
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
        const OPERATION: &str = "sends.batches";
        let query = self
            .table
            .query()
            .key_condition_expression("id = :id AND begins_with(part, :batch)")
            .expression_attribute_values(":id", text(&keys::campaign_rows(app_id, client_msg_id)))
            .expression_attribute_values(":batch", text(keys::BATCH))
            .consistent_read(true);
        let rows = self.table.all(OPERATION, query).await?;
        rows.into_iter().map(|row| parse(OPERATION, row)).collect()
    }

    /// Reads a batch by its key.
    pub(super) async fn batch_at(&self, key: &Key) -> Result<Option<Batch>, StoreError> {
        self.table.get("sends.batch", key.item()).await
    }
}
