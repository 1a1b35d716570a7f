//! Deletion of a user's pushes.

use super::{Inbox, StoreError, number, text};
use crate::{
    store::{
        departure::Departure,
        table::{Item, id as key},
    },
    time::Timestamp,
};
use aws_sdk_dynamodb::{
    operation::delete_item::DeleteItemError,
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use serde::Deserialize;
use std::time::Duration;
use wechat_oa::ids::AppId;

/// Finds pushes by who sent them.
const BY_OPENID: &str = "by_openid";
/// A rule that has not answered by now never will: `forward` is tried for five
/// minutes and runs for ten at most (`ForwardTimeout`).
const GIVEN_UP: Duration = Duration::from_secs(900);
/// By then WeChat has made its three attempts, 5 s apart, in milliseconds after the first.
pub const REPEATS: Duration = Duration::from_secs(20);

/// What the user did before leaving; a push without a time of WeChat's goes by when it came.
const BEFORE: &str = "(#push.#time <= :left OR (attribute_not_exists(#push.#time) AND received_at <= :ours)) \
    AND received_at <= :repeated AND (attribute_exists(reply) OR received_at <= :given_up)";
/// No answer to it can be on its way elsewhere.
const ANSWERED_HERE: &str = "attribute_not_exists(lease_owner)";

/// What an erasure came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Erased {
    /// Rows that are gone.
    pub rows: usize,
    /// Rows that stay for now: WeChat may repeat them, or their answer is still being made.
    pub busy: usize,
    /// Keys of rows that a slow rule answered and that are still there: a late answer may be on its
    /// way. See to those first, then [`Inbox::erase_slow`].
    pub slow: Vec<String>,
}

/// A row that the index names.
#[derive(Deserialize)]
struct Found {
    id: String,
}

/// What became of one row.
#[derive(Debug, PartialEq, Eq)]
enum Row {
    Gone,
    Busy,
    /// It is to go once late answers are seen to.
    Slow,
    /// The user came back and sent it.
    Newer,
}

impl Inbox {
    /// Deletes what that user sent to the account before leaving. A row is left alone while WeChat
    /// may repeat it, and while a slow rule works on its answer.
    ///
    /// # Errors
    /// When the table cannot be read or written; some rows may be gone.
    pub async fn erase(
        &self,
        app_id: &AppId,
        openid: &str,
        left: Departure,
        now: Timestamp,
    ) -> Result<Erased, StoreError> {
        let (mut erased, mut start) = (Erased::default(), None);
        loop {
            let query = self
                .table
                .query("openid = :openid")
                .index_name(BY_OPENID)
                .projection_expression("id")
                .expression_attribute_values(":openid", text(openid))
                .set_exclusive_start_key(start.take());
            let (found, last) = self.table.page::<Found>("inbox.by_openid", query).await?;
            let ids = found.into_iter().map(|row| row.id);
            for id in ids.filter(|id| belongs(id, app_id)) {
                let condition = format!("{BEFORE} AND {ANSWERED_HERE}");
                match self.erase_one(&id, left, now, &condition).await? {
                    Row::Gone => erased.rows += 1,
                    Row::Busy => erased.busy += 1,
                    Row::Slow => erased.slow.push(id),
                    Row::Newer => {}
                }
            }
            start = last;
            if start.is_none() {
                return Ok(erased);
            }
        }
    }

    /// Deletes rows that a slow rule answered, once no late answer to them can be filed any more.
    ///
    /// # Errors
    /// When the table cannot be written; some rows may be gone.
    pub async fn erase_slow(
        &self,
        slow: &[String],
        left: Departure,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for id in slow {
            self.erase_one(id, left, now, BEFORE).await?;
        }
        Ok(())
    }

    async fn erase_one(
        &self,
        id: &str,
        left: Departure,
        now: Timestamp,
        condition: &str,
    ) -> Result<Row, StoreError> {
        let request = self
            .table
            .deletion(key(id))
            .condition_expression(format!("attribute_not_exists(id) OR ({condition})"))
            .expression_attribute_names("#push", "push")
            .expression_attribute_names("#time", "create_time")
            .expression_attribute_values(":left", number(left.act_s))
            .expression_attribute_values(":ours", number(left.ours))
            .expression_attribute_values(":repeated", number(now - REPEATS))
            .expression_attribute_values(":given_up", number(now - GIVEN_UP))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = request.send().await else {
            return Ok(Row::Gone);
        };
        let Some(DeleteItemError::ConditionalCheckFailedException(refused)) =
            error.as_service_error()
        else {
            return Err(StoreError::of("inbox.erase", &self.table.name, &error));
        };
        Ok(refused.item().map_or(Row::Gone, |row| kept(row, left, now)))
    }
}

/// Why a row is still there.
fn kept(row: &Item, left: Departure, now: Timestamp) -> Row {
    let push = row.get("push").and_then(|push| push.as_m().ok());
    let created_s = push.and_then(|push| numeral(push.get("create_time")));
    let received = numeral(row.get("received_at")).unwrap_or_default();
    let received = Timestamp::from_millis(received);
    let newer = match created_s {
        Some(seconds) => seconds > left.act_s,
        None => received > left.ours,
    };
    let since = now.since(received);
    if newer {
        Row::Newer
    } else if since >= REPEATS && (row.contains_key("reply") || since >= GIVEN_UP) {
        Row::Slow
    } else {
        Row::Busy
    }
}

fn numeral(value: Option<&AttributeValue>) -> Option<i64> {
    value?.as_n().ok()?.parse().ok()
}

/// Whether a row's key is one of that account's.
fn belongs(id: &str, app_id: &AppId) -> bool {
    id.strip_prefix(app_id.as_str())
        .is_some_and(|rest| rest.starts_with('#'))
}

#[cfg(test)]
mod tests;
