//! A message with its worker: two writes, one before the call and one after. What each comes to is decided
//! by the row alone: see [`Record::claimed`] and its like.

use super::{Key, Sends, beside_message};
use crate::{
    sends::{Record, SendJob, Step, record::Claim, verdict::Verdict},
    store::{
        StoreError,
        table::{Put, crowded, number},
    },
    time::Timestamp,
};
use wechat_oa::ids::AppId;

/// Writers of a row that may be in each other's way before one gives up.
const TRIES: usize = 8;

impl Sends {
    /// Begins a message. The row that comes back tells what to do: [`Record::step`]. `None`: a message
    /// that was filed and has no row is gone.
    ///
    /// # Errors
    /// When the table cannot be written; then the message stays on the queue.
    pub async fn begin(
        &self,
        app_id: &AppId,
        job: &SendJob,
        claim: Claim<'_>,
    ) -> Result<Option<Record>, StoreError> {
        let claimed = |row: &Record| row.claimed(claim);
        let begun = self.arrive("sends.begin", app_id, job, claim.now, claimed);
        begun.await
    }

    /// Begins a message, or takes it over from a worker that is gone. The row that comes back tells what to
    /// do: [`Record::step`]; `None` as in [`begin`](Self::begin).
    ///
    /// # Errors
    /// When the table cannot be written; then the message stays on the queue.
    pub async fn claim(
        &self,
        app_id: &AppId,
        job: &SendJob,
        claim: Claim<'_>,
    ) -> Result<Option<Record>, StoreError> {
        let begun = self.begin(app_id, job, claim).await?;
        match begun {
            Some(row) if matches!(row.step(claim.me, claim.now), Step::TakeOver { .. }) => {
                self.take_over(&row, claim).await
            }
            begun => Ok(begun),
        }
    }

    /// Takes over a message whose worker is gone: its call may or may not have been made. The row that
    /// comes back tells who has it.
    ///
    /// # Errors
    /// When the table cannot be written; then the message stays on the queue.
    pub async fn take_over(
        &self,
        gone: &Record,
        claim: Claim<'_>,
    ) -> Result<Option<Record>, StoreError> {
        let from = gone.lease_owner.as_deref();
        let taken_over = |row: &Record| row.taken_over(from, claim);
        self.change("sends.take_over", gone, taken_over).await
    }

    /// Writes what became of a message that `me` began, unless it was taken over. The row that
    /// comes back tells. `record` is the row as begun; a message that is to be parked has
    /// `until`.
    ///
    /// # Errors
    /// When the table cannot be written; then the message's fate is found out when its lease ends.
    pub async fn settle(
        &self,
        record: &Record,
        verdict: &Verdict,
        until: Timestamp,
        me: &str,
        now: Timestamp,
    ) -> Result<Option<Record>, StoreError> {
        let settled = |row: &Record| row.settled(verdict, until, me, now);
        self.change("sends.settle", record, settled).await
    }

    /// Parks a message that was not begun. The row that comes back tells whether it is parked.
    ///
    /// # Errors
    /// When the table cannot be written; then the message stays on the queue.
    pub async fn park(
        &self,
        app_id: &AppId,
        job: &SendJob,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Record>, StoreError> {
        let parked = |row: &Record| row.parked(until, now);
        self.arrive("sends.park", app_id, job, now, parked).await
    }

    /// Changes a message that comes off the queue. The first write is made from the job where that says how
    /// the row was filed, or that there is none yet: nothing has to be read.
    async fn arrive(
        &self,
        operation: &'static str,
        app_id: &AppId,
        job: &SendJob,
        now: Timestamp,
        next: impl Fn(&Record) -> Option<Record>,
    ) -> Result<Option<Record>, StoreError> {
        if job.unfiled {
            let unfiled = Record::unfiled(app_id, job, now);
            let Some(first) = next(&unfiled) else {
                return Ok(None);
            };
            let key = Key::message(app_id, &first.client_msg_id);
            let more = beside_message(&first);
            return match self.create(operation, &key, &first, more).await? {
                Put::Done => Ok(Some(first)),
                Put::Lost(row) => self.change(operation, &row, next).await,
                Put::Gone => Ok(None),
            };
        }
        let seen = match Record::filed(app_id, job) {
            Some(filed) => Some(filed),
            None => self.read(app_id, &job.client_msg_id).await?,
        };
        match seen {
            Some(seen) => self.change(operation, &seen, next).await,
            None => Ok(None),
        }
    }

    /// Writes what `next` makes of a row, as it was seen or as it stands; nothing where that is `None`. The
    /// row that comes back is how things stand.
    pub(super) async fn change(
        &self,
        operation: &'static str,
        seen: &Record,
        next: impl Fn(&Record) -> Option<Record>,
    ) -> Result<Option<Record>, StoreError> {
        let mut seen = seen.clone();
        for _ in 0..TRIES {
            let Some(wanted) = next(&seen) else {
                return Ok(Some(seen));
            };
            match self.replace_message(operation, &seen, &wanted).await? {
                Put::Done => return Ok(Some(wanted)),
                Put::Gone => return Ok(None),
                Put::Lost(row) => seen = *row,
            }
        }
        Err(crowded(operation))
    }

    /// Replaces a message's row, if it is still the one that was seen. Beside its version its time counts:
    /// a version of this code that counts no writes may run beside this one while it is deployed.
    async fn replace_message(
        &self,
        operation: &'static str,
        seen: &Record,
        wanted: &Record,
    ) -> Result<Put<Record>, StoreError> {
        let key = Key::message(&wanted.app_id, &wanted.client_msg_id).item();
        let more = beside_message(wanted);
        let put = self.table.put_request(operation, key, wanted, more)?;
        let put = put
            .expression_attribute_values(":seen", number(seen.version.cast_signed()))
            .expression_attribute_values(":at", number(seen.updated));
        let put = put.condition_expression(match seen.version {
            0 => "updated_ms = :at AND (attribute_not_exists(version) OR version = :seen)",
            _ => "updated_ms = :at AND version = :seen",
        });
        self.table.put_under(operation, put, wanted).await
    }
}
