//! Deletion of everything that names a user.

use super::{Key, Sends, keys, results::key_of};
use crate::store::{
    StoreError,
    write::{Item, text},
};
use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};

/// Rows deleted by one request, at most.
const AT_ONCE: usize = 25;

impl Sends {
    /// Deletes every row of a user: messages, consents, allowances, results. Says how many. What
    /// is on the queue then finds no row and is not sent. The index may lag behind a row written
    /// in the same second: callers whose events come again need no more, others ask twice.
    ///
    /// # Errors
    /// When the table cannot be read or written; then rows may be left.
    pub async fn erase(&self, app_id: &str, openid: &str) -> Result<usize, StoreError> {
        let user = keys::user(app_id, openid);
        let messages = self.erase_all(Some(keys::BY_USER), "user", &user).await?;
        let rows = keys::user_rows(app_id, openid);
        Ok(messages.saturating_add(self.erase_all(None, "id", &rows).await?))
    }

    async fn erase_all(
        &self,
        index: Option<&str>,
        attribute: &str,
        value: &str,
    ) -> Result<usize, StoreError> {
        const OPERATION: &str = "sends.erase";
        let (mut erased, mut start) = (0_usize, None);
        loop {
            let request = self
                .client
                .query()
                .table_name(&self.table)
                .set_index_name(index.map(str::to_owned))
                .key_condition_expression("#hash = :hash")
                .projection_expression("id, part")
                .expression_attribute_names("#hash", attribute)
                .expression_attribute_values(":hash", text(value))
                .consistent_read(index.is_none())
                .set_exclusive_start_key(start.take());
            let output = request
                .send()
                .await
                .map_err(|e| StoreError::of(OPERATION, &self.table, &e))?;
            let keys: Vec<Key> = output.items().iter().filter_map(key_of).collect();
            self.delete_all(OPERATION, &keys).await?;
            erased = erased.saturating_add(keys.len());
            start = output.last_evaluated_key;
            if start.is_none() {
                return Ok(erased);
            }
        }
    }

    pub(super) async fn delete_all(
        &self,
        operation: &'static str,
        keys: &[Key],
    ) -> Result<(), StoreError> {
        for some in keys.chunks(AT_ONCE) {
            let mut left: Vec<WriteRequest> = some.iter().filter_map(deletion).collect();
            while !left.is_empty() {
                let request = self
                    .client
                    .batch_write_item()
                    .request_items(&self.table, left);
                let output = request
                    .send()
                    .await
                    .map_err(|e| StoreError::of(operation, &self.table, &e))?;
                let mut unprocessed = output.unprocessed_items.unwrap_or_default();
                left = unprocessed.remove(&self.table).unwrap_or_default();
            }
        }
        Ok(())
    }

    pub(super) async fn delete(
        &self,
        operation: &'static str,
        key: &Key,
    ) -> Result<(), StoreError> {
        self.delete_all(operation, std::slice::from_ref(key)).await
    }
}

fn deletion(key: &Key) -> Option<WriteRequest> {
    let item: Item = [
        ("id".to_owned(), text(&key.id)),
        ("part".to_owned(), text(&key.part)),
    ]
    .into();
    let delete = DeleteRequest::builder().set_key(Some(item)).build().ok()?;
    Some(WriteRequest::builder().delete_request(delete).build())
}
