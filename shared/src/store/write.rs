//! What all tables share: a write is answered by the row, whether it was accepted or refused.

use super::StoreError;
use aws_sdk_dynamodb::{
    operation::update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    types::AttributeValue,
};
use std::collections::HashMap;

pub(super) type Item = HashMap<String, AttributeValue>;

/// The row after the write, or the row that refused it: either way, how things stand. The SDK may
/// have repeated a write whose answer was lost, so a refusal can be by our own first try.
pub(super) async fn outcome(
    operation: &'static str,
    update: UpdateItemFluentBuilder,
) -> Result<Item, StoreError> {
    let table = update.get_table_name().clone().unwrap_or_default();
    let error = match update.send().await {
        Ok(output) => return Ok(output.attributes.unwrap_or_default()),
        Err(error) => error,
    };
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
            Ok(refused.item.clone().unwrap_or_default())
        }
        _ => Err(StoreError::of(operation, &table, &error)),
    }
}

pub(super) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub(super) fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
