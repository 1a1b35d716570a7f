//! The schedule: campaigns that are due go on the queue, early results find their batches.

use crate::context::Context;
use serde::Serialize;
use shared::{
    lambda::{Metric, Outgoing, Problem, emit_metrics},
    time::Timestamp,
};

/// How a tick went.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Campaigns put on the queue.
    campaigns: usize,
    /// Results that found their batch.
    results: u32,
    /// Results that belong to no batch.
    unknown: u32,
    /// What failed; the next tick tries again.
    failed: usize,
}

/// Looks after everything that is due.
pub(crate) async fn run(context: &Context) -> Report {
    let mut report = Report::default();
    let now = context.clock.now();
    match context.sends.join_mass_results(now).await {
        Ok(joined) => (report.results, report.unknown) = (joined.found, joined.unknown),
        Err(error) => report.fails(&error.into()),
    }
    match wake(context, now).await {
        Ok(campaigns) => report.campaigns = campaigns,
        Err(problem) => report.fails(&problem),
    }
    let unknown = Metric::count("MassResultsUnknown", report.unknown);
    emit_metrics(now, &[], &[], &[unknown]);
    report
}

async fn wake(context: &Context, now: Timestamp) -> Result<usize, Problem> {
    let due = context.sends.due_campaigns(now).await?;
    let messages = due
        .iter()
        .map(|work| Outgoing::work(work, now))
        .collect::<Result<Vec<_>, _>>()?;
    context.queue.put(&messages).await?;
    Ok(messages.len())
}

impl Report {
    fn fails(&mut self, problem: &Problem) {
        tracing::error!(outcome = problem.error_type(), detail = %problem, "sweep");
        self.failed += 1;
    }
}
