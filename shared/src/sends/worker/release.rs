//! The schedule: parked messages go back on the queue, early results find their messages, and
//! what was filed and never queued is.

use super::{
    context::{Outside, Worker},
    pacer::Pacer,
};
use crate::{
    answers::PieceOf,
    problem::Problem,
    sends::{
        Outgoing, Record, SendJob, State,
        job::Released,
        lane::{Lane, LaneId, Marker},
    },
    store::{Intake, Parked},
};
use futures_util::{StreamExt as _, future::join_all, stream};
use serde::Serialize;
use std::collections::BTreeSet;

/// Lanes looked after side by side.
const SIDE_BY_SIDE: usize = 8;
/// Parked messages that are read and queued together.
const PAGE: i32 = 50;

/// How a tick of the schedule went.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Lanes whose time had come.
    lanes: usize,
    /// Results that found their message.
    results: usize,
    /// Intakes put on the queue.
    intakes: usize,
    /// Messages whose time came.
    messages: usize,
    /// What failed; the next tick tries again.
    failed: usize,
}

/// Looks after everything that is due.
pub(super) async fn run<O: Outside>(worker: &Worker<'_, O>) -> Report {
    let (sends, mut report) = (worker.sends, Report::default());
    let lanes = report.take(sends.due_lanes(worker.clock.now()).await);
    report.lanes = lanes.len();
    let mut releases = stream::iter(lanes)
        .map(|lane| async move { release_lane(worker, &lane).await })
        .buffer_unordered(SIDE_BY_SIDE);
    while let Some(released) = releases.next().await {
        report.take(released);
    }
    for intake in report.take(sends.left_intakes(worker.clock.now()).await) {
        let queued = report.take(queue_intake(worker, &intake).await);
        report.intakes += usize::from(queued);
    }
    while worker.clock.now() < worker.last_start && look_again(worker, &mut report).await {}
    while worker.clock.now() < worker.last_start && queue_next(worker, &mut report).await {}
    report
}

/// Queues the message whose time comes next, at that time; whether there may be more in this tick.
async fn queue_next<O: Outside>(worker: &Worker<'_, O>, report: &mut Report) -> bool {
    let due = report.take(worker.sends.scheduled(worker.last_start).await);
    for row in &due {
        worker.clock.wait_until(row.not_before).await;
        let queued = queue_scheduled(worker, row).await;
        report.messages += usize::from(report.take(queued.map(|()| true)));
        if report.failed > 0 {
            return false;
        }
    }
    !due.is_empty()
}

/// First on the queue and then noted: one that is on the queue twice is sent once.
async fn queue_scheduled<O: Outside>(worker: &Worker<'_, O>, row: &Record) -> Result<(), Problem> {
    queue_row(worker, row).await?;
    let noted = worker.sends.note_queued(row, worker.clock.now());
    Ok(noted.await?)
}

/// Looks at results that came before their messages; whether there may be more.
async fn look_again<O: Outside>(worker: &Worker<'_, O>, report: &mut Report) -> bool {
    let now = worker.clock.now();
    let early = report.take(worker.sends.early_results(now).await);
    let looks = stream::iter(&early)
        .map(|early| worker.sends.look_again(early, now))
        .buffer_unordered(SIDE_BY_SIDE);
    let looks: Vec<_> = looks.collect().await;
    let failed_before = report.failed;
    for found in looks {
        report.results += usize::from(report.take(found));
    }
    !early.is_empty() && report.failed == failed_before
}

async fn release_lane<O: Outside>(worker: &Worker<'_, O>, id: &LaneId) -> Result<(), Problem> {
    let now = worker.clock.now();
    if now >= worker.last_start {
        return Ok(());
    }
    let mut pacer = Pacer::new(worker.sends, id);
    if pacer.read().await?.draining(now).is_none() {
        return Ok(());
    }
    pacer.change(|lane| lane.draining(now)).await?;
    put_back(worker, id, pacer.lane()).await
}

/// Puts back what is parked behind the place the release has come to, and then the marker.
pub(super) async fn put_back<O: Outside>(
    worker: &Worker<'_, O>,
    id: &LaneId,
    lane: &Lane,
) -> Result<(), Problem> {
    let marker = Marker {
        marks: id.to_string(),
        generation: lane.generation,
    };
    let mut pacer = Pacer::new(worker.sends, id);
    let mut to = lane.released_to.clone();
    while pacer.read().await?.is_marked(&marker) {
        let page = worker.sends.parked(id, &to, PAGE).await?;
        let Some(last) = page.last() else {
            return mark(worker, &marker).await;
        };
        to.clone_from(&last.order);
        put_page(worker, id, marker.generation, &page).await?;
        let now = worker.clock.now();
        let stops = (now >= worker.last_start).then_some(now);
        let noted = |lane: &Lane| {
            let behind = lane.released_to < to || stops.is_some();
            let next = lane.released(marker.generation, &to, stops);
            next.filter(|_| behind)
        };
        pacer.change(noted).await?;
        if stops.is_some() {
            break;
        }
    }
    Ok(())
}

async fn put_page<O: Outside>(
    worker: &Worker<'_, O>,
    id: &LaneId,
    generation: u64,
    page: &[Parked],
) -> Result<(), Problem> {
    let sends = worker.sends;
    let reads = page.iter();
    let reads = reads.map(|parked| sends.read(&id.app_id, &parked.client_msg_id));
    let mut messages = Vec::with_capacity(page.len());
    for (parked, row) in page.iter().zip(join_all(reads).await) {
        let row = row?;
        match row.as_ref().and_then(waiting) {
            None => {
                // Cancelled where it lay, or settled by a worker that died: no other one comes by.
                if let Some((to, piece)) = row.as_ref().and_then(answer) {
                    worker.outside.leave_rest(&id.app_id, to, piece).await?;
                }
                sends.leave(id, &parked.order).await?;
            }
            Some(job) => {
                let order = parked.order.clone();
                let name = job.deduplication_id(&format!("{generation}.{order}"));
                let released = Some(Released { generation, order });
                let job = SendJob { released, ..job };
                messages.push(Outgoing::job(id.to_string(), name, &job)?);
            }
        }
    }
    worker.outside.put(&messages).await
}

async fn mark<O: Outside>(worker: &Worker<'_, O>, marker: &Marker) -> Result<(), Problem> {
    let now = worker.clock.now().as_millis();
    let name = format!("marker.{}.{now}", marker.generation);
    let marker = Outgoing::json(marker.marks.clone(), name, marker)?;
    worker.outside.put(&[marker]).await
}

/// Puts on the queue what was filed and is not there; whether that is all. What cannot be put
/// holds up its receiver's other messages, and nobody else's; what cannot be read, all behind it.
/// What was not taken is undone.
async fn queue_intake<O: Outside>(
    worker: &Worker<'_, O>,
    intake: &Intake,
) -> Result<bool, Problem> {
    let sends = worker.sends;
    if sends.undo(intake).await? {
        return Ok(true);
    }
    let (mut held_up, mut failed) = (BTreeSet::new(), None);
    for id in &intake.ids {
        if worker.clock.now() >= worker.last_start {
            return Ok(false);
        }
        let row = sends.read(&intake.app_id, id).await?;
        let waits = |row: &Record| row.state == State::Queued && !held_up.contains(&row.to_user);
        if let Some(row) = row.filter(waits)
            && let Err(error) = queue_row(worker, &row).await
        {
            held_up.insert(row.to_user);
            failed = Some(error);
        }
    }
    if let Some(failed) = failed {
        return Err(failed);
    }
    sends.close_intake(intake).await?;
    Ok(true)
}

async fn queue_row<O: Outside>(worker: &Worker<'_, O>, row: &Record) -> Result<(), Problem> {
    let Some(account) = worker.outside.account(&row.account).await? else {
        let why = format!("no account '{}'", row.account);
        return Err(Problem::new("unknown_account", 404, why));
    };
    let lane = LaneId::of(account.app_id(), &row.to_user, account.lanes);
    let message = Outgoing::job(lane.to_string(), row.deduplication_id(), &row.job())?;
    worker.outside.put(&[message]).await
}

/// The job of a message that still waits: not one that is gone or done.
fn waiting(row: &Record) -> Option<SendJob> {
    let waits = matches!(row.state, State::Parked | State::Queued | State::Sending);
    waits.then(|| row.job())
}

/// Who gets the answer of which that message carries a piece.
fn answer(row: &Record) -> Option<(&str, &PieceOf)> {
    Some((&row.to_user, row.answer.as_ref()?))
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
