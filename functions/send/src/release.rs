//! The schedule: parked messages go back on the queue, early results find their messages, and
//! what was filed and never queued is.

use crate::{context::Context, turn::Turns};
use futures_util::{StreamExt as _, future::join_all, stream};
use serde::Serialize;
use shared::{
    lambda::{Outgoing, Problem},
    sends::{
        Record, SendJob, State,
        job::Released,
        lane::{Lane, Marker, lane_of},
        message_group,
    },
    store::{Intake, Parked},
    time::Timestamp,
};
use std::collections::BTreeSet;

/// Lanes looked after side by side.
const SIDE_BY_SIDE: usize = 8;
/// Messages read at once.
const PAGE: i32 = 50;

/// How a tick went.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Lanes looked after.
    lanes: usize,
    /// Results that found their message.
    results: usize,
    /// Intakes put on the queue.
    intakes: usize,
    /// What failed; the next tick tries again.
    failed: usize,
}

/// Looks after everything that is due, until `stop`.
pub(crate) async fn run(context: &Context, stop: Timestamp) -> Report {
    let mut report = Report::default();
    let lanes = report.take(context.sends.due_lanes(context.clock.now()).await);
    report.lanes = lanes.len();
    let mut releases = stream::iter(lanes)
        .map(|group| async move { release_lane(context, &group, stop).await })
        .buffer_unordered(SIDE_BY_SIDE);
    while let Some(released) = releases.next().await {
        report.take(released);
    }
    for intake in report.take(context.sends.left_intakes(context.clock.now()).await) {
        let queued = report.take(queue_intake(context, &intake, stop).await);
        report.intakes += usize::from(queued);
    }
    while context.clock.now() < stop && look_again(context, &mut report).await {}
    report
}

/// Looks at results that came before their messages; whether there may be more.
async fn look_again(context: &Context, report: &mut Report) -> bool {
    let now = context.clock.now();
    let early = report.take(context.sends.early_results(now).await);
    let looks = stream::iter(&early)
        .map(|early| context.sends.look_again(early, now))
        .buffer_unordered(SIDE_BY_SIDE);
    let looks: Vec<_> = looks.collect().await;
    let failed_before = report.failed;
    for found in looks {
        report.results += usize::from(report.take(found));
    }
    !early.is_empty() && report.failed == failed_before
}

async fn release_lane(context: &Context, group: &str, stop: Timestamp) -> Result<(), Problem> {
    if context.clock.now() >= stop {
        return Ok(());
    }
    let now = context.clock.now();
    let mut turns = Turns::default();
    turns.read(&context.sends, group).await?;
    if turns.lane().draining(now).is_none() {
        return Ok(());
    }
    let drained = |lane: &Lane| lane.draining(now);
    turns.change(&context.sends, group, drained).await?;
    put_back(context, group, turns.lane(), stop).await
}

/// Puts back what is parked behind the place the release has come to, and then the marker.
pub(crate) async fn put_back(
    context: &Context,
    group: &str,
    lane: &Lane,
    stop: Timestamp,
) -> Result<(), Problem> {
    let marker = Marker {
        marks: group.to_owned(),
        generation: lane.generation,
    };
    let mut turns = Turns::default();
    let mut to = lane.released_to.clone();
    while turns.read(&context.sends, group).await?.is_marked(&marker) {
        let page = context.sends.parked(group, &to, PAGE).await?;
        let Some(last) = page.last() else {
            return mark(context, &marker).await;
        };
        to.clone_from(&last.order);
        put_page(context, group, marker.generation, &page).await?;
        let now = context.clock.now();
        let stops = (now >= stop).then_some(now);
        let noted = |lane: &Lane| {
            let behind = lane.released_to < to || stops.is_some();
            let next = lane.released(marker.generation, &to, stops);
            next.filter(|_| behind)
        };
        turns.change(&context.sends, group, noted).await?;
        if stops.is_some() {
            break;
        }
    }
    Ok(())
}

async fn put_page(
    context: &Context,
    group: &str,
    generation: u64,
    page: &[Parked],
) -> Result<(), Problem> {
    let app_id = lane_of(group).map_or(group, |(app_id, _)| app_id);
    let reads = page
        .iter()
        .map(|parked| context.sends.read(app_id, &parked.client_msg_id));
    let mut messages = Vec::with_capacity(page.len());
    for (parked, row) in page.iter().zip(join_all(reads).await) {
        match row?.as_ref().and_then(waiting) {
            None => context.sends.leave(group, &parked.order).await?,
            Some(job) => {
                let order = parked.order.clone();
                let id = job.deduplication_id(&format!("{generation}.{order}"));
                let released = Some(Released { generation, order });
                let job = SendJob { released, ..job };
                messages.push(Outgoing::job(group.to_owned(), id, &job)?);
            }
        }
    }
    Ok(context.queue.put(&messages).await?)
}

async fn mark(context: &Context, marker: &Marker) -> Result<(), Problem> {
    let now = context.clock.now().as_millis();
    let marker = Outgoing {
        group: marker.marks.clone(),
        deduplication_id: format!("marker.{}.{}", marker.generation, now),
        to_user: String::new(),
        body: serde_json::to_string(marker)?,
    };
    Ok(context.queue.put(&[marker]).await?)
}

/// Puts on the queue what was filed and is not there; whether that is all. What cannot be put
/// holds up its receiver's other messages, and nobody else's; what cannot be read, all behind it.
/// What was not taken is undone.
async fn queue_intake(
    context: &Context,
    intake: &Intake,
    stop: Timestamp,
) -> Result<bool, Problem> {
    if context.sends.undo(intake).await? {
        return Ok(true);
    }
    let (mut held_up, mut failed) = (BTreeSet::new(), None);
    for id in &intake.ids {
        if context.clock.now() >= stop {
            return Ok(false);
        }
        let Some(row) = context.sends.read(&intake.app_id, id).await? else {
            continue;
        };
        if held_up.contains(&row.to_user) {
            continue;
        }
        if let Err(error) = queue_filed(context, &row).await {
            held_up.insert(row.to_user);
            failed = Some(error);
        }
    }
    if let Some(failed) = failed {
        return Err(failed);
    }
    context.sends.close_intake(intake).await?;
    Ok(true)
}

async fn queue_filed(context: &Context, row: &Record) -> Result<(), Problem> {
    let (State::Queued, Some(job)) = (row.state, row.job()) else {
        return Ok(());
    };
    let account = context.accounts.get(&row.account).await?;
    let group = message_group(account.app_id(), &row.to_user, account.lanes);
    let message = Outgoing::job(group, row.deduplication_id(), &job)?;
    Ok(context.queue.put(&[message]).await?)
}

/// The job of a message that still waits: not one that is gone or done.
fn waiting(row: &Record) -> Option<SendJob> {
    let waits = matches!(row.state, State::Parked | State::Queued | State::Sending);
    waits.then(|| row.job()).flatten()
}

impl Report {
    fn take<T: Default, E: Into<Problem>>(&mut self, outcome: Result<T, E>) -> T {
        outcome.unwrap_or_else(|error| {
            let problem = error.into();
            tracing::error!(outcome = problem.error_type(), detail = %problem, "release");
            self.failed += 1;
            T::default()
        })
    }
}
