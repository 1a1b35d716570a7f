//! Rows that count their writes: a change is taken only if nobody else wrote since.

use super::{Key, Sends, malformed, parse};
use crate::store::{
    StoreError,
    write::{Item, number, text},
};
use aws_sdk_dynamodb::{
    operation::put_item::PutItemError, types::AttributeValue,
    types::ReturnValuesOnConditionCheckFailure,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

impl Sends {
    /// Replaces a row by `next`, which is one version on; `more` are attributes beside it. Answers
    /// the row as it stands after: `next`, or that of whoever wrote since. A row of version 0 or 1
    /// may be new.
    pub(super) async fn replace<T>(
        &self,
        operation: &'static str,
        key: &Key,
        next: &T,
        version: u64,
        more: Item,
    ) -> Result<T, StoreError>
    where
        T: Serialize + DeserializeOwned + Clone,
    {
        let before = i64::try_from(version.saturating_sub(1)).unwrap_or(i64::MAX);
        let condition = match before {
            0 => "attribute_not_exists(id) OR version = :before",
            _ => "version = :before",
        };
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(row(operation, key, next, more)?))
            .condition_expression(condition)
            .expression_attribute_values(":before", number(before))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = put.send().await else {
            return Ok(next.clone());
        };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                parse(operation, refused.item.clone().unwrap_or_default())
            }
            _ => Err(StoreError::of(operation, &self.table, &error)),
        }
    }

    /// Makes a row unless there is one. Answers the row that was there.
    pub(super) async fn create<T>(
        &self,
        operation: &'static str,
        key: &Key,
        new: &T,
        more: Item,
    ) -> Result<Option<T>, StoreError>
    where
        T: Serialize + DeserializeOwned,
    {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(row(operation, key, new, more)?))
            .condition_expression("attribute_not_exists(id)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = put.send().await else {
            return Ok(None);
        };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                parse(operation, refused.item.clone().unwrap_or_default()).map(Some)
            }
            _ => Err(StoreError::of(operation, &self.table, &error)),
        }
    }
}

fn row(
    operation: &'static str,
    key: &Key,
    row: &impl Serialize,
    more: Item,
) -> Result<Item, StoreError> {
    let mut item: Item =
        serde_dynamo::to_item(row).map_err(|e| malformed(operation, &e.to_string()))?;
    item.retain(|_, value| match value {
        AttributeValue::Null(_) => false,
        AttributeValue::L(list) => !list.is_empty(),
        _ => true,
    });
    item.insert("id".to_owned(), text(&key.id));
    item.insert("part".to_owned(), text(&key.part));
    item.extend(more);
    Ok(item)
}
