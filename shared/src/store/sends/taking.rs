//! Messages that come together are taken together or not at all.
//!
//! Their rows are written first, each with the name of the intake they came in. None is on the queue
//! before the intake is sealed, by one write: from then on all are taken, before it none is. An
//! intake that cannot be sealed takes its rows back. Whoever meets a row of an intake that is not
//! sealed stops that intake, which then cannot be sealed any more.

use super::{Accepted, Intake, Key, Sends, beside_message};
use crate::{
    sends::{Record, SendJob, State},
    store::{
        StoreError,
        table::{Put, text},
    },
    time::Timestamp,
};
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Map, Value};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Rows written side by side.
const SIDE_BY_SIDE: usize = 16;
/// How often a row is tried whose owner changes meanwhile.
const TRIES: usize = 4;

/// What became of messages that came together.
#[derive(Debug, Clone, PartialEq)]
pub enum Taken {
    /// All are taken; put on the queue those that wait, then close the intake.
    All(Vec<Accepted>),
    /// None is: the one of that place has the id of another message.
    Conflict(usize),
}

/// Intakes of others that were looked at: whether their rows count.
pub(super) type Known = Mutex<HashMap<String, bool>>;

impl Sends {
    /// Takes messages together: all or none. Ended half-way, by a failure or with the process,
    /// nothing is sent of those that were not there before: the same messages may come again at
    /// once, and what was written is taken back when the intake is due.
    ///
    /// # Errors
    /// When the table cannot be read or written, and when another request took one of the ids at
    /// the same moment.
    pub async fn take(
        &self,
        intake: &Intake,
        jobs: &[SendJob],
        now: Timestamp,
    ) -> Result<Taken, StoreError> {
        let known = Known::default();
        let writes = jobs.iter();
        let writes = writes.map(|job| self.reserve(intake, job, now, &known));
        let writes = stream::iter(writes.collect::<Vec<_>>()).buffered(SIDE_BY_SIDE);
        let accepted: Vec<Accepted> = writes.try_collect().await?;
        let is_other = |one: &Accepted| matches!(one, Accepted::Other(_));
        if let Some(place) = accepted.iter().position(is_other) {
            self.take_back(intake).await?;
            return Ok(Taken::Conflict(place));
        }
        if intake.unsealed && !self.seal(intake).await? {
            self.take_back(intake).await?;
            return Err(crossed());
        }
        Ok(Taken::All(accepted))
    }

    /// Deletes what an intake that was not sealed wrote, and then the intake. False when it is
    /// sealed: then its messages are taken.
    ///
    /// # Errors
    /// When the table cannot be read or written; then some of it is left, and the intake with it.
    pub async fn undo(&self, intake: &Intake) -> Result<bool, StoreError> {
        if !intake.unsealed || !self.stop(&intake.name).await? {
            return Ok(false);
        }
        self.take_back(intake).await?;
        Ok(true)
    }

    /// Writes the row of a message, unless there is one that counts.
    pub(super) async fn reserve(
        &self,
        intake: &Intake,
        job: &SendJob,
        now: Timestamp,
        known: &Known,
    ) -> Result<Accepted, StoreError> {
        let mut record = Record::new(&intake.app_id, job, now);
        record.intake = intake.unsealed.then(|| intake.name.clone());
        let mut over = None;
        for _ in 0..TRIES {
            let Put::Lost(found) = self.put_record(&record, over.as_deref()).await? else {
                return Ok(Accepted::New(Box::new(record)));
            };
            let owner = found.intake.as_ref().filter(|owner| **owner != intake.name);
            if let Some(owner) = owner
                && (found.state == State::Queued || found.is_scheduled())
                && !self.counts(owner, known).await?
            {
                over = Some(owner.clone());
                continue;
            }
            return Ok(match found.digest == record.digest {
                true => Accepted::Same(found),
                false => Accepted::Other(found),
            });
        }
        Err(crossed())
    }

    /// Puts a row where there is none, or only one of the intake `over`.
    async fn put_record(
        &self,
        record: &Record,
        over: Option<&str>,
    ) -> Result<Put<Record>, StoreError> {
        const OPERATION: &str = "sends.take";
        let key = Key::message(&record.app_id, &record.client_msg_id);
        let more = beside_message(record);
        let Some(over) = over else {
            return self.create(OPERATION, &key, record, more).await;
        };
        let put = (self.table).put_request(OPERATION, key.item(), record, more)?;
        let put = put
            .condition_expression("attribute_not_exists(id) OR intake = :over")
            .expression_attribute_values(":over", text(over));
        self.table.put_under(OPERATION, put, record).await
    }

    /// Whether the rows of another intake count: it is sealed or long done. If not, it is stopped.
    async fn counts(&self, name: &str, known: &Known) -> Result<bool, StoreError> {
        if let Some(counts) = seen(known).get(name).copied() {
            return Ok(counts);
        }
        let counts = !self.stop(name).await?;
        seen(known).insert(name.to_owned(), counts);
        Ok(counts)
    }

    /// Whether a row counts already: it came alone, or its intake is sealed.
    pub(super) async fn is_taken(&self, record: &Record) -> Result<bool, StoreError> {
        let Some(name) = &record.intake else {
            return Ok(true);
        };
        let key = Key::intake(name).item();
        let intake: Option<Intake> = self.table.get("sends.is_taken", key).await?;
        Ok(intake.is_none_or(|intake| !intake.unsealed))
    }

    /// Stops an intake that is not sealed, so that it never will be; whether it is stopped.
    async fn stop(&self, name: &str) -> Result<bool, StoreError> {
        let update = self
            .update(&Key::intake(name))
            .update_expression("SET stopped = :yes")
            .condition_expression("attribute_exists(id) AND unsealed = :yes")
            .expression_attribute_values(":yes", AttributeValue::Bool(true));
        let row: Map<String, Value> = self.table.row("sends.stop_intake", update).await?;
        Ok(row.get("stopped").is_some_and(|stopped| stopped == true))
    }

    /// Seals an intake, unless somebody stopped it.
    pub(super) async fn seal(&self, intake: &Intake) -> Result<bool, StoreError> {
        let update = self
            .update(&Key::intake(&intake.name))
            .update_expression("SET unsealed = :no")
            .condition_expression("attribute_exists(id) AND attribute_not_exists(stopped)")
            .expression_attribute_values(":no", AttributeValue::Bool(false));
        let row: Map<String, Value> = self.table.row("sends.seal_intake", update).await?;
        let unsealed = row.get("unsealed");
        Ok(unsealed == Some(&Value::Bool(false)) && !row.contains_key("stopped"))
    }

    /// Deletes the rows that an intake wrote and nobody took over, then the intake.
    async fn take_back(&self, intake: &Intake) -> Result<(), StoreError> {
        let deletions = intake.ids.iter();
        let deletions: Vec<_> = deletions.map(|id| self.take_back_one(intake, id)).collect();
        let deletions = stream::iter(deletions).buffer_unordered(SIDE_BY_SIDE);
        deletions.try_collect::<()>().await?;
        self.close_intake(intake).await
    }

    async fn take_back_one(&self, intake: &Intake, id: &str) -> Result<(), StoreError> {
        let deletion = self
            .deletion(&Key::message(&intake.app_id, id))
            .condition_expression("intake = :mine")
            .expression_attribute_values(":mine", text(&intake.name));
        let deleted = self.table.delete_if("sends.take_back", deletion);
        deleted.await.map(drop)
    }
}

fn seen(known: &Known) -> MutexGuard<'_, HashMap<String, bool>> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Another request takes the same ids; which of the two comes first is not decided yet.
fn crossed() -> StoreError {
    StoreError::Throttled {
        operation: "sends.take",
        reason: "another request takes some of these ids at this moment; ask again".to_owned(),
    }
}
