//! Receivers in the table: pages as they came, and those of each batch.

use super::{Key, Sends, keys};
use crate::{
    sends::campaign::{State, batch::Batch, page::Page, record::Campaign},
    store::{
        StoreError,
        table::{crowded, ends, malformed, text},
    },
    time::Timestamp,
};
use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use serde_json::Map;
use wechat_oa::ids::AppId;

/// Writers of a row that may be in each other's way before one gives up.
const TRIES: usize = 8;

impl Sends {
    /// Writes a page of a campaign. It counts when [`add_page`](Self::add_page) or the campaign's
    /// row names it; until then nobody reads it.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn put_page(&self, campaign: &Campaign, page: &Page) -> Result<(), StoreError> {
        let key = Key::page(campaign, &page.name());
        let put = self.put_packed("sends.put_page", &key, campaign, page);
        put.await
    }

    /// Reads a page of a campaign.
    ///
    /// # Errors
    /// When the table cannot be read, or the page is gone.
    pub async fn read_page(&self, campaign: &Campaign, name: &str) -> Result<Page, StoreError> {
        let key = Key::page(campaign, name);
        self.read_packed("sends.read_page", &key).await
    }

    /// Writes the receivers of a batch; the same each time.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn put_receivers(
        &self,
        campaign: &Campaign,
        number: u32,
        page: &Page,
    ) -> Result<(), StoreError> {
        let key = Key::receivers(campaign, number);
        let put = self.put_packed("sends.put_receivers", &key, campaign, page);
        put.await
    }

    /// Reads the receivers of a batch.
    ///
    /// # Errors
    /// When the table cannot be read, or they are gone.
    pub async fn read_receivers(
        &self,
        campaign: &Campaign,
        batch: u32,
    ) -> Result<Page, StoreError> {
        let key = Key::receivers(campaign, batch);
        self.read_packed("sends.read_receivers", &key).await
    }

    /// Deletes every receiver of a campaign that sends no more, but for those of the batches of these
    /// numbers; those of pages and batches that no row names too. Any number of times.
    ///
    /// # Errors
    /// When the table cannot be read or written; then some may be left, until the campaign's rows
    /// go.
    pub async fn forget_receivers(
        &self,
        campaign: &Campaign,
        kept: &[u32],
    ) -> Result<(), StoreError> {
        const OPERATION: &str = "sends.forget_receivers";
        let rows = keys::campaign_rows(&campaign.app_id, &campaign.client_msg_id);
        let query = self
            .query("id = :id AND begins_with(part, :packed)")
            .expression_attribute_values(":id", text(&rows))
            .expression_attribute_values(":packed", text(keys::PACKED))
            .projection_expression("id, part")
            .consistent_read(true);
        let mut keys: Vec<Key> = self.table.all(OPERATION, query).await?;
        for number in kept {
            let kept = Key::receivers(campaign, *number);
            keys.retain(|key| *key != kept);
        }
        self.delete_all(OPERATION, &keys).await
    }

    /// Takes a user who left out of the receivers of batches that failed, whether or not their campaign is
    /// over. Says of how many.
    ///
    /// # Errors
    /// When the table cannot be read or written; then the user may be in some of them.
    pub(super) async fn unlist(&self, app_id: &AppId, openid: &str) -> Result<usize, StoreError> {
        const OPERATION: &str = "sends.unlist";
        let query = self
            .query("due = :due")
            .index_name(keys::BY_DUE)
            .filter_expression("begins_with(id, :own)")
            .expression_attribute_values(":due", text(&keys::due("campaign", app_id)))
            .expression_attribute_values(":own", text(&keys::campaign_rows(app_id, "")));
        let due: Vec<Key> = self.table.all(OPERATION, query).await?;
        let campaigns: Vec<Campaign> = self.rows(OPERATION, due).await?;
        let mut unlisted = 0;
        for campaign in campaigns {
            let batches = self.batches(app_id, &campaign.client_msg_id).await?;
            // One that is sent again may fail again.
            let kept = |one: &&Batch| one.state == State::Failed || !one.earlier.is_empty();
            for batch in batches.iter().filter(kept) {
                let key = Key::receivers(&campaign, batch.number);
                unlisted += usize::from(self.unlist_one(&key, openid).await?);
            }
        }
        Ok(unlisted)
    }

    async fn unlist_one(&self, key: &Key, openid: &str) -> Result<bool, StoreError> {
        const OPERATION: &str = "sends.unlist";
        for _ in 0..TRIES {
            let item = self.table.item(OPERATION, key.item()).await?;
            let Some(before) = item.and_then(|mut item| item.remove("packed")) else {
                return Ok(false);
            };
            let Some(left) = unpacked(OPERATION, &before)?.without(openid) else {
                return Ok(false);
            };
            let update = self
                .update(key)
                .update_expression("SET packed = :left")
                .condition_expression("packed = :before")
                .expression_attribute_values(":left", AttributeValue::B(Blob::new(left.pack())))
                .expression_attribute_values(":before", before);
            if self.table.update_if(OPERATION, update).await? {
                return Ok(true);
            }
        }
        Err(crowded(OPERATION))
    }

    /// Deletes a page that its campaign did not take. One that is named by the row belongs to it;
    /// those of a draft that takes pages go with it, as somebody may be adding the same page.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn forget_page(&self, found: &Campaign, page: &Page) -> Result<(), StoreError> {
        let name = page.name();
        let open = found.state == State::Draft && found.takes_pages();
        if open || found.pages.contains(&name) {
            return Ok(());
        }
        let key = Key::page(found, &name);
        self.delete("sends.forget_page", &key).await
    }

    async fn put_packed(
        &self,
        operation: &'static str,
        key: &Key,
        campaign: &Campaign,
        page: &Page,
    ) -> Result<(), StoreError> {
        let packed = AttributeValue::B(Blob::new(page.pack()));
        let mut more = ends(Timestamp::from_secs(campaign.expires_at()));
        more.insert("packed".to_owned(), packed);
        let row = Map::new();
        let put = self.table.put_request(operation, key.item(), &row, more)?;
        self.table.sent(operation, put.send().await).map(drop)
    }

    async fn read_packed(&self, operation: &'static str, key: &Key) -> Result<Page, StoreError> {
        let item = self.table.item(operation, key.item()).await?;
        let packed = item.and_then(|mut item| item.remove("packed"));
        let packed = packed.ok_or_else(|| malformed(operation, &"the receivers are gone"))?;
        unpacked(operation, &packed)
    }
}

fn unpacked(operation: &'static str, packed: &AttributeValue) -> Result<Page, StoreError> {
    let packed = packed.as_b();
    let packed = packed.map_err(|_| malformed(operation, &"the receivers are not packed"))?;
    Page::unpack(packed.as_ref()).map_err(|e| malformed(operation, &e))
}
