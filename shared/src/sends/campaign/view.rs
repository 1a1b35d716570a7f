//! The campaign as the API shows it.

use super::{State, batch::Batch, record::Campaign, result::Counts};
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
    let in_state = |state| batches.iter().filter(|batch| batch.state == state).count();
    let recipients = match campaign.batches {
        0 => campaign.listed(),
        _ => campaign.recipients,
    };
    let on_their_way = batches.iter().filter(|batch| batch.is_in_doubt());
    let on_their_way: Vec<&str> = on_their_way
        .filter(|_| campaign.stopped)
        .map(|batch| batch.clientmsgid.as_str())
        .collect();
    let not_before = (campaign.not_before_ms > 0).then(|| utc(campaign.not_before_ms));
    json!({
        "client_msg_id": campaign.client_msg_id,
        "state": campaign.state_of(batches),
        "stopped": campaign.stopped,
        "on_their_way": on_their_way,
        "not_before": not_before,
        "error": campaign.error,
        "batches": told,
        "counts": {
            "recipients": recipients,
            "total": counts.total,
            "filtered": counts.filtered,
            "sent": counts.sent,
            "failed": counts.failed,
            "failed_batches": in_state(State::Failed),
            "unknown_batches": in_state(State::Unknown),
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
        "counts": batch.counts.map(|_| people(batch)),
        "copyright_check": text(&batch.copyright),
        "articles": text(&batch.articles),
    })
}

fn total(batches: &[Batch]) -> Counts {
    batches.iter().fold(Counts::default(), |all, batch| {
        let one = people(batch);
        Counts {
            total: all.total.saturating_add(one.total),
            filtered: all.filtered.saturating_add(one.filtered),
            sent: all.sent.saturating_add(one.sent),
            failed: all.failed.saturating_add(one.failed),
        }
    })
}

/// What became of the receivers of a batch: each one filtered out, reached or failed. Nobody gets
/// one that failed whole, also where WeChat told no counts.
fn people(batch: &Batch) -> Counts {
    let told = batch.counts.unwrap_or_default();
    if batch.state == State::Failed {
        let total = told.total.max(batch.recipients.into());
        return Counts {
            total,
            filtered: 0,
            failed: total.saturating_sub(told.sent),
            ..told
        };
    }
    Counts {
        filtered: told.total.saturating_sub(told.filtered),
        ..told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(total: u64, filtered: u64, sent: u64, failed: u64) -> Counts {
        Counts {
            total,
            filtered,
            sent,
            failed,
        }
    }

    #[test]
    fn a_campaign_with_a_failed_batch_says_so() {
        let campaign = Campaign {
            batches: 2,
            recipients: 10_500,
            state: State::Submitting,
            ..Campaign::default()
        };
        let failed = Batch {
            recipients: 10_000,
            state: State::Failed,
            ..Batch::default()
        };
        let sent = Batch {
            recipients: 500,
            state: State::Finished,
            counts: Some(counts(500, 490, 480, 10)),
            ..Batch::default()
        };
        let shown = view(&campaign, &[failed.clone(), sent]);
        assert_eq!(shown["state"], "partly_failed");
        assert_eq!(
            shown["counts"],
            json!({
                "recipients": 10_500, "total": 10_500, "filtered": 10, "sent": 480,
                "failed": 10_010, "failed_batches": 1, "unknown_batches": 0,
            })
        );
        assert_eq!(shown["batches"][1]["counts"]["filtered"], 10);
        assert_eq!(shown["batches"][0]["counts"], Value::Null);
        let stopped_by_wechat = Batch {
            counts: Some(counts(10_000, 0, 0, 0)),
            ..failed
        };
        let shown = view(&campaign, &[stopped_by_wechat]);
        let counts = &shown["counts"];
        assert_eq!(
            (&counts["failed"], &counts["filtered"]),
            (&json!(10_000), &json!(0))
        );
    }

    #[test]
    fn a_stop_tells_what_is_on_its_way() {
        let stopped = Campaign {
            batches: 3,
            stopped: true,
            ..Campaign::default()
        };
        let planned = Batch {
            state: State::Planned,
            clientmsgid: "a".into(),
            ..Batch::default()
        };
        let called = Batch {
            clientmsgid: "b".into(),
            ..planned.claimed("me", 1)
        };
        let lost = called.lost("no answer", i64::MAX).unwrap();
        let batches = [planned, called, lost];
        let told = view(&stopped, &batches)["on_their_way"].clone();
        assert_eq!(told, json!(["b"]));
        let going = Campaign {
            stopped: false,
            ..stopped
        };
        assert_eq!(view(&going, &batches)["on_their_way"], json!([]));
    }
}
