//! Results that WeChat pushes, before or after the worker's own write.

use super::{Key, Sends, keys};
use crate::{
    sends::{Failure, Record, SendKind, State, secs},
    store::{
        StoreError,
        table::{number, text},
    },
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::{cmp::Reverse, time::Duration};
use wechat_oa::ids::AppId;

/// How long after it came a result without its message or batch is looked at again. It may belong to
/// another system, and is given up after the last look.
const LOOKS: [Duration; 4] = [secs(60), secs(300), secs(900), secs(3_600)];
/// A result names its message by receiver and template no longer than this.
const SAME_DAY: Duration = secs(86_400);
/// How far a call may seem to begin after its result was pushed: whole seconds, and two clocks.
const SKEW: Duration = secs(3);
/// Of two calls nearer to each other than this, a late result may belong to the first.
const APART: Duration = secs(60);

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
    /// When WeChat pushed it, to the second.
    #[serde(rename = "pushed_ms")]
    pub pushed: Timestamp,
    /// What became of it.
    pub fate: Fate,
}

/// A result without its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlyResult(Key);

/// A result that waits for what it is of; it is looked at again while it is due.
#[derive(Serialize, Deserialize)]
pub(super) struct Waiting<R = PushedResult> {
    pub(super) app_id: AppId,
    pub(super) result: R,
    #[serde(rename = "came_ms")]
    pub(super) came: Timestamp,
    pub(super) due: Option<String>,
    #[serde(rename = "due_ms")]
    pub(super) due_at: Option<Timestamp>,
    pub(super) expires_at: i64,
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
        app_id: &AppId,
        result: &PushedResult,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let named = self.by_msgid(app_id, &result.msgid).await?;
        let joined = self.join(named, result, now).await?;
        if !joined {
            self.wait(app_id, result, now, now).await?;
        }
        Ok(joined)
    }

    /// Results that came too early and are to be looked at again, some hundreds at most.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn early_results(&self, now: Timestamp) -> Result<Vec<EarlyResult>, StoreError> {
        let due = self.due("result", now).await?;
        Ok(due.into_iter().map(EarlyResult).collect())
    }

    /// Looks again at a result that came too early; whether its message is there now. After the
    /// last look it is dropped: it belongs to another system.
    ///
    /// # Errors
    /// When the table cannot be read or written.
    pub async fn look_again(
        &self,
        early: &EarlyResult,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
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
        let found = self.join(named, result, now).await?;
        match next_look(waiting.came, now) {
            Some(_) if !found => self.wait(app_id, result, waiting.came, now).await?,
            _ => self.delete(OPERATION, key).await?,
        }
        Ok(found)
    }

    async fn join(
        &self,
        found: Option<Key>,
        result: &PushedResult,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        const OPERATION: &str = "sends.result";
        let Some(row) = self.rows::<Record>(OPERATION, found).await?.pop() else {
            return Ok(false);
        };
        let failure = match &result.fate {
            Fate::Delivered => None,
            Fate::Failed(failure) => Some(failure),
        };
        let joined = |row: &Record| row.joined(&result.msgid, failure, now);
        let row = self.change(OPERATION, &row, joined).await?;
        Ok(row.is_some_and(|row| matches!(row.state, State::Delivered | State::Failed)))
    }

    async fn by_msgid(&self, app_id: &AppId, msgid: &str) -> Result<Option<Key>, StoreError> {
        let id = keys::wechat_id(app_id, msgid);
        let found = self.by_wechat_id("sends.by_msgid", &id, 1).await?;
        Ok(found.into_iter().next())
    }

    /// The messages, or batches, that WeChat knows by an id; `most` of them.
    pub(super) async fn by_wechat_id(
        &self,
        operation: &'static str,
        id: &str,
        most: i32,
    ) -> Result<Vec<Key>, StoreError> {
        let query = self
            .query("wechat_id = :id")
            .index_name(keys::BY_MSGID)
            .expression_attribute_values(":id", text(id))
            .limit(most);
        Ok(self.table.page(operation, query).await?.0)
    }

    /// The message without an id whose call was the last by that template to that receiver before
    /// the result. None where that cannot be told: better unknown than wrongly delivered.
    async fn by_template(&self, waiting: &Waiting) -> Result<Option<Key>, StoreError> {
        const OPERATION: &str = "sends.by_template";
        let (app_id, result) = (&waiting.app_id, &waiting.result);
        let before = waiting.came.min(result.pushed + SKEW);
        let Some(template_id) = &result.template_id else {
            return Ok(None);
        };
        let query = self
            .query("#user = :user AND created_ms BETWEEN :since AND :before")
            .index_name(keys::BY_USER)
            .expression_attribute_names("#user", "user")
            .expression_attribute_values(":user", text(&keys::user(app_id, &result.openid)))
            .expression_attribute_values(":since", number(before - SAME_DAY))
            .expression_attribute_values(":before", number(before))
            .scan_index_forward(false);
        let (found, _) = self.table.page(OPERATION, query).await?;
        let rows: Vec<Record> = self.rows(OPERATION, found).await?;
        let called = |row: &Record| {
            let calls = row.history.iter().filter(|e| e.state == State::Sending);
            calls.map(|e| e.at).filter(|at| *at <= before).max()
        };
        let fits = |row: &&Record| {
            row.kind == SendKind::Subscription
                && row.template_id.as_ref() == Some(template_id)
                && row.msgid.is_none()
                && matches!(row.state, State::Sending | State::Sent | State::Unknown)
        };
        let calls = rows.iter().filter(fits);
        let mut calls: Vec<_> = calls.filter_map(|row| Some((called(row)?, row))).collect();
        calls.sort_by_key(|(at, _)| Reverse(*at));
        Ok(match calls[..] {
            [(last, _), (before, _), ..] if last.since(before) < APART => None,
            // Its worker is gone; another will say that its fate is not known.
            [(_, row), ..] if row.state == State::Sending => None,
            [(_, row), ..] => Some(Key::message(app_id, &row.client_msg_id)),
            [] => None,
        })
    }

    async fn wait(
        &self,
        app_id: &AppId,
        result: &PushedResult,
        came: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let last = LOOKS.last().copied().unwrap_or_default();
        let waiting = Waiting {
            app_id: app_id.to_owned(),
            result: result.clone(),
            came,
            due: Some(keys::due("result", app_id)),
            due_at: next_look(came, now).or(Some(now)),
            expires_at: (came + last + SAME_DAY).as_secs(),
        };
        let key = Key::result(app_id, &result.openid, &result.msgid).item();
        self.table.put("sends.wait", key, &waiting).await
    }
}

/// When a result that came then is looked at next.
pub(super) fn next_look(came: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let mut looks = LOOKS.iter().map(|look| came + *look);
    looks.find(|at| *at > now)
}
