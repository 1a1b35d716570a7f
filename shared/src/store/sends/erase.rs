//! Deletion of everything that names a user.

use super::{Key, Sends, keys, results::key_of};
use crate::{
    sends::allowance::Interaction,
    store::{
        StoreError,
        write::{Item, number, text},
    },
};
use aws_sdk_dynamodb::{
    operation::query::builders::QueryFluentBuilder,
    types::{DeleteRequest, WriteRequest},
};

const OPERATION: &str = "sends.erase";
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
        let rows = self.all(self.rows_of(app_id, openid)).await?;
        let came_back = rows.iter().any(|row| latest(row, is_deed) > until_ms);
        let until_ms = if came_back { until_ms } else { i64::MAX };
        let messages = self.messages_of(app_id, openid, until_ms);
        let messages = self.all(messages).await?;
        let old = rows.iter().filter(|row| latest(row, is_change) <= until_ms);
        let keys: Vec<Key> = old.chain(&messages).filter_map(key_of).collect();
        self.delete_all(OPERATION, &keys).await?;
        Ok(keys.len())
    }

    fn messages_of(&self, app_id: &str, openid: &str, until_ms: i64) -> QueryFluentBuilder {
        self.client
            .query()
            .index_name(keys::BY_USER)
            .key_condition_expression("#user = :user AND created_ms <= :until")
            .projection_expression("id, part")
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

    async fn all(&self, query: QueryFluentBuilder) -> Result<Vec<Item>, StoreError> {
        let (mut items, mut start) = (Vec::new(), None);
        loop {
            let page = query
                .clone()
                .table_name(&self.table)
                .set_exclusive_start_key(start.take());
            let output = page
                .send()
                .await
                .map_err(|e| StoreError::of(OPERATION, &self.table, &e))?;
            items.extend(output.items.unwrap_or_default());
            start = output.last_evaluated_key;
            if start.is_none() {
                return Ok(items);
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

/// The latest of the moments of that kind in a row, in milliseconds since 1970.
fn latest(row: &Item, of: impl Fn(&str) -> bool) -> i64 {
    let moments = row.iter().filter(|(name, _)| of(name));
    let moments = moments.filter_map(|(_, value)| value.as_n().ok()?.parse().ok());
    moments.max().unwrap_or_default()
}

/// Whether that is when a user did something that only a follower does.
fn is_deed(name: &str) -> bool {
    let kind = name.strip_suffix("_at").unwrap_or_default();
    let interaction = Interaction::ALL.iter().any(|i| i.as_str() == kind);
    interaction || name == "accepted_ms"
}

/// Whether that is when anything came about.
fn is_change(name: &str) -> bool {
    is_deed(name) || matches!(name, "rejected_ms" | "came_ms")
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
