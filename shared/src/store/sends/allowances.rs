//! What a user did, and what was sent to them since.

use super::{Key, Sends};
use crate::{
    sends::allowance::{Interaction, Window, Windows},
    store::{StoreError, table::number},
    time::Timestamp,
};
use serde_json::{Map, Value};
use std::time::Duration;
use wechat_oa::ids::AppId;

/// How long a row is kept after the user's last interaction.
const KEEP: Duration = Duration::from_secs(30 * 86_400);

impl Sends {
    /// Notes that a user did something at that time (`CreateTime` of the push):
    /// opens its window. Any number of times, in any order. What WeChat refused before stays: only
    /// the two moments tell whether it still means anything.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn interacted(
        &self,
        app_id: &AppId,
        openid: &str,
        interaction: Interaction,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let update = self
            .update(&Key::allowance(app_id, openid))
            .update_expression(
                "SET #at = :at, #used = :zero, since_ms = if_not_exists(since_ms, :at), \
                 expires_at = :expires_at",
            )
            .condition_expression("attribute_not_exists(#at) OR #at < :at")
            .expression_attribute_names("#at", format!("{}_at", interaction.as_str()))
            .expression_attribute_names("#used", format!("{}_used", interaction.as_str()))
            .expression_attribute_values(":at", number(at))
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":expires_at", number((at + KEEP).as_secs()));
        self.table.apply("sends.interacted", update).await
    }

    /// What is known about a user; nothing where there is no row.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn windows(&self, app_id: &AppId, openid: &str) -> Result<Windows, StoreError> {
        let key = Key::allowance(app_id, openid).item();
        let row: Option<Map<String, Value>> = self.table.get("sends.windows", key).await?;
        let row = row.unwrap_or_default();
        let value = |name: &str| row.get(name).and_then(Value::as_i64);
        let at = |name: &str| value(name).map(Timestamp::from_millis);
        let count = |name: &str| value(name).map_or(0, |n| u32::try_from(n).unwrap_or(u32::MAX));
        Ok(Windows {
            since: at("since_ms"),
            windows: Interaction::ALL.map(|kind| Window {
                at: at(&format!("{}_at", kind.as_str())),
                used: count(&format!("{}_used", kind.as_str())),
            }),
            refused: value("refused_code").zip(at("refused_ms")),
        })
    }

    /// Counts a service message in a window of its receiver.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn charge(
        &self,
        app_id: &AppId,
        openid: &str,
        interaction: Interaction,
    ) -> Result<(), StoreError> {
        let update = self
            .update(&Key::allowance(app_id, openid))
            .update_expression("ADD #used :one")
            .condition_expression("attribute_exists(#used)")
            .expression_attribute_names("#used", format!("{}_used", interaction.as_str()))
            .expression_attribute_values(":one", number(1));
        self.table.apply("sends.charge", update).await
    }

    /// Remembers that WeChat refused a service message for want of a window or an allowance, in a
    /// call that began then. Of a user of whom nothing is known nothing is remembered: who
    /// left is not written down again.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn refused(
        &self,
        app_id: &AppId,
        openid: &str,
        errcode: i64,
        begun: Timestamp,
    ) -> Result<(), StoreError> {
        let update = self
            .update(&Key::allowance(app_id, openid))
            .update_expression("SET refused_code = :code, refused_ms = :begun")
            .condition_expression(
                "attribute_exists(id) AND (attribute_not_exists(refused_ms) OR refused_ms < :begun)",
            )
            .expression_attribute_values(":code", number(errcode))
            .expression_attribute_values(":begun", number(begun));
        self.table.apply("sends.refused", update).await
    }
}
