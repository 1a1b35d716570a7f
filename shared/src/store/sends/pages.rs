//! Receivers in the table: pages as they came, and those of each batch.

use super::{Key, Sends, malformed};
use crate::{
    sends::campaign::{page::Page, record::Campaign},
    store::{
        StoreError,
        write::{number, text},
    },
};
use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};

impl Sends {
    /// Writes a page of a campaign. It counts when [`add_page`](Self::add_page) or the campaign's
    /// row names it; until then nobody reads it.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn put_page(&self, campaign: &Campaign, page: &Page) -> Result<(), StoreError> {
        let key = Key::page(&campaign.app_id, &campaign.client_msg_id, &page.name());
        self.put_packed("sends.put_page", &key, campaign, page)
            .await
    }

    /// Reads a page of a campaign.
    ///
    /// # Errors
    /// When the table cannot be read, or the page is gone.
    pub async fn read_page(&self, campaign: &Campaign, name: &str) -> Result<Page, StoreError> {
        let key = Key::page(&campaign.app_id, &campaign.client_msg_id, name);
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
        let key = Key::receivers(&campaign.app_id, &campaign.client_msg_id, number);
        self.put_packed("sends.put_receivers", &key, campaign, page)
            .await
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
        let key = Key::receivers(&campaign.app_id, &campaign.client_msg_id, batch);
        self.read_packed("sends.read_receivers", &key).await
    }

    /// Deletes every receiver of a campaign that sends no more. Any number of times.
    ///
    /// # Errors
    /// When the table cannot be written; then some may be left, until the campaign's rows go.
    pub async fn forget_receivers(&self, campaign: &Campaign) -> Result<(), StoreError> {
        let (app_id, id) = (&campaign.app_id, &campaign.client_msg_id);
        let pages = campaign.pages.iter();
        let pages = pages.map(|name| Key::page(app_id, id, name));
        let batches = (0..campaign.batches).map(|number| Key::receivers(app_id, id, number));
        let keys: Vec<Key> = pages.chain(batches).collect();
        self.delete_all("sends.forget_receivers", &keys).await
    }

    async fn put_packed(
        &self,
        operation: &'static str,
        key: &Key,
        campaign: &Campaign,
        page: &Page,
    ) -> Result<(), StoreError> {
        let packed = AttributeValue::B(Blob::new(page.pack()));
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("id", text(&key.id))
            .item("part", text(&key.part))
            .item("packed", packed)
            .item("expires_at", number(campaign.expires_at()));
        put.send()
            .await
            .map(drop)
            .map_err(|e| StoreError::of(operation, &self.table, &e))
    }

    async fn read_packed(&self, operation: &'static str, key: &Key) -> Result<Page, StoreError> {
        let request = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("id", text(&key.id))
            .key("part", text(&key.part))
            .consistent_read(true);
        let output = request
            .send()
            .await
            .map_err(|e| StoreError::of(operation, &self.table, &e))?;
        let item = output.item.unwrap_or_default();
        match item.get("packed") {
            Some(AttributeValue::B(packed)) => {
                Page::unpack(packed.as_ref()).map_err(|e| malformed(operation, &e.to_string()))
            }
            _ => Err(malformed(operation, "the receivers are gone")),
        }
    }
}
