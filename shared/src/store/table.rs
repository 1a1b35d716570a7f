//! What all tables share: how a row is read, and the one way in which it is replaced.
//!
//! A change of a row is decided by a pure function of the row that was read; [`Table::put_if`] writes what
//! it comes to, unless somebody else wrote since. Rows on which writers do not get in each other's way
//! (counters, sets, leases) are changed by [`Table::update`]. Either way the answer is the row as it
//! stands: the SDK may have repeated a write whose answer was lost, so a refusal can be by our own first try.

use super::StoreError;
use crate::time::Timestamp;
use aws_sdk_dynamodb::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::{
        delete_item::builders::DeleteItemFluentBuilder,
        put_item::{PutItemError, builders::PutItemFluentBuilder},
        query::builders::QueryFluentBuilder,
        update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    },
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use serde::{Serialize, de::DeserializeOwned};
use std::{collections::HashMap, error::Error};
use wechat_oa::api::redact::redact;

pub(super) type Item = HashMap<String, AttributeValue>;

/// What became of a row that was to be put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Put<T> {
    /// The row is now what was written.
    Done,
    /// Another one wrote first: this is the row.
    Lost(Box<T>),
    /// There is no such row any more.
    Gone,
}

impl<T: Default> Put<T> {
    /// The row as it stands: `next` where that was written, an empty one where there is none.
    pub fn or(self, next: T) -> T {
        match self {
            Self::Done => next,
            Self::Lost(row) => *row,
            Self::Gone => T::default(),
        }
    }
}

/// A row that counts its writes: a change of it is one version on.
pub(super) trait Versioned: Serialize + DeserializeOwned + PartialEq {
    fn version(&self) -> u64;
}

/// A table, and how it is spoken to.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) client: Client,
    pub(super) name: String,
}

impl Table {
    pub(super) fn new(client: Client, name: impl Into<String>) -> Self {
        Self {
            client,
            name: name.into(),
        }
    }

    /// The row as it stands now; `None` when there is none.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        key: Item,
    ) -> Result<Option<T>, StoreError> {
        let item = self.item(operation, key).await?;
        item.map_or(Ok(None), |item| some(operation, item))
    }

    /// The same, attribute by attribute.
    pub(super) async fn item(
        &self,
        operation: &'static str,
        key: Item,
    ) -> Result<Option<Item>, StoreError> {
        let request = self.client.get_item().table_name(&self.name);
        let request = request.set_key(Some(key)).consistent_read(true);
        Ok(self.sent(operation, request.send().await)?.item)
    }

    /// Replaces a row by `next`, which is one version on, unless somebody else wrote since it was
    /// read; a row of version 1 may be new. `more` are the attributes beside it.
    pub(super) async fn put_if<T: Versioned>(
        &self,
        operation: &'static str,
        key: Item,
        next: &T,
        more: Item,
    ) -> Result<Put<T>, StoreError> {
        let seen = next.version().max(1) - 1;
        let put = self.put_request(operation, key, next, more)?;
        let put = put
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":seen", AttributeValue::N(seen.to_string()))
            .condition_expression(match seen {
                0 => "attribute_not_exists(#version) OR #version = :seen",
                _ => "#version = :seen",
            });
        self.put_under(operation, put, next).await
    }

    /// Puts a row under the condition of the request.
    pub(super) async fn put_under<T: DeserializeOwned + PartialEq>(
        &self,
        operation: &'static str,
        put: PutItemFluentBuilder,
        next: &T,
    ) -> Result<Put<T>, StoreError> {
        let put = put
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = put.send().await else {
            return Ok(Put::Done);
        };
        let refused = match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(refused)) => refused,
            _ => return Err(StoreError::of(operation, &self.name, &error)),
        };
        let item = refused.item.clone().unwrap_or_default();
        Ok(match some::<T>(operation, item)? {
            None => Put::Gone,
            Some(found) if found == *next => Put::Done,
            Some(found) => Put::Lost(Box::new(found)),
        })
    }

    /// Writes what `next` makes of a row, as it was `found` or as it stands, with `more` beside it; a row
    /// that is gone begins anew. What `next` refuses is not written, and its refusal handed on. Gives up
    /// when others were in the way so many `tries`.
    pub(super) async fn change<T: Versioned + Default, E>(
        &self,
        operation: &'static str,
        tries: usize,
        key: Item,
        mut found: T,
        more: Item,
        next: impl Fn(&T) -> Result<T, E>,
    ) -> Result<Result<T, E>, StoreError> {
        for _ in 0..tries {
            let wanted = match next(&found) {
                Ok(wanted) => wanted,
                refused => return Ok(refused),
            };
            let put = self.put_if(operation, key.clone(), &wanted, more.clone());
            match put.await? {
                Put::Done => return Ok(Ok(wanted)),
                put => found = put.or(wanted),
            }
        }
        Err(crowded(operation))
    }

    /// Puts a row, whatever was there.
    pub(super) async fn put(
        &self,
        operation: &'static str,
        key: Item,
        row: &impl Serialize,
    ) -> Result<(), StoreError> {
        let put = self.put_request(operation, key, row, Item::new())?;
        self.sent(operation, put.send().await).map(drop)
    }

    /// A put without a condition yet. An attribute without a value is left out.
    pub(super) fn put_request(
        &self,
        operation: &'static str,
        key: Item,
        row: &impl Serialize,
        more: Item,
    ) -> Result<PutItemFluentBuilder, StoreError> {
        let mut item: Item = serde_dynamo::to_item(row).map_err(|e| malformed(operation, &e))?;
        item.retain(|_, value| match value {
            AttributeValue::Null(_) => false,
            AttributeValue::L(list) => !list.is_empty(),
            _ => true,
        });
        item.extend(key);
        item.extend(more);
        let put = self.client.put_item().table_name(&self.name);
        Ok(put.set_item(Some(item)))
    }

    /// A change that is an expression, not a whole row.
    pub(super) fn update(&self, key: Item) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    /// Makes an update: the row after it, or the row that refused it; an empty one where there is none.
    pub(super) async fn row<T: DeserializeOwned + Default>(
        &self,
        operation: &'static str,
        update: UpdateItemFluentBuilder,
    ) -> Result<T, StoreError> {
        Ok(self.row_if(operation, update).await?.unwrap_or_default())
    }

    /// The same; `None` where there is none.
    pub(super) async fn row_if<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        update: UpdateItemFluentBuilder,
    ) -> Result<Option<T>, StoreError> {
        let item = match update.send().await {
            Ok(output) => output.attributes,
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                    refused.item.clone()
                }
                _ => return Err(StoreError::of(operation, &self.name, &error)),
            },
        };
        item.map_or(Ok(None), |item| some(operation, item))
    }

    /// Makes an update where its condition holds.
    pub(super) async fn apply(
        &self,
        operation: &'static str,
        update: UpdateItemFluentBuilder,
    ) -> Result<(), StoreError> {
        self.update_if(operation, update).await.map(drop)
    }

    /// Makes an update; whether its condition held.
    pub(super) async fn update_if(
        &self,
        operation: &'static str,
        update: UpdateItemFluentBuilder,
    ) -> Result<bool, StoreError> {
        self.held(operation, update.send().await)
    }

    /// A query of the rows for which `condition` holds, which is one of keys.
    pub(super) fn query(&self, condition: &str) -> QueryFluentBuilder {
        let query = self.client.query().table_name(&self.name);
        query.key_condition_expression(condition)
    }

    /// One page of a query.
    pub(super) async fn page<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        query: QueryFluentBuilder,
    ) -> Result<(Vec<T>, Option<Item>), StoreError> {
        let output = self.sent(operation, query.send().await)?;
        let rows = output.items.unwrap_or_default().into_iter();
        let rows: Result<_, _> = rows.map(|row| parse(operation, row)).collect();
        Ok((rows?, output.last_evaluated_key))
    }

    /// All rows of a query, page after page.
    pub(super) async fn all<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        query: QueryFluentBuilder,
    ) -> Result<Vec<T>, StoreError> {
        let rows = query.into_paginator().items().send();
        let rows: Vec<Item> = self.sent(operation, rows.collect::<Result<_, _>>().await)?;
        rows.into_iter().map(|row| parse(operation, row)).collect()
    }

    pub(super) fn deletion(&self, key: Item) -> DeleteItemFluentBuilder {
        self.client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(key))
    }

    /// Makes a deletion; whether its condition held.
    pub(super) async fn delete_if(
        &self,
        operation: &'static str,
        deletion: DeleteItemFluentBuilder,
    ) -> Result<bool, StoreError> {
        self.held(operation, deletion.send().await)
    }

    /// Whether the condition of a request held.
    fn held<T, E: ProvideErrorMetadata + Error + 'static>(
        &self,
        operation: &'static str,
        outcome: Result<T, SdkError<E>>,
    ) -> Result<bool, StoreError> {
        match outcome {
            Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(false),
            outcome => self.sent(operation, outcome).map(|_| true),
        }
    }

    /// What the table answered.
    pub(super) fn sent<T, E: ProvideErrorMetadata + Error + 'static>(
        &self,
        operation: &'static str,
        outcome: Result<T, SdkError<E>>,
    ) -> Result<T, StoreError> {
        outcome.map_err(|error| StoreError::of(operation, &self.name, &error))
    }
}

pub(super) fn parse<T: DeserializeOwned>(
    operation: &'static str,
    item: Item,
) -> Result<T, StoreError> {
    serde_dynamo::from_item(item).map_err(|e| malformed(operation, &e))
}

/// What a row holds; nothing where it has but its key and its end: it keeps a place empty.
fn some<T: DeserializeOwned>(operation: &'static str, item: Item) -> Result<Option<T>, StoreError> {
    let says = |name: &String| !matches!(name.as_str(), "id" | "part" | "expires_at");
    match item.keys().any(says) {
        true => parse(operation, item).map(Some),
        false => Ok(None),
    }
}

/// A part of a row as an attribute.
pub(super) fn value(
    operation: &'static str,
    part: &impl Serialize,
) -> Result<AttributeValue, StoreError> {
    serde_dynamo::to_attribute_value(part).map_err(|e| malformed(operation, &e))
}

pub(super) fn malformed(operation: &'static str, reason: &dyn std::fmt::Display) -> StoreError {
    StoreError::Malformed {
        operation,
        reason: redact(&reason.to_string(), 200),
    }
}

/// Too many write the same row at the same moment.
pub(super) fn crowded(operation: &'static str) -> StoreError {
    StoreError::Throttled {
        operation,
        reason: "too many write this row at this moment; try again".to_owned(),
    }
}

pub(super) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

/// The attribute by which a row ends.
pub(super) fn ends(at: Timestamp) -> Item {
    Item::from([("expires_at".to_owned(), number(at.as_secs()))])
}

pub(super) fn number(value: impl Into<i64>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

/// The key of a table that is keyed by `id` alone.
pub(super) fn id(id: &str) -> Item {
    Item::from([("id".to_owned(), text(id))])
}
