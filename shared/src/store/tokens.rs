//! Table `tokens`: one row for each account and kind of token.

use super::StoreError;
use super::write::{Item, number, outcome, text};
use crate::token::{AFTER_FAILURE_MS, Kind, LEASE_MS, Row};
use aws_sdk_dynamodb::{
    Client,
    operation::update_item::builders::UpdateItemFluentBuilder,
    types::{ReturnValue, ReturnValuesOnConditionCheckFailure},
};

/// How long a row outlives its token before it goes by itself, in seconds: an account was removed.
const KEEP_S: i64 = 30 * 86_400;

/// A value as WeChat gave it.
#[derive(Clone, Copy)]
pub struct Issue<'a> {
    /// The value.
    pub value: &'a str,
    /// When the call was made: its life is counted from there, in milliseconds since 1970.
    pub issued_at_ms: i64,
    /// How long it lives, in seconds.
    pub expires_in_s: u32,
}

/// The table of tokens and tickets.
#[derive(Debug, Clone)]
pub struct Tokens {
    client: Client,
    table: String,
}

impl Tokens {
    /// The tokens in the table of that name.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            client,
            table: table.into(),
        }
    }

    /// Reads a row; an empty one where there is none.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn read(&self, app_id: &str, kind: Kind) -> Result<Row, StoreError> {
        const OPERATION: &str = "tokens.read";
        let request = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("app_id", text(app_id))
            .key("kind", text(kind.as_str()))
            .consistent_read(true);
        let output = request
            .send()
            .await
            .map_err(|e| StoreError::of(OPERATION, &e))?;
        parse(OPERATION, output.item.unwrap_or_default())
    }

    /// Takes the lease to fetch the value after `seen`. The row that comes back tells who has it:
    /// not `me` when another was quicker, or the value has changed meanwhile.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn lease(
        &self,
        app_id: &str,
        kind: Kind,
        seen: &Row,
        me: &str,
        now_ms: i64,
    ) -> Result<Row, StoreError> {
        let update = self
            .update(app_id, kind)
            .update_expression("SET lease_owner = :me, lease_until = :until, expires_at = if_not_exists(expires_at, :expires_at)")
            .condition_expression(
                "(attribute_not_exists(lease_until) OR lease_until <= :now OR lease_owner = :me) AND \
                 (attribute_not_exists(version) OR version = :version)",
            )
            .expression_attribute_values(":me", text(me))
            .expression_attribute_values(":now", number(now_ms))
            .expression_attribute_values(":until", number(now_ms.saturating_add(LEASE_MS)))
            .expression_attribute_values(":expires_at", number(now_ms / 1000 + KEEP_S))
            .expression_attribute_values(":version", count(seen.version));
        row("tokens.lease", update).await
    }

    /// Counts a `force_refresh` before it is made, so that a crash cannot make it free.
    /// The row that comes back has another owner when the lease went to another.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn count_forced(
        &self,
        app_id: &str,
        kind: Kind,
        held: &Row,
        me: &str,
        now_ms: i64,
    ) -> Result<Row, StoreError> {
        let update = self
            .update(app_id, kind)
            .update_expression("SET forced_at_ms = :now, forced_count = :count")
            .condition_expression("lease_owner = :me")
            .expression_attribute_values(":me", text(me))
            .expression_attribute_values(":now", number(now_ms))
            .expression_attribute_values(":count", count(held.forced_count_at(now_ms).into()));
        row("tokens.count_forced", update).await
    }

    /// Writes a value fetched under the lease and gives the lease back. The row that comes back
    /// holds another value when the fetch came too late and another was written: then use that.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn publish(
        &self,
        app_id: &str,
        kind: Kind,
        held: &Row,
        me: &str,
        issue: Issue<'_>,
    ) -> Result<Row, StoreError> {
        let life_ms = i64::from(issue.expires_in_s) * 1000;
        let expires_at_ms = issue.issued_at_ms.saturating_add(life_ms);
        let mut set = "SET #value = :value, issued_at_ms = :issued, expires_at_ms = :end, expires_at = :expires_at, \
                       version = :next"
            .to_owned();
        let mut update = self
            .update(app_id, kind)
            .condition_expression(
                "lease_owner = :me AND (attribute_not_exists(version) OR version = :version)",
            )
            .expression_attribute_names("#value", "value")
            .expression_attribute_values(":me", text(me))
            .expression_attribute_values(":version", count(held.version))
            .expression_attribute_values(":next", count(held.version + 1))
            .expression_attribute_values(":value", text(issue.value))
            .expression_attribute_values(":issued", number(issue.issued_at_ms))
            .expression_attribute_values(":end", number(expires_at_ms))
            .expression_attribute_values(":expires_at", number(expires_at_ms / 1000 + KEEP_S));
        if let Some((previous, until)) = held.superseded_by(issue.value, issue.issued_at_ms) {
            set.push_str(", previous = :previous, previous_valid_until = :previous_until");
            update = update
                .expression_attribute_values(":previous", text(previous))
                .expression_attribute_values(":previous_until", number(until));
        }
        set.push_str(" REMOVE lease_owner, lease_until, failure, retry_at_ms");
        row("tokens.publish", update.update_expression(set)).await
    }

    /// Gives the lease back after a failed fetch, and says in one word what failed.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn fail(
        &self,
        app_id: &str,
        kind: Kind,
        me: &str,
        failure: &str,
        now_ms: i64,
    ) -> Result<Row, StoreError> {
        let update = self
            .update(app_id, kind)
            .update_expression(
                "SET failure = :failure, retry_at_ms = :retry REMOVE lease_owner, lease_until",
            )
            .condition_expression("lease_owner = :me")
            .expression_attribute_values(":me", text(me))
            .expression_attribute_values(":failure", text(failure))
            .expression_attribute_values(":retry", number(now_ms.saturating_add(AFTER_FAILURE_MS)));
        row("tokens.fail", update).await
    }

    fn update(&self, app_id: &str, kind: Kind) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .key("app_id", text(app_id))
            .key("kind", text(kind.as_str()))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

async fn row(operation: &'static str, update: UpdateItemFluentBuilder) -> Result<Row, StoreError> {
    parse(operation, outcome(operation, update.send().await)?)
}

fn parse(operation: &'static str, item: Item) -> Result<Row, StoreError> {
    serde_dynamo::from_item(item).map_err(|e| StoreError::Malformed {
        operation,
        reason: e.to_string(),
    })
}

fn count(value: u64) -> aws_sdk_dynamodb::types::AttributeValue {
    aws_sdk_dynamodb::types::AttributeValue::N(value.to_string())
}

#[cfg(test)]
mod tests;
