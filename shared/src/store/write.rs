//! What all tables share: a write is answered by the row, whether it was accepted or refused.

use super::StoreError;
use aws_sdk_dynamodb::{
    error::SdkError,
    operation::update_item::{UpdateItemError, UpdateItemOutput},
    types::AttributeValue,
};
use std::collections::HashMap;

pub(super) type Item = HashMap<String, AttributeValue>;

/// The row after the write, or the row that refused it: either way, how things stand. The SDK may
/// have repeated a write whose answer was lost, so a refusal can be by our own first try.
pub(super) fn outcome(
    operation: &'static str,
    outcome: Result<UpdateItemOutput, SdkError<UpdateItemError>>,
) -> Result<Item, StoreError> {
    let error = match outcome {
        Ok(output) => return Ok(output.attributes.unwrap_or_default()),
        Err(error) => error,
    };
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
            Ok(refused.item.clone().unwrap_or_default())
        }
        _ => Err(StoreError::of(operation, &error)),
    }
}

pub(super) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub(super) fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
