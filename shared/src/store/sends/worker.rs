//! A message with its worker: two writes, one before the call and one after.

use super::{ENTER, Key, Sends, item, keys, malformed};
use crate::{
    sends::{Failure, Record, SendJob, State, verdict::Verdict},
    store::{
        StoreError,
        write::{Item, number, text},
    },
};
use aws_sdk_dynamodb::{
    operation::update_item::builders::UpdateItemFluentBuilder, types::AttributeValue,
};
use serde::Serialize;

/// What enters a row only once, when the worker files it.
const NOT_FILED: [&str; 12] = [
    "id",
    "part",
    "state",
    "in_state",
    "history",
    "updated_ms",
    "attempts",
    "lease_owner",
    "lease_until",
    "begun_ms",
    "not_before_ms",
    "error",
];

/// A worker's claim to a message.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// Who: new for each invocation.
    pub me: &'a str,
    /// When the invocation is over and calls no more, in milliseconds since 1970.
    pub until_ms: i64,
    /// Now, in milliseconds since 1970.
    pub now_ms: i64,
}

impl Sends {
    /// Begins a message. The row that comes back tells what to do: [`Record::step`]. A message that
    /// was filed and has no row is gone: the row is empty.
    ///
    /// # Errors
    /// When the table cannot be written; then the message stays on the queue.
    pub async fn begin(
        &self,
        app_id: &str,
        job: &SendJob,
        claim: Claim<'_>,
    ) -> Result<Record, StoreError> {
        let key = Key::message(app_id, &job.client_msg_id);
        let update = self
            .enter(&key, app_id, State::Sending, claim.now_ms)
            .expression_attribute_values(":queued", text(State::Queued.as_str()))
            .expression_attribute_values(":parked", text(State::Parked.as_str()));
        let (update, filing) = filing(update, app_id, job, claim.now_ms)?;
        let update = leased(update, claim)
            .update_expression(format!("{ENTER}, {LEASE}{filing}"))
            .condition_expression(arriving(job, "#state IN (:queued, :parked)"));
        self.row("sends.begin", update).await
    }

    /// Takes over a message whose worker is gone: its call may or may not have been made.
    ///
    /// # Errors
    /// When the table cannot be written; then the message stays on the queue.
    pub async fn take_over(&self, gone: &Record, claim: Claim<'_>) -> Result<Record, StoreError> {
        let since_ms = match gone.uncertain_since_ms {
            0 => gone.begun_ms,
            since_ms => since_ms,
        };
        let from = gone.lease_owner.clone().unwrap_or_default();
        let key = Key::message(&gone.app_id, &gone.client_msg_id);
        let update = self
            .enter(&key, &gone.app_id, State::Sending, claim.now_ms)
            .expression_attribute_values(":from", text(&from))
            .expression_attribute_values(":since", number(since_ms));
        let update = leased(update, claim)
            .update_expression(format!("{ENTER}, {LEASE}, uncertain_since_ms = :since"))
            .condition_expression(
                "#state = :state AND lease_owner = :from AND lease_until <= :now",
            );
        self.row("sends.take_over", update).await
    }

    /// Writes what became of a message that `me` began, unless it was taken over. The row that
    /// comes back tells. `record` is the row as begun; a message that is to be parked has
    /// `until_ms`.
    ///
    /// # Errors
    /// When the table cannot be written; then the message's fate is found out when its lease ends.
    pub async fn settle(
        &self,
        record: &Record,
        verdict: &Verdict,
        until_ms: i64,
        me: &str,
        now_ms: i64,
    ) -> Result<Record, StoreError> {
        let key = Key::message(&record.app_id, &record.client_msg_id);
        let (state, failure) = outcome(verdict);
        let mut update = self
            .enter(&key, &record.app_id, state, now_ms)
            .condition_expression("lease_owner = :me AND #state = :sending")
            .expression_attribute_names("#error", "error")
            .expression_attribute_values(":me", text(me))
            .expression_attribute_values(":sending", text(State::Sending.as_str()))
            .expression_attribute_values(":attempts", number(attempts(record, verdict)))
            .expression_attribute_values(":uncertain", number(uncertain_since(record, verdict)))
            .expression_attribute_values(":until", number(until_ms));
        let enter = match verdict {
            Verdict::Again(again) if !again.counted => {
                update = update.expression_attribute_values(":before", history_before(record)?);
                REENTER
            }
            _ => ENTER,
        };
        let mut expression = format!(
            "{enter}, attempts = :attempts, uncertain_since_ms = :uncertain, not_before_ms = :until"
        );
        if let Verdict::Sent { msgid: Some(msgid) } = verdict {
            expression.push_str(", msgid = :msgid, wechat_id = :wechat_id");
            update = update
                .expression_attribute_values(":msgid", text(msgid))
                .expression_attribute_values(
                    ":wechat_id",
                    text(&keys::wechat_id(&record.app_id, msgid)),
                );
        }
        match failure {
            None => expression.push_str(" REMOVE #error"),
            Some(failure) => {
                expression.push_str(", #error = :error");
                update = update.expression_attribute_values(":error", value(failure)?);
            }
        }
        self.row("sends.settle", update.update_expression(expression))
            .await
    }

    /// Parks a message that was not begun. The row that comes back tells whether it is parked.
    ///
    /// # Errors
    /// When the table cannot be written; then the message stays on the queue.
    pub async fn park(
        &self,
        app_id: &str,
        job: &SendJob,
        until_ms: i64,
        now_ms: i64,
    ) -> Result<Record, StoreError> {
        let key = Key::message(app_id, &job.client_msg_id);
        let update = self
            .enter(&key, app_id, State::Parked, now_ms)
            .expression_attribute_values(":queued", text(State::Queued.as_str()))
            .expression_attribute_values(":until", number(until_ms));
        let (update, filing) = filing(update, app_id, job, now_ms)?;
        let update = update
            .update_expression(format!("{ENTER}, not_before_ms = :until{filing}"))
            .condition_expression(arriving(job, "#state = :queued"));
        self.row("sends.park", update).await
    }
}

/// How a message comes back from a try that was none: an outage leaves no trace that grows.
const REENTER: &str = "SET #state = :state, in_state = :in_state, updated_ms = :now, \
    history = list_append(:before, :entry)";

const LEASE: &str = "lease_owner = :me, lease_until = :until, begun_ms = :now, \
    attempts = if_not_exists(attempts, :zero) + :one";

fn leased(update: UpdateItemFluentBuilder, claim: Claim<'_>) -> UpdateItemFluentBuilder {
    update
        .expression_attribute_values(":me", text(claim.me))
        .expression_attribute_values(":until", number(claim.until_ms))
        .expression_attribute_values(":zero", number(0))
        .expression_attribute_values(":one", number(1))
}

fn arriving(job: &SendJob, condition: &str) -> String {
    if job.unfiled {
        format!("attribute_not_exists(id) OR {condition}")
    } else {
        condition.to_owned()
    }
}

/// For a message without a row: everything its row holds besides what every change writes.
fn filing(
    mut update: UpdateItemFluentBuilder,
    app_id: &str,
    job: &SendJob,
    now_ms: i64,
) -> Result<(UpdateItemFluentBuilder, String), StoreError> {
    let mut sets = String::new();
    if job.unfiled {
        let mut row: Item = item("sends.file", &Record::new(app_id, job, now_ms))?;
        row.retain(|name, _| !NOT_FILED.contains(&name.as_str()));
        for (name, value) in row {
            sets.push_str(&format!(
                ", #f_{name} = if_not_exists(#f_{name}, :f_{name})"
            ));
            update = update
                .expression_attribute_values(format!(":f_{name}"), value)
                .expression_attribute_names(format!("#f_{name}"), name);
        }
    }
    Ok((update, sets))
}

fn outcome(verdict: &Verdict) -> (State, Option<&Failure>) {
    match verdict {
        Verdict::Sent { .. } => (State::Sent, None),
        Verdict::Failed(failure) => (State::Failed, Some(failure)),
        Verdict::Unknown(failure) => (State::Unknown, Some(failure)),
        Verdict::Dead(failure) => (State::Dead, Some(failure)),
        Verdict::Quota(failure) => (State::Parked, Some(failure)),
        Verdict::Again(again) => (State::Queued, Some(&again.failure)),
    }
}

/// A try counts when WeChat was asked, and not when its answer was that the account may not ask.
fn attempts(record: &Record, verdict: &Verdict) -> i64 {
    let uncounted = match verdict {
        Verdict::Quota(_) => true,
        Verdict::Again(again) => !again.counted,
        _ => false,
    };
    i64::from(record.attempts.saturating_sub(u32::from(uncounted)))
}

fn uncertain_since(record: &Record, verdict: &Verdict) -> i64 {
    match verdict {
        Verdict::Again(again) if again.uncertain && record.uncertain_since_ms == 0 => {
            record.begun_ms
        }
        _ => record.uncertain_since_ms,
    }
}

/// Where a message had been before this try, and before it came back from another such one.
fn history_before(record: &Record) -> Result<AttributeValue, StoreError> {
    let mut before = record.history.clone();
    before.pop();
    let came_back = before
        .last()
        .is_some_and(|entry| entry.state == State::Queued);
    // The first entry says when the message came.
    if came_back && before.len() > 1 {
        before.pop();
    }
    value(&before)
}

fn value(part: &impl Serialize) -> Result<AttributeValue, StoreError> {
    serde_dynamo::to_attribute_value(part).map_err(|e| malformed("sends.settle", &e.to_string()))
}
