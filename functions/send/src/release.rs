//! The schedule: parked messages go back on the queue, early results find their messages, and
//! what was filed and never queued is.

use crate::{group::Failed, handler::Handler, turn::Turns};
use futures_util::{StreamExt as _, future::join_all, stream};
use serde::Serialize;
use shared::{
    lambda::{Outgoing, clock},
    sends::{
        Record, SendJob, State,
        job::Released,
        lane::{Lane, Marker, lane_of},
        message_group,
    },
    store::{Intake, Parked},
};
use std::collections::BTreeSet;

/// Lanes looked after side by side.
const SIDE_BY_SIDE: usize = 8;
/// Messages read at once.
const PAGE: i32 = 50;

/// How a tick went.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    /// Lanes looked after.
    lanes: usize,
    /// Results that found their message.
    results: usize,
    /// Intakes put on the queue.
    intakes: usize,
    /// What failed; the next tick tries again.
    failed: usize,
}

impl Handler {
    /// Looks after everything that is due, until `stop_ms`.
    pub(crate) async fn release(&self, stop_ms: i64) -> Report {
        let mut report = Report::default();
        let lanes = report.take(self.sends.due_lanes(clock::now_ms()).await);
        report.lanes = lanes.len();
        let mut releases = stream::iter(lanes)
            .map(|group| async move { self.release_lane(&group, stop_ms).await })
            .buffer_unordered(SIDE_BY_SIDE);
        while let Some(released) = releases.next().await {
            report.take(released);
        }
        for intake in report.take(self.sends.left_intakes(clock::now_ms()).await) {
            let queued = report.take(self.queue_intake(&intake, stop_ms).await);
            report.intakes += usize::from(queued);
        }
        while clock::now_ms() < stop_ms && self.look_again(&mut report).await {}
        report
    }

    /// Looks at results that came before their messages; whether there may be more.
    async fn look_again(&self, report: &mut Report) -> bool {
        let now_ms = clock::now_ms();
        let early = report.take(self.sends.early_results(now_ms).await);
        let looks = stream::iter(&early)
            .map(|early| self.sends.look_again(early, now_ms))
            .buffer_unordered(SIDE_BY_SIDE);
        let looks: Vec<_> = looks.collect().await;
        let failed_before = report.failed;
        for found in looks {
            report.results += usize::from(report.take(found));
        }
        !early.is_empty() && report.failed == failed_before
    }

    async fn release_lane(&self, group: &str, stop_ms: i64) -> Result<(), Failed> {
        if clock::now_ms() >= stop_ms {
            return Ok(());
        }
        let now_ms = clock::now_ms();
        let mut turns = Turns::default();
        turns.read(&self.sends, group).await?;
        if turns.lane().draining(now_ms).is_none() {
            return Ok(());
        }
        let drained = |lane: &Lane| lane.draining(now_ms);
        turns.change(&self.sends, group, drained).await?;
        self.put_back(group, turns.lane(), stop_ms).await
    }

    /// Puts back what is parked behind the place the release has come to, and then the marker.
    pub(crate) async fn put_back(
        &self,
        group: &str,
        lane: &Lane,
        stop_ms: i64,
    ) -> Result<(), Failed> {
        let marker = Marker {
            marks: group.to_owned(),
            generation: lane.generation,
        };
        let mut turns = Turns::default();
        let mut to = lane.released_to.clone();
        while turns.read(&self.sends, group).await?.is_marked(&marker) {
            let page = self.sends.parked(group, &to, PAGE).await?;
            let Some(last) = page.last() else {
                return self.mark(&marker).await;
            };
            to.clone_from(&last.order);
            self.put_page(group, marker.generation, &page).await?;
            let now_ms = clock::now_ms();
            let stops_ms = (now_ms >= stop_ms).then_some(now_ms);
            let noted = |lane: &Lane| {
                let behind = lane.released_to < to || stops_ms.is_some();
                let next = lane.released(marker.generation, &to, stops_ms);
                next.filter(|_| behind)
            };
            turns.change(&self.sends, group, noted).await?;
            if stops_ms.is_some() {
                break;
            }
        }
        Ok(())
    }

    async fn put_page(&self, group: &str, generation: u64, page: &[Parked]) -> Result<(), Failed> {
        let app_id = lane_of(group).map_or(group, |(app_id, _)| app_id);
        let reads = page
            .iter()
            .map(|parked| self.sends.read(app_id, &parked.client_msg_id));
        let mut messages = Vec::with_capacity(page.len());
        for (parked, row) in page.iter().zip(join_all(reads).await) {
            match row?.as_ref().and_then(waiting) {
                None => self.sends.leave(group, &parked.order).await?,
                Some(job) => {
                    let order = parked.order.clone();
                    let id = job.deduplication_id(&format!("{generation}.{order}"));
                    let released = Some(Released { generation, order });
                    let job = SendJob { released, ..job };
                    messages.push(Outgoing::job(group.to_owned(), id, &job)?);
                }
            }
        }
        Ok(self.queue.put(&messages).await?)
    }

    async fn mark(&self, marker: &Marker) -> Result<(), Failed> {
        let marker = Outgoing {
            group: marker.marks.clone(),
            deduplication_id: format!("marker.{}.{}", marker.generation, clock::now_ms()),
            to_user: String::new(),
            body: serde_json::to_string(marker)?,
        };
        Ok(self.queue.put(&[marker]).await?)
    }

    /// Puts on the queue what was filed and is not there; whether that is all. What cannot be put
    /// holds up its receiver's other messages, and nobody else's; what cannot be read, all behind it.
    /// What was not taken is undone.
    async fn queue_intake(&self, intake: &Intake, stop_ms: i64) -> Result<bool, Failed> {
        if self.sends.undo(intake).await? {
            return Ok(true);
        }
        let (mut held_up, mut failed) = (BTreeSet::new(), None);
        for id in &intake.ids {
            if clock::now_ms() >= stop_ms {
                return Ok(false);
            }
            let Some(row) = self.sends.read(&intake.app_id, id).await? else {
                continue;
            };
            if held_up.contains(&row.to_user) {
                continue;
            }
            if let Err(error) = self.queue_filed(&row).await {
                held_up.insert(row.to_user);
                failed = Some(error);
            }
        }
        if let Some(failed) = failed {
            return Err(failed);
        }
        self.sends.close_intake(intake).await?;
        Ok(true)
    }

    async fn queue_filed(&self, row: &Record) -> Result<(), Failed> {
        let (State::Queued, Some(job)) = (row.state, row.job()) else {
            return Ok(());
        };
        let account = self.accounts.get(&row.account).await?;
        let group = message_group(account.app_id(), &row.to_user, account.lanes);
        let message = Outgoing::job(group, row.deduplication_id(), &job)?;
        Ok(self.queue.put(&[message]).await?)
    }
}

/// The job of a message that still waits: not one that is gone or done.
fn waiting(row: &Record) -> Option<SendJob> {
    let waits = matches!(row.state, State::Parked | State::Queued | State::Sending);
    waits.then(|| row.job()).flatten()
}

impl Report {
    fn take<T: Default, E: Into<Failed>>(&mut self, outcome: Result<T, E>) -> T {
        outcome.unwrap_or_else(|error| {
            let error = error.into();
            tracing::error!(outcome = error.error_type(), detail = %error, "release");
            self.failed += 1;
            T::default()
        })
    }
}
