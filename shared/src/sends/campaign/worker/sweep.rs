//! The schedule: campaigns that are due go on the queue, early results find their batches.

use super::context::{Outside, Worker};
use crate::{problem::Problem, sends::Outgoing, time::Timestamp};
use serde::Serialize;

/// How a tick of the schedule went.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Campaigns put on the queue.
    campaigns: usize,
    /// Results that found their batch.
    results: u32,
    /// Results that belong to no batch.
    pub unknown: u32,
    /// What failed; the next tick tries again.
    failed: usize,
}

/// Looks after everything that is due.
pub(super) async fn run<O: Outside>(worker: &Worker<'_, O>) -> Report {
    let mut report = Report::default();
    let now = worker.clock.now();
    match worker.sends.join_mass_results(now).await {
        Ok(joined) => (report.results, report.unknown) = (joined.found, joined.unknown),
        Err(error) => report.fails(&error.into()),
    }
    match wake(worker, now).await {
        Ok(campaigns) => report.campaigns = campaigns,
        Err(problem) => report.fails(&problem),
    }
    worker.outside.set("MassResultsUnknown", "", report.unknown);
    report
}

async fn wake<O: Outside>(worker: &Worker<'_, O>, now: Timestamp) -> Result<usize, Problem> {
    let due = worker.sends.due_campaigns(now).await?;
    let messages = due
        .iter()
        .map(|work| Outgoing::work(work, now))
        .collect::<Result<Vec<_>, _>>()?;
    worker.outside.put(&messages).await?;
    Ok(messages.len())
}

impl Report {
    fn fails(&mut self, problem: &Problem) {
        tracing::error!(outcome = problem.error_type(), detail = %problem, "sweep");
        self.failed += 1;
    }
}
