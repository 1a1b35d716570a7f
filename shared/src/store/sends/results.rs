//! Results that WeChat pushes, before or after the worker's own write.

use super::{Key, Sends, keys};
use crate::{
    sends::{Failure, Record, SendKind, State},
    store::{
        StoreError,
        table::{Item, number, parse, text},
    },
};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// When a result without a message is looked at again, in milliseconds after it came. It may
/// belong to another system; after the last look it is dropped.
const LOOKS_MS: [i64; 4] = [60_000, 300_000, 900_000, 3_600_000];
/// A result names its message by receiver and template no longer than this, in milliseconds.
const SAME_DAY_MS: i64 = 86_400_000;
/// How far a call may seem to begin after its result was pushed: whole seconds, and two clocks.
const SKEW_MS: i64 = 3_000;
/// Of two calls nearer to each other than this, a late result may belong to the first.
const APART_MS: i64 = 60_000;

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It is on the phone.
    Delivered,
    /// It is not, and will not be.
    Failed(Failure),
}

/// A result as WeChat pushes it (protocol section 2.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushedResult {
    /// The receiver: `FromUserName` of the push.
    pub openid: String,
    /// The `MsgID`.
    pub msgid: String,
    /// The `TemplateId`, which `subscribe_msg_sent_event` brings: a message whose answer had no
    /// msgid is found by receiver and template, once every other one has its msgid written.
    #[serde(default)]
    pub template_id: Option<String>,
    /// When WeChat pushed it, in milliseconds since 1970, to the second.
    pub pushed_ms: i64,
    /// What became of it.
    pub fate: Fate,
}

/// A result without its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlyResult(Key);

#[derive(Serialize, Deserialize)]
struct Waiting {
    app_id: String,
    result: PushedResult,
    came_ms: i64,
    due: String,
    due_ms: i64,
    expires_at: i64,
}

impl Sends {
    /// Takes a result to its message. One that comes before the worker's own write waits in the
    /// table and is looked at again by [`look_again`](Self::look_again). Any number of times.
    /// Returns whether the message was there.
    ///
    /// # Errors
    /// When the table cannot be read or written; then the result must come again.
    pub async fn result(
        &self,
        app_id: &str,
        result: &PushedResult,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let named = self.by_msgid(app_id, &result.msgid).await?;
        let joined = self.join(named, result, now_ms).await?;
        if !joined {
            self.wait(app_id, result, now_ms, now_ms).await?;
        }
        Ok(joined)
    }

    /// Results that came too early and are to be looked at again, some hundreds at most.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn early_results(&self, now_ms: i64) -> Result<Vec<EarlyResult>, StoreError> {
        let due = self.due("result", now_ms).await?;
        Ok(due.into_iter().map(EarlyResult).collect())
    }

    /// Looks again at a result that came too early; whether its message is there now. After the
    /// last look it is dropped: it belongs to another system.
    ///
    /// # Errors
    /// When the table cannot be read or written.
    pub async fn look_again(&self, early: &EarlyResult, now_ms: i64) -> Result<bool, StoreError> {
        const OPERATION: &str = "sends.look_again";
        let EarlyResult(key) = early;
        let Some(waiting): Option<Waiting> = self.table.get(OPERATION, key.item()).await? else {
            return Ok(false);
        };
        let (app_id, result) = (&waiting.app_id, &waiting.result);
        // By now the worker has written the msgid it got: only a message without one is left.
        let named = match self.by_msgid(app_id, &result.msgid).await? {
            Some(key) => Some(key),
            None => self.by_template(&waiting).await?,
        };
        let found = self.join(named, result, now_ms).await?;
        if !found && next_look(waiting.came_ms, now_ms).is_some() {
            self.wait(app_id, result, waiting.came_ms, now_ms).await?;
        } else {
            self.delete(OPERATION, key).await?;
        }
        Ok(found)
    }

    async fn join(
        &self,
        found: Option<Key>,
        result: &PushedResult,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        const OPERATION: &str = "sends.result";
        let Some(key) = found else {
            return Ok(false);
        };
        let Some(row): Option<Record> = self.table.get(OPERATION, key.item()).await? else {
            return Ok(false);
        };
        let failure = match &result.fate {
            Fate::Delivered => None,
            Fate::Failed(failure) => Some(failure),
        };
        let joined = |row: &Record| row.joined(&result.msgid, failure, now_ms);
        let row = self.change(OPERATION, &row, joined).await?;
        Ok(row.is_some_and(|row| matches!(row.state, State::Delivered | State::Failed)))
    }

    async fn by_msgid(&self, app_id: &str, msgid: &str) -> Result<Option<Key>, StoreError> {
        const OPERATION: &str = "sends.by_msgid";
        let query = self
            .table
            .query()
            .index_name(keys::BY_MSGID)
            .key_condition_expression("wechat_id = :id")
            .expression_attribute_values(":id", text(&keys::wechat_id(app_id, msgid)))
            .limit(1);
        let (found, _) = self.table.page(OPERATION, query).await?;
        Ok(found.iter().find_map(Key::of))
    }

    /// The message without an id whose call was the last by that template to that receiver before
    /// the result. None where that cannot be told: better unknown than wrongly delivered.
    async fn by_template(&self, waiting: &Waiting) -> Result<Option<Key>, StoreError> {
        const OPERATION: &str = "sends.by_template";
        let (app_id, result) = (&waiting.app_id, &waiting.result);
        let before_ms = waiting
            .came_ms
            .min(result.pushed_ms.saturating_add(SKEW_MS));
        let Some(template_id) = &result.template_id else {
            return Ok(None);
        };
        let since_ms = before_ms.saturating_sub(SAME_DAY_MS);
        let query = self
            .table
            .query()
            .index_name(keys::BY_USER)
            .key_condition_expression("#user = :user AND created_ms BETWEEN :since AND :before")
            .expression_attribute_names("#user", "user")
            .expression_attribute_values(":user", text(&keys::user(app_id, &result.openid)))
            .expression_attribute_values(":since", number(since_ms))
            .expression_attribute_values(":before", number(before_ms))
            .scan_index_forward(false);
        let (rows, _) = self.table.page(OPERATION, query).await?;
        let rows: Vec<Record> = rows
            .into_iter()
            .map(|item| parse(OPERATION, item))
            .collect::<Result<_, _>>()?;
        let called_ms = |row: &Record| {
            let calls = row.history.iter().filter(|e| e.state == State::Sending);
            calls.map(|e| e.at).filter(|at| *at <= before_ms).max()
        };
        let fits = |row: &&Record| {
            row.kind == Some(SendKind::Subscription)
                && row.template_id.as_ref() == Some(template_id)
                && row.msgid.is_none()
                && matches!(row.state, State::Sending | State::Sent | State::Unknown)
        };
        let fitting = rows.iter().filter(fits);
        let mut calls: Vec<_> = fitting
            .filter_map(|row| Some((called_ms(row)?, row)))
            .collect();
        calls.sort_by_key(|(at, _)| Reverse(*at));
        Ok(match calls[..] {
            [(last, _), (before, _), ..] if last - before < APART_MS => None,
            // Its worker is gone; another will say that its fate is not known.
            [(_, row), ..] if row.state == State::Sending => None,
            [(_, row), ..] => Some(Key::message(app_id, &row.client_msg_id)),
            [] => None,
        })
    }

    async fn wait(
        &self,
        app_id: &str,
        result: &PushedResult,
        came_ms: i64,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        const OPERATION: &str = "sends.wait";
        let last = came_ms.saturating_add(LOOKS_MS.last().copied().unwrap_or_default());
        let waiting = Waiting {
            app_id: app_id.to_owned(),
            result: result.clone(),
            came_ms,
            due: "result".to_owned(),
            due_ms: next_look(came_ms, now_ms).unwrap_or(now_ms),
            expires_at: last.saturating_add(SAME_DAY_MS) / 1000,
        };
        let key = Key::result(app_id, &result.openid, &result.msgid);
        self.table
            .put(OPERATION, key.item(), &waiting, Item::new())
            .await
    }
}

fn next_look(came_ms: i64, now_ms: i64) -> Option<i64> {
    LOOKS_MS
        .iter()
        .map(|look| came_ms.saturating_add(*look))
        .find(|at| *at > now_ms)
}
