//! Deletion of everything that names a user.

use super::{Key, Sends, keys};
use crate::{
    answers::MOST_MESSAGES,
    sends::SendJob,
    store::{
        StoreError,
        departure::Departure,
        table::{Table, number, text},
    },
    time::Timestamp,
};
use aws_sdk_dynamodb::{
    operation::{
        delete_item::builders::DeleteItemFluentBuilder, query::builders::QueryFluentBuilder,
    },
    types::{DeleteRequest, WriteRequest},
};
use futures_util::{StreamExt as _, TryStreamExt as _, future::try_join_all, stream};
use serde::Serialize;
use std::{collections::HashMap, future::ready, time::Duration};
use wechat_oa::ids::AppId;

const OPERATION: &str = "sends.erase";
/// Rows deleted by one request, at most.
const AT_ONCE: usize = 25;
/// Rows deleted side by side, where each has a condition.
const SIDE_BY_SIDE: usize = 16;
/// How long something can be on the queue.
const QUEUED: Duration = Duration::from_secs(14 * 86_400);

/// What stands in place of a late answer that is not to be sent; it names nobody.
#[derive(Serialize)]
struct Barred {
    expires_at: i64,
}

impl Sends {
    /// Deletes every row of a user who left: messages, consents, allowances, results. Takes them out of
    /// the receivers that failed batches are kept for. Says of how many rows.
    /// What is on the queue then finds no row and is not sent. What came after stays: what the user
    /// did, by WeChat's time, and what was sent to them. The index may lag behind a row written in
    /// the same second: callers whose events come again need no more, others ask twice.
    ///
    /// # Errors
    /// When the table cannot be read or written; then rows may be left.
    pub async fn erase(
        &self,
        app_id: &AppId,
        openid: &str,
        left: Departure,
    ) -> Result<usize, StoreError> {
        let messages = self.messages_of(app_id, openid, left.ours);
        let messages: Vec<Key> = self.table.all(OPERATION, messages).await?;
        let messages = messages.iter().map(|key| {
            self.deletion(key)
                .condition_expression("created_ms <= :ours")
                .expression_attribute_values(":ours", number(left.ours))
        });
        let gone = self.delete_each(messages.collect()).await?;
        let unlisted = self.unlist(app_id, openid).await?;
        Ok(gone + unlisted + self.forget(app_id, openid, left).await?)
    }

    /// Deletes what is known of a user who left, but for messages. Says how many rows.
    ///
    /// # Errors
    /// When the table cannot be read or written; then rows may be left.
    pub async fn forget(
        &self,
        app_id: &AppId,
        openid: &str,
        left: Departure,
    ) -> Result<usize, StoreError> {
        let rows = self.rows_of(app_id, openid);
        let rows: Vec<Key> = self.table.all(OPERATION, rows).await?;
        let clause =
            |(name, until)| format!("(attribute_not_exists(#{name}) OR #{name} <= {until})");
        let condition = MOMENTS.map(clause).join(" AND ");
        let names = MOMENTS.map(|(name, _)| (format!("#{name}"), name.to_owned()));
        let deletions = rows.iter().map(|key| {
            self.deletion(key)
                .condition_expression(&condition)
                .set_expression_attribute_names(Some(HashMap::from(names.clone())))
                .expression_attribute_values(":acts", number(left.act()))
                .expression_attribute_values(":ours", number(left.ours))
        });
        self.delete_each(deletions.collect()).await
    }

    /// Sees to it that no piece of the late answer to a push of the inbox is sent or filed, wherever it
    /// is: a row that names nobody takes its place for as long as it may be on the queue.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn bar_late(
        &self,
        app_id: &AppId,
        row_id: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let expires_at = (now + QUEUED).as_secs();
        let barred = &Barred { expires_at };
        let bars = (0..=MOST_MESSAGES).map(async |piece| {
            let key = Key::message(app_id, &SendJob::late_id(row_id, piece)).item();
            self.table.put("sends.bar_late", key, barred).await
        });
        try_join_all(bars).await.map(drop)
    }

    fn messages_of(&self, app_id: &AppId, openid: &str, until: Timestamp) -> QueryFluentBuilder {
        self.query("#user = :user AND created_ms <= :until")
            .index_name(keys::BY_USER)
            .projection_expression("id, part")
            .expression_attribute_names("#user", "user")
            .expression_attribute_values(":user", text(&keys::user(app_id, openid)))
            .expression_attribute_values(":until", number(until))
    }

    /// Makes deletions, and counts those whose condition held.
    async fn delete_each(
        &self,
        deletions: Vec<DeleteItemFluentBuilder>,
    ) -> Result<usize, StoreError> {
        stream::iter(deletions)
            .map(|deletion| self.table.delete_if(OPERATION, deletion))
            .buffer_unordered(SIDE_BY_SIDE)
            .try_fold(0, |gone, held| ready(Ok(gone + usize::from(held))))
            .await
    }

    fn rows_of(&self, app_id: &AppId, openid: &str) -> QueryFluentBuilder {
        self.query("id = :id")
            .expression_attribute_values(":id", text(&keys::user_rows(app_id, openid)))
            .consistent_read(true)
    }

    pub(super) async fn delete_all(
        &self,
        operation: &'static str,
        keys: &[Key],
    ) -> Result<(), StoreError> {
        for some in keys.chunks(AT_ONCE) {
            let mut left: Vec<WriteRequest> = some.iter().filter_map(unconditional).collect();
            while !left.is_empty() {
                let Table { client, name } = &self.table;
                let request = client.batch_write_item().request_items(name, left);
                let output = self.table.sent(operation, request.send().await)?;
                let mut unprocessed = output.unprocessed_items.unwrap_or_default();
                left = unprocessed.remove(name).unwrap_or_default();
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

/// Attributes that say when something came about, and what the user left after: what users do by
/// WeChat's time, what comes to us by ours.
pub(super) const MOMENTS: [(&str, &str); 7] = [
    ("message_at", ":acts"),
    ("click_at", ":acts"),
    ("subscribe_at", ":acts"),
    ("scan_at", ":acts"),
    ("accepted_ms", ":acts"),
    ("rejected_ms", ":acts"),
    ("came_ms", ":ours"),
];

fn unconditional(key: &Key) -> Option<WriteRequest> {
    let delete = DeleteRequest::builder().set_key(Some(key.item()));
    let delete = delete.build().ok()?;
    Some(WriteRequest::builder().delete_request(delete).build())
}
