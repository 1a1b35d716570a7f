//! Rows that go on the send queue.

use crate::{context::Call, refusal::Refusal};
use shared::{
    lambda::Outgoing,
    sends::{Record, message_group},
};

/// Puts messages on the queue, in their order; one that was put there within five minutes is there
/// once.
///
/// # Errors
/// When the queue did not take them all.
pub(crate) async fn put(call: &Call<'_>, records: &[&Record]) -> Result<(), Refusal> {
    let messages = records
        .iter()
        .filter_map(|record| outgoing(call, record).transpose());
    let messages = messages.collect::<Result<Vec<_>, _>>()?;
    Ok(call.context.queue.put(&messages).await?)
}

/// A row that is not whole has nothing to send.
fn outgoing(call: &Call<'_>, record: &Record) -> Result<Option<Outgoing>, Refusal> {
    let Some(job) = record.job() else {
        return Ok(None);
    };
    let account = call.account;
    let group = message_group(account.app_id(), &record.to_user, account.lanes);
    Ok(Some(Outgoing::job(group, record.deduplication_id(), &job)?))
}
