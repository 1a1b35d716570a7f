//! Table `logins`: web logins on their way, keyed `id`. Three kinds of row: the key that signs an
//! account's states, a journey that came back, and a one-time code for the site.

use super::{
    StoreError,
    table::{Table, id, number, text, value},
};
use crate::{
    time::Timestamp,
    web::{
        digest,
        journey::{JOURNEY_S, StateKey},
        login::{CODE, LEASE, Login, Outcome},
    },
};
use aws_sdk_dynamodb::{Client, operation::update_item::builders::UpdateItemFluentBuilder};
use serde::{Deserialize, de::DeserializeOwned};
use wechat_oa::ids::AppId;

/// The table of logins.
#[derive(Debug, Clone)]
pub struct Logins {
    table: Table,
}

/// The row of a one-time code.
#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
struct Handed<T> {
    visitor: T,
    redeemed_by: Option<String>,
}

impl Logins {
    /// The logins in the table of that name.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        let table = Table::new(client, table);
        Self { table }
    }

    /// The key that signs the account's states: `fresh` when it has none yet.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn key(&self, app_id: &AppId, fresh: &str) -> Result<StateKey, StoreError> {
        #[derive(Default, Deserialize)]
        struct Row {
            state_key: String,
        }
        let update = self
            .update(&format!("{app_id}#key"))
            .update_expression("SET state_key = if_not_exists(state_key, :fresh)")
            .expression_attribute_values(":fresh", text(fresh));
        let row: Row = self.table.row("logins.key", update).await?;
        Ok(StateKey::new(row.state_key))
    }

    /// Takes the lease on the exchange of WeChat's `code`, which a journey brought, for `me`; the
    /// row that comes back tells who has it, or who the visitor is. A journey that came to nothing by
    /// one code may come to something by another; once it is known who it is, no code changes that.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn bid<T: Outcome>(
        &self,
        app_id: &AppId,
        nonce: &str,
        code: &str,
        me: &str,
        now: Timestamp,
    ) -> Result<Login<T>, StoreError> {
        let update = self
            .journey(app_id, nonce)
            .update_expression(
                "SET code = :code, lease_owner = :me, lease_until = :until, expires_at = :gone",
            )
            .condition_expression(
                "attribute_not_exists(id) OR (attribute_not_exists(visitor) \
                 AND (attribute_not_exists(lease_until) OR lease_until <= :now OR lease_owner = :me))",
            )
            .expression_attribute_values(":code", text(code))
            .expression_attribute_values(":me", text(me))
            .expression_attribute_values(":now", number(now))
            .expression_attribute_values(":until", number(now + LEASE))
            .expression_attribute_values(":gone", number(now.as_secs() + JOURNEY_S));
        let found = self.table.row_if("logins.bid", update).await?;
        Ok(found.unwrap_or(Login {
            lease_owner: String::new(),
            visitor: None,
        }))
    }

    /// Files who it is.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn finish(
        &self,
        app_id: &AppId,
        nonce: &str,
        me: &str,
        visitor: &impl Outcome,
    ) -> Result<(), StoreError> {
        const OPERATION: &str = "logins.finish";
        let update = self
            .journey(app_id, nonce)
            .update_expression("SET visitor = :visitor REMOVE lease_until")
            .condition_expression("lease_owner = :me")
            .expression_attribute_values(":me", text(me))
            .expression_attribute_values(":visitor", value(OPERATION, visitor)?);
        self.table.apply(OPERATION, update).await
    }

    /// Gives the lease back after an exchange that failed, so that a reload tries again at once.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn release(&self, app_id: &AppId, nonce: &str, me: &str) -> Result<(), StoreError> {
        let update = self
            .journey(app_id, nonce)
            .update_expression("REMOVE lease_until")
            .condition_expression("lease_owner = :me")
            .expression_attribute_values(":me", text(me));
        self.table.apply("logins.release", update).await
    }

    /// Files a visitor under the site's one-time `code`, which the table does not learn.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn hand_over<T: Outcome>(
        &self,
        app_id: &AppId,
        code: &str,
        visitor: &T,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const OPERATION: &str = "logins.hand_over";
        let ends = now + CODE;
        let update = self
            .code::<T>(app_id, code)
            .update_expression("SET visitor = :visitor, ends_ms = :ends, expires_at = :gone")
            .expression_attribute_values(":visitor", value(OPERATION, visitor)?)
            .expression_attribute_values(":ends", number(ends))
            .expression_attribute_values(":gone", number(ends.as_secs()));
        self.table.apply(OPERATION, update).await
    }

    /// Uses the site's one-time `code` up for `me`; none when it is unknown, used or too old. A
    /// repeat by the same `me`, as the SDK makes when an answer is lost, still gets the visitor.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn redeem<T: Outcome>(
        &self,
        app_id: &AppId,
        code: &str,
        me: &str,
        now: Timestamp,
    ) -> Result<Option<T>, StoreError> {
        let update = self
            .code::<T>(app_id, code)
            .update_expression("SET redeemed_by = :me")
            .condition_expression(
                "ends_ms > :now AND (attribute_not_exists(redeemed_by) OR redeemed_by = :me)",
            )
            .expression_attribute_values(":me", text(me))
            .expression_attribute_values(":now", number(now));
        let handed: Option<Handed<T>> = self.table.row_if("logins.redeem", update).await?;
        let mine = handed.filter(|handed| handed.redeemed_by.as_deref() == Some(me));
        Ok(mine.map(|handed| handed.visitor))
    }

    fn journey(&self, app_id: &AppId, nonce: &str) -> UpdateItemFluentBuilder {
        self.update(&format!("{app_id}#journey#{nonce}"))
    }

    fn code<T: Outcome>(&self, app_id: &AppId, code: &str) -> UpdateItemFluentBuilder {
        self.update(&format!("{app_id}#{}#{}", T::CODES, digest(code)))
    }

    fn update(&self, key: &str) -> UpdateItemFluentBuilder {
        self.table.update(id(key))
    }
}

#[cfg(test)]
mod tests;
