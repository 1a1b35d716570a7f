//! The campaign as the API shows it.

use super::{batch::Batch, record::Campaign, result::Counts};
use crate::sends::record::utc;
use serde_json::{Value, json};

/// A campaign with its batches; times in UTC.
pub fn view(campaign: &Campaign, batches: &[Batch]) -> Value {
    let told: Vec<Value> = batches.iter().map(batch).collect();
    let history: Vec<Value> = campaign
        .history
        .iter()
        .map(|entry| json!({ "state": entry.state, "at": utc(entry.at) }))
        .collect();
    let counts = total(batches);
    let recipients = match campaign.batches {
        0 => campaign.listed(),
        _ => campaign.recipients,
    };
    let not_before = (campaign.not_before_ms > 0).then(|| utc(campaign.not_before_ms));
    json!({
        "client_msg_id": campaign.client_msg_id,
        "state": campaign.state_of(batches),
        "stopped": campaign.stopped,
        "not_before": not_before,
        "error": campaign.error,
        "batches": told,
        "counts": {
            "recipients": recipients,
            "total": counts.total,
            "filtered": counts.filtered,
            "sent": counts.sent,
            "failed": counts.failed,
        },
        "history": history,
    })
}

fn batch(batch: &Batch) -> Value {
    let text = |json: &str| serde_json::from_str::<Value>(json).unwrap_or_default();
    json!({
        "clientmsgid": batch.clientmsgid,
        "msg_id": batch.msg_id.map(|id| id.to_string()),
        "msg_data_id": batch.msg_data_id.map(|id| id.to_string()),
        "state": batch.state,
        "recipients": batch.recipients,
        "status": batch.status,
        "error": batch.error,
        "counts": batch.counts,
        "copyright_check": text(&batch.copyright),
        "articles": text(&batch.articles),
    })
}

fn total(batches: &[Batch]) -> Counts {
    let counted = batches.iter().filter_map(|batch| batch.counts);
    counted.fold(Counts::default(), |all, one| Counts {
        total: all.total.saturating_add(one.total),
        filtered: all.filtered.saturating_add(one.filtered),
        sent: all.sent.saturating_add(one.sent),
        failed: all.failed.saturating_add(one.failed),
    })
}
