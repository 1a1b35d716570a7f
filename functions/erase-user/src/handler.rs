//! A batch of unsubscribes: everything that names the user goes, the unsubscribe with it; what a
//! user who came back did since stays. Receivers of a campaign on its way go when it is done.
//!
//! The inbox keeps a push so that WeChat's repeats get the same answer. Nothing is deleted before
//! WeChat has made its last repeat, nor while a slow rule runs: such an unsubscribe comes again.

use lambda_runtime::Error;
use serde::Deserialize;
use shared::{
    lambda::{Aws, BatchFailures, ImageError, Settings, StreamEvent, StreamRecord, clock},
    store::{Erased, Inbox, Sends, StoreError},
};

/// By then WeChat has made its three attempts, 5 s apart, in milliseconds.
const REPEATS_MS: i64 = 20_000;

/// Why a user is not erased yet; the stream brings the unsubscribe again.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Image(#[from] ImageError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0} pushes of the user are still being answered")]
    Busy(usize),
}

impl Failure {
    fn error_type(&self) -> &'static str {
        match self {
            Self::Image(_) => "malformed_image",
            Self::Store(error) => error.error_type(),
            Self::Busy(_) => "still_answered",
        }
    }
}

/// An unsubscribe, as far as it is read here.
#[derive(Debug, Deserialize)]
struct Filed {
    account: String,
    app_id: String,
    /// Absent where WeChat's push did not tell who left.
    #[serde(default)]
    openid: String,
    received_at: i64,
}

/// Everything a batch needs, built once.
pub(crate) struct Handler {
    inbox: Inbox,
    sends: Sends,
}

impl Handler {
    pub(crate) async fn from_environment() -> Result<Self, Error> {
        let settings = Settings::require(&["INBOX_TABLE", "SENDS_TABLE"])?;
        let aws = Aws::load().await?;
        Ok(Self {
            inbox: Inbox::new(aws.dynamodb(), settings.get("INBOX_TABLE")),
            sends: Sends::new(aws.dynamodb(), settings.get("SENDS_TABLE")),
        })
    }

    /// Erases one user after the other, and tells who is not erased yet.
    pub(crate) async fn handle(&self, event: &StreamEvent) -> BatchFailures {
        let mut failures = BatchFailures::default();
        for record in &event.records {
            if let Err(failure) = self.erase(record).await {
                let (sequence, reason) = (record.sequence(), failure.error_type());
                tracing::warn!(sequence, reason, detail = %failure, "unsubscribe");
                failures.add(sequence);
            }
        }
        failures
    }

    async fn erase(&self, record: &StreamRecord) -> Result<(), Failure> {
        let left: Filed = record.row()?;
        if left.openid.is_empty() {
            tracing::warn!(account = left.account, reason = "no_openid", "unsubscribe");
            return Ok(());
        }
        clock::wait_until(left.received_at.saturating_add(REPEATS_MS)).await;
        let (app_id, openid) = (&left.app_id, &left.openid);
        let sends = self.sends.erase(app_id, openid, left.received_at).await?;
        let inbox = self
            .inbox
            .erase(app_id, openid, left.received_at, clock::now_ms());
        let Erased { rows, busy } = inbox.await?;
        tracing::info!(
            account = left.account,
            sends,
            pushes = rows,
            busy,
            "unsubscribe"
        );
        if busy > 0 {
            return Err(Failure::Busy(busy));
        }
        Ok(())
    }
}
