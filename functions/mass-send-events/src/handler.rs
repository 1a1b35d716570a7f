//! A batch of pushes from the inbox, written into the table of sends.

use crate::effects::{Effect, Filed};
use futures_util::{StreamExt as _, stream};
use shared::{
    clock::SharedClock,
    lambda::{BatchFailures, Context, SendQueue, StreamEvent, StreamRecord},
    problem::Problem,
    sends::{
        Outgoing,
        campaign::{Work, result::MassResult},
    },
    store::{Departure, Inbox, Landed, Sends, StoreError},
    time::{Timestamp, millis},
};
use std::time::Duration;
use wechat_oa::ids::AppId;

/// Pushes written side by side; each is its own, and what comes twice changes nothing.
const SIDE_BY_SIDE: usize = 16;

/// An erasure begins twenty seconds after its push came: with clocks five seconds apart, later than
/// this after anything the user did before.
const FRESH: Duration = Duration::from_secs(5);

/// Writes down what pushes mean. A push that is not done the stream brings again, and in the end to
/// the dead letters.
pub struct Handler {
    inbox: Inbox,
    sends: Sends,
    mass_queue: SendQueue,
    clock: SharedClock,
}

impl Handler {
    /// A handler in these surroundings.
    pub fn new(context: &mut Context) -> Self {
        Self {
            inbox: context.inbox(),
            sends: context.sends(),
            mass_queue: context.mass_send_queue(),
            clock: context.clock(),
        }
    }

    /// Writes what the pushes mean and tells which are not done.
    pub async fn handle(&self, event: &StreamEvent) -> BatchFailures {
        let started = self.clock.now();
        let written = stream::iter(&event.records)
            .map(|record| async move { (record.sequence(), self.write(record).await) });
        let mut written = written.buffer_unordered(SIDE_BY_SIDE);
        let mut failures = BatchFailures::default();
        while let Some((sequence, done)) = written.next().await {
            if let Err(problem) = done {
                tracing::error!(sequence, reason = problem.error_type(), detail = %problem, "push");
                failures.add(sequence);
            }
        }
        let (pushes, failed) = (event.records.len(), failures.count());
        let ms = millis(self.clock.now().since(started));
        tracing::info!(pushes, failed, ms, "batch");
        failures
    }

    async fn write(&self, record: &StreamRecord) -> Result<(), Problem> {
        let filed: Filed = record.row()?;
        let mut of_user = false;
        for effect in filed.effects() {
            of_user |= effect.is_of_user();
            self.apply(&filed, effect).await?;
        }
        if of_user && may_be_erased(filed.at(), self.clock.now()) {
            self.forget_erased(&filed).await?;
        }
        Ok(())
    }

    /// What a user did who was erased meanwhile is forgotten again. An erasure takes the push first:
    /// while that is there, the erasure that takes it will find what was just written.
    async fn forget_erased(&self, filed: &Filed) -> Result<(), StoreError> {
        if self.inbox.read(&filed.id).await?.is_some() {
            return Ok(());
        }
        let left = Departure::after(filed.at());
        let rows = self.sends.forget(&filed.app_id, &filed.openid, left);
        tracing::info!(rows = rows.await?, "user has left");
        Ok(())
    }

    async fn apply(&self, filed: &Filed, effect: Effect) -> Result<(), StoreError> {
        let (app_id, openid) = (&filed.app_id, filed.openid.as_str());
        match effect {
            Effect::Mass(result) => self.mass_result(app_id, &result).await,
            Effect::Result(result) => {
                let written = self.sends.result(app_id, &result, self.clock.now());
                written.await.map(drop)
            }
            Effect::Consent {
                template,
                change,
                event_id,
            } => {
                let consents = self.sends.consents();
                let at = filed.at();
                let written = consents.record(app_id, openid, &template, change, &event_id, at);
                written.await
            }
            Effect::Interacted(interaction) => {
                let at = filed.at();
                self.sends.interacted(app_id, openid, interaction, at).await
            }
        }
    }

    /// Takes a result to its batch; whoever looks after the campaign goes on at once.
    async fn mass_result(&self, app_id: &AppId, result: &MassResult) -> Result<(), StoreError> {
        let now = self.clock.now();
        let landed = self.sends.mass_result(app_id, result, now).await?;
        let (msg_id, status) = (result.msg_id, result.status.as_str());
        let joined = matches!(landed, Landed::Joined(_));
        tracing::info!(msg_id, status, joined, "mass result");
        if let Landed::Joined(Some(work)) = landed {
            self.queue(&work, now).await;
        }
        Ok(())
    }

    /// The campaign is due: that the queue is out of reach only takes longer.
    async fn queue(&self, work: &Work, now: Timestamp) {
        let Ok(message) = Outgoing::work(work, now) else {
            return;
        };
        if let Err(error) = self.mass_queue.put(&[message]).await {
            tracing::error!(detail = %error, "left to the schedule");
        }
    }
}

/// Whether a user who did something then may have left since, and been erased.
fn may_be_erased(at: Timestamp, now: Timestamp) -> bool {
    now.since(at) >= FRESH
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::store::REPEATS;

    #[test]
    fn only_a_push_that_is_late_may_be_of_somebody_who_was_erased() {
        let at = Timestamp::from_secs(1_800_000_000);
        assert!(
            !may_be_erased(at, at + Duration::from_millis(1_900)),
            "nothing is read for it"
        );
        let apart = Duration::from_secs(10);
        let late = at + REPEATS;
        for now in [late - apart, late, late + apart] {
            assert!(may_be_erased(at, now));
        }
    }
}
