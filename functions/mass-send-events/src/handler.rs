//! A batch of pushes from the inbox, written into the table of sends.

use crate::effects::{Effect, Filed};
use futures_util::{StreamExt as _, stream};
use lambda_runtime::Error;
use shared::{
    lambda::{
        Aws, BatchFailures, ImageError, Outgoing, SendQueue, Settings, StreamEvent, StreamRecord,
        clock,
    },
    sends::campaign::{Work, result::MassResult},
    store::{Landed, Sends, StoreError},
};

/// Pushes written side by side; each is its own, and what comes twice changes nothing.
const SIDE_BY_SIDE: usize = 16;

/// Why a push is not done; the stream brings it again, and in the end to the dead letters.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Image(#[from] ImageError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Failure {
    fn error_type(&self) -> &'static str {
        match self {
            Self::Image(_) => "malformed_image",
            Self::Store(error) => error.error_type(),
        }
    }
}

/// Everything a batch needs, built once.
pub(crate) struct Handler {
    sends: Sends,
    mass_queue: SendQueue,
}

impl Handler {
    pub(crate) async fn from_environment() -> Result<Self, Error> {
        let settings = Settings::require(&["SENDS_TABLE", "MASS_SEND_QUEUE_URL"])?;
        let aws = Aws::load().await?;
        Ok(Self {
            sends: Sends::new(aws.dynamodb(), settings.get("SENDS_TABLE")),
            mass_queue: SendQueue::new(aws.sqs(), settings.get("MASS_SEND_QUEUE_URL")),
        })
    }

    /// Writes what the pushes mean and tells which are not done.
    pub(crate) async fn handle(&self, event: &StreamEvent) -> BatchFailures {
        let started = clock::now_ms();
        let written = stream::iter(&event.records)
            .map(|record| async move { (record.sequence(), self.write(record).await) });
        let mut written = written.buffer_unordered(SIDE_BY_SIDE);
        let mut failures = BatchFailures::default();
        while let Some((sequence, done)) = written.next().await {
            if let Err(failure) = done {
                tracing::error!(sequence, reason = failure.error_type(), detail = %failure, "push");
                failures.add(sequence);
            }
        }
        let (pushes, failed) = (event.records.len(), failures.count());
        let ms = clock::now_ms().saturating_sub(started);
        tracing::info!(pushes, failed, ms, "batch");
        failures
    }

    async fn write(&self, record: &StreamRecord) -> Result<(), Failure> {
        let filed: Filed = record.row()?;
        for effect in filed.effects() {
            self.apply(&filed, effect).await?;
        }
        Ok(())
    }

    async fn apply(&self, filed: &Filed, effect: Effect) -> Result<(), StoreError> {
        let (app_id, openid) = (filed.app_id.as_str(), filed.openid.as_str());
        match effect {
            Effect::Mass(result) => self.mass_result(app_id, &result).await,
            Effect::Result(result) => self
                .sends
                .result(app_id, &result, clock::now_ms())
                .await
                .map(drop),
            Effect::Consent {
                template,
                change,
                event_id,
            } => {
                let consents = self.sends.consents();
                let at_ms = filed.at_ms();
                consents
                    .record(app_id, openid, &template, change, &event_id, at_ms)
                    .await
            }
            Effect::Interacted(interaction) => {
                let at_ms = filed.at_ms();
                self.sends
                    .interacted(app_id, openid, interaction, at_ms)
                    .await
            }
        }
    }

    /// Takes a result to its batch; whoever looks after the campaign goes on at once.
    async fn mass_result(&self, app_id: &str, result: &MassResult) -> Result<(), StoreError> {
        let now_ms = clock::now_ms();
        let landed = self.sends.mass_result(app_id, result, now_ms).await?;
        let (msg_id, status) = (result.msg_id, result.status.as_str());
        let joined = matches!(landed, Landed::Joined(_));
        tracing::info!(msg_id, status, joined, "mass result");
        if let Landed::Joined(Some(work)) = landed {
            self.queue(&work, now_ms).await;
        }
        Ok(())
    }

    /// The campaign is due: that the queue is out of reach only takes longer.
    async fn queue(&self, work: &Work, now_ms: i64) {
        let Ok(message) = Outgoing::work(work, now_ms) else {
            return;
        };
        if let Err(error) = self.mass_queue.put(&[message]).await {
            tracing::error!(detail = %error, "left to the schedule");
        }
    }
}
