//! The schedule: campaigns that are due go on the queue, early results find their batches.

use crate::{handler::Handler, run::Failed};
use serde::Serialize;
use shared::lambda::{Metric, Outgoing, Unit, clock, emit_metrics};

/// How a tick went.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    /// Campaigns put on the queue.
    campaigns: usize,
    /// Results that found their batch.
    results: u32,
    /// Results that belong to no batch.
    unknown: u32,
    /// What failed; the next tick tries again.
    failed: usize,
}

impl Handler {
    /// Looks after everything that is due.
    pub(crate) async fn sweep(&self) -> Report {
        let mut report = Report::default();
        let now_ms = clock::now_ms();
        match self.sends.join_mass_results(now_ms).await {
            Ok(joined) => (report.results, report.unknown) = (joined.found, joined.unknown),
            Err(error) => report.fails(&error.into()),
        }
        match self.wake(now_ms).await {
            Ok(campaigns) => report.campaigns = campaigns,
            Err(error) => report.fails(&error),
        }
        let unknown = Metric {
            name: "MassResultsUnknown",
            unit: Unit::Count,
            value: f64::from(report.unknown),
        };
        emit_metrics(now_ms, &[], &[], &[unknown]);
        report
    }

    async fn wake(&self, now_ms: i64) -> Result<usize, Failed> {
        let due = self.sends.due_campaigns(now_ms).await?;
        let messages = due
            .iter()
            .map(|work| Outgoing::work(work, now_ms))
            .collect::<Result<Vec<_>, _>>()?;
        self.queue.put(&messages).await?;
        Ok(messages.len())
    }
}

impl Report {
    fn fails(&mut self, error: &Failed) {
        tracing::error!(outcome = error.error_type(), detail = %error, "sweep");
        self.failed = self.failed.saturating_add(1);
    }
}
