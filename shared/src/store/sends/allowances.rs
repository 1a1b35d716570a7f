//! What a user did, and what was sent to them since.

use super::{Key, Sends};
use crate::{
    sends::allowance::{Interaction, Window, Windows},
    store::{StoreError, table::number},
};
use serde_json::{Map, Value};

/// Seconds a row is kept after the user's last interaction.
const KEEP_S: i64 = 30 * 86_400;

impl Sends {
    /// Notes that a user did something at that time (`CreateTime` of the push, in milliseconds):
    /// opens its window. Any number of times, in any order. What WeChat refused before stays: only
    /// the two moments tell whether it still means anything.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn interacted(
        &self,
        app_id: &str,
        openid: &str,
        interaction: Interaction,
        at_ms: i64,
    ) -> Result<(), StoreError> {
        let update = self
            .table
            .update(Key::allowance(app_id, openid).item())
            .update_expression(
                "SET #at = :at, #used = :zero, since_ms = if_not_exists(since_ms, :at), \
                 expires_at = :expires_at",
            )
            .condition_expression("attribute_not_exists(#at) OR #at < :at")
            .expression_attribute_names("#at", format!("{}_at", interaction.as_str()))
            .expression_attribute_names("#used", format!("{}_used", interaction.as_str()))
            .expression_attribute_values(":at", number(at_ms))
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(
                ":expires_at",
                number((at_ms / 1000).saturating_add(KEEP_S)),
            );
        self.table
            .row::<Value>("sends.interacted", update)
            .await
            .map(drop)
    }

    /// What is known about a user; nothing where there is no row.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn windows(&self, app_id: &str, openid: &str) -> Result<Windows, StoreError> {
        let key = Key::allowance(app_id, openid).item();
        let row: Option<Map<String, Value>> = self.table.get("sends.windows", key).await?;
        let row = row.unwrap_or_default();
        let value = |name: &str| row.get(name).and_then(Value::as_i64).unwrap_or(0);
        let refused = (value("refused_code"), value("refused_ms"));
        Ok(Windows {
            since_ms: value("since_ms"),
            windows: Interaction::ALL.map(|kind| Window {
                at_ms: value(&format!("{}_at", kind.as_str())),
                used: u32::try_from(value(&format!("{}_used", kind.as_str()))).unwrap_or(u32::MAX),
            }),
            refused: (refused.0 != 0).then_some(refused),
        })
    }

    /// Counts a service message in a window of its receiver.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn charge(
        &self,
        app_id: &str,
        openid: &str,
        interaction: Interaction,
    ) -> Result<(), StoreError> {
        let update = self
            .table
            .update(Key::allowance(app_id, openid).item())
            .update_expression("ADD #used :one")
            .condition_expression("attribute_exists(#used)")
            .expression_attribute_names("#used", format!("{}_used", interaction.as_str()))
            .expression_attribute_values(":one", number(1));
        self.table
            .row::<Value>("sends.charge", update)
            .await
            .map(drop)
    }

    /// Remembers that WeChat refused a service message for want of a window or an allowance, in a
    /// call that began at `begun_ms`. Of a user of whom nothing is known nothing is remembered: who
    /// left is not written down again.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn refused(
        &self,
        app_id: &str,
        openid: &str,
        errcode: i64,
        begun_ms: i64,
    ) -> Result<(), StoreError> {
        let update = self
            .table
            .update(Key::allowance(app_id, openid).item())
            .update_expression("SET refused_code = :code, refused_ms = :begun")
            .condition_expression(
                "attribute_exists(id) AND (attribute_not_exists(refused_ms) OR refused_ms < :begun)",
            )
            .expression_attribute_values(":code", number(errcode))
            .expression_attribute_values(":begun", number(begun_ms));
        self.table
            .row::<Value>("sends.refused", update)
            .await
            .map(drop)
    }
}
