//! Deletion of everything that names a user.

use super::{Key, Sends, keys, results::key_of};
use crate::store::{
    StoreError,
    write::{Item, number, text},
};
use aws_sdk_dynamodb::{
    operation::query::builders::QueryFluentBuilder,
    types::{DeleteRequest, WriteRequest},
};

/// Rows deleted by one request, at most.
const AT_ONCE: usize = 25;

impl Sends {
    /// Deletes every row of a user who left at `until_ms`: messages, consents, allowances, results.
    /// Says how many. What is on the queue then finds no row and is not sent. What a user who came
    /// back did since, and was sent, stays. The index may lag behind a row written in the same
    /// second: callers whose events come again need no more, others ask twice.
    ///
    /// # Errors
    /// When the table cannot be read or written; then rows may be left.
    pub async fn erase(
        &self,
        app_id: &str,
        openid: &str,
        until_ms: i64,
    ) -> Result<usize, StoreError> {
        let messages = self.messages_of(app_id, openid, until_ms);
        let messages = self.erase_all(messages, until_ms).await?;
        let rows = self
            .erase_all(self.rows_of(app_id, openid), until_ms)
            .await?;
        Ok(messages.saturating_add(rows))
    }

    fn messages_of(&self, app_id: &str, openid: &str, until_ms: i64) -> QueryFluentBuilder {
        self.client
            .query()
            .index_name(keys::BY_USER)
            .key_condition_expression("#user = :user AND created_ms <= :until")
            .expression_attribute_names("#user", "user")
            .expression_attribute_values(":user", text(&keys::user(app_id, openid)))
            .expression_attribute_values(":until", number(until_ms))
    }

    fn rows_of(&self, app_id: &str, openid: &str) -> QueryFluentBuilder {
        self.client
            .query()
            .key_condition_expression("id = :id")
            .expression_attribute_values(":id", text(&keys::user_rows(app_id, openid)))
            .consistent_read(true)
    }

    async fn erase_all(
        &self,
        query: QueryFluentBuilder,
        until_ms: i64,
    ) -> Result<usize, StoreError> {
        const OPERATION: &str = "sends.erase";
        let (mut erased, mut start) = (0_usize, None);
        loop {
            let request = query
                .clone()
                .table_name(&self.table)
                .set_exclusive_start_key(start.take());
            let output = request
                .send()
                .await
                .map_err(|e| StoreError::of(OPERATION, &self.table, &e))?;
            let old = output.items().iter().filter(|row| !is_newer(row, until_ms));
            let keys: Vec<Key> = old.filter_map(key_of).collect();
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

/// Whether the user came back and did something since that this row holds.
fn is_newer(row: &Item, until_ms: i64) -> bool {
    let done = row.iter().filter(|(name, _)| {
        matches!(name.as_str(), "accepted_ms" | "rejected_ms") || name.ends_with("_at")
    });
    done.filter_map(|(_, value)| value.as_n().ok()?.parse().ok())
        .any(|at_ms: i64| at_ms > until_ms)
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
