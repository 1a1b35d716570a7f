//! Rows that go on the send queue.

use crate::{context::Call, refusal::Refusal};
use shared::sends::{Outgoing, Record, lane::LaneId};

/// Puts messages on the queue, in their order; one that was put there within five minutes is there
/// once.
///
/// # Errors
/// When the queue did not take them all.
pub(crate) async fn put(call: &Call<'_>, records: &[&Record]) -> Result<(), Refusal> {
    let outgoing = |record: &&Record| {
        let lane = LaneId::of(call.account.app_id(), &record.to_user, call.account.lanes);
        Outgoing::job(lane.to_string(), record.deduplication_id(), &record.job())
    };
    let messages = records
        .iter()
        .map(outgoing)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(call.context.queue.put(&messages).await?)
}
