//! Deletion of a user's pushes.

use super::{Inbox, StoreError, number, text};
use aws_sdk_dynamodb::{
    operation::delete_item::DeleteItemError, types::ReturnValuesOnConditionCheckFailure,
};

/// Finds pushes by who sent them.
const BY_OPENID: &str = "by_openid";
/// A rule that has not answered by now never will, in milliseconds: `forward` is tried for five
/// minutes and runs for one.
const GIVEN_UP_MS: i64 = 600_000;

/// What an erasure came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Erased {
    /// Rows that are gone.
    pub rows: usize,
    /// Rows that stay for now: their answer is still being made.
    pub busy: usize,
}

/// What became of one row.
enum Row {
    Gone,
    Busy,
    /// The user came back and sent it.
    Newer,
}

impl Inbox {
    /// Deletes what that user sent to the account up to `until_ms`. A row is left alone while a slow
    /// rule works on its answer.
    ///
    /// # Errors
    /// When the table cannot be read or written; some rows may be gone.
    pub async fn erase(
        &self,
        app_id: &str,
        openid: &str,
        until_ms: i64,
        now_ms: i64,
    ) -> Result<Erased, StoreError> {
        let (mut erased, mut start) = (Erased::default(), None);
        loop {
            let request = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(BY_OPENID)
                .key_condition_expression("openid = :openid")
                .projection_expression("id")
                .expression_attribute_values(":openid", text(openid))
                .set_exclusive_start_key(start.take());
            let output = request
                .send()
                .await
                .map_err(|e| StoreError::of("inbox.by_openid", &self.table, &e))?;
            let ids = output
                .items()
                .iter()
                .filter_map(|item| item.get("id")?.as_s().ok());
            for id in ids.filter(|id| belongs(id, app_id)) {
                match self.erase_one(id, until_ms, now_ms).await? {
                    Row::Gone => erased.rows += 1,
                    Row::Busy => erased.busy += 1,
                    Row::Newer => {}
                }
            }
            start = output.last_evaluated_key;
            if start.is_none() {
                return Ok(erased);
            }
        }
    }

    async fn erase_one(&self, id: &str, until_ms: i64, now_ms: i64) -> Result<Row, StoreError> {
        let request = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("id", text(id))
            .condition_expression(
                "attribute_not_exists(id) OR (received_at <= :until \
                 AND (attribute_exists(reply) OR received_at <= :given_up))",
            )
            .expression_attribute_values(":until", number(until_ms))
            .expression_attribute_values(":given_up", number(now_ms.saturating_sub(GIVEN_UP_MS)))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = request.send().await else {
            return Ok(Row::Gone);
        };
        let Some(DeleteItemError::ConditionalCheckFailedException(refused)) =
            error.as_service_error()
        else {
            return Err(StoreError::of("inbox.erase", &self.table, &error));
        };
        let received = refused
            .item()
            .and_then(|row| row.get("received_at")?.as_n().ok());
        let received: Option<i64> = received.and_then(|number| number.parse().ok());
        Ok(match received {
            Some(at) if at > until_ms => Row::Newer,
            _ => Row::Busy,
        })
    }
}

/// Whether a row's key is one of that account's.
fn belongs(id: &str, app_id: &str) -> bool {
    id.strip_prefix(app_id)
        .is_some_and(|rest| rest.starts_with('#'))
}

#[cfg(test)]
mod tests;
