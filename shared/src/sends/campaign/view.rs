//! The campaign as the API shows it.

use super::{
    State,
    batch::{Batch, Earlier},
    record::Campaign,
};
use crate::sends::{Failure, FailureView, failure::Explained};
use serde::Serialize;
use serde_json::{Value, json};

/// A campaign with its batches.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "Campaign")
)]
pub struct CampaignView<'a> {
    /// Its id.
    client_msg_id: &'a str,
    /// Where it is.
    state: State,
    /// Whether what has not gone is not to go.
    stopped: bool,
    /// Of a stopped campaign, the `clientmsgid` of each batch whose call is under way or was not
    /// answered: it may go, and is not sent again. It ends with WeChat's result, or `unknown`.
    on_their_way: Vec<&'a str>,
    /// Nothing is sent before; RFC 3339.
    not_before: Option<String>,
    /// Why it failed before a batch was made.
    error: Option<FailureView<'a>>,
    /// What somebody should know about it.
    warning: Option<CampaignWarning<'a>>,
    /// Its batches, in order; none before it is planned.
    batches: Vec<CampaignBatch<'a>>,
    /// The sums of what WeChat told.
    counts: CampaignCounts,
    /// Where it has been.
    history: Vec<CampaignEntry>,
}

/// What somebody should know about a campaign that goes all the same.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CampaignWarning<'a> {
    /// What it is about, in one word.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The other campaign.
    campaign: &'a str,
    /// What that means.
    explanation: Explained,
}

/// At most 10,000 receivers, in one call.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct CampaignBatch<'a> {
    /// Its id at WeChat: a repeat within 24 hours is no second send.
    clientmsgid: &'a str,
    /// WeChat's id.
    msg_id: Option<String>,
    /// WeChat's id of its comments and statistics.
    msg_data_id: Option<String>,
    /// Where it is.
    state: State,
    /// Its receivers; 0 where WeChat knows them.
    recipients: u32,
    /// WeChat's words about its end, such as `send success` or `err(10001)`.
    status: Option<&'a str>,
    /// Why it is not where it should be.
    error: Option<FailureView<'a>>,
    /// The ids under which it failed before it was sent again, the first one first.
    earlier: &'a [Earlier],
    /// What became of its receivers; null until WeChat told.
    counts: Option<Counted>,
    /// What the check for originality found, article by article.
    copyright_check: Value,
    /// Where its articles can be read.
    articles: Value,
}

/// Counts of a batch.
#[derive(Serialize, Clone, Copy)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Counted {
    /// Followers it meant.
    total: u64,
    /// Filtered out by WeChat: who refuses mass messages, had four this month, or lives elsewhere.
    filtered: u64,
    /// Delivered.
    sent: u64,
    /// Failed; all of them where the batch failed.
    failed: u64,
}

/// Counts of a campaign.
#[derive(Serialize, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct CampaignCounts {
    /// Its receivers, each once; before it is planned one in two pages counts twice.
    recipients: u64,
    /// Followers that were meant by the batches that failed, and those WeChat told the counts of.
    total: u64,
    /// Filtered out by WeChat: who refuses mass messages, had four this month, or lives elsewhere.
    filtered: u64,
    /// Delivered.
    sent: u64,
    /// Failed, with all receivers of failed batches.
    failed: u64,
    /// Batches that failed.
    failed_batches: u64,
    /// Batches of which nobody knows whether they went.
    unknown_batches: u64,
}

/// A state, and since when.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct CampaignEntry {
    /// The state.
    state: State,
    /// Since when, RFC 3339.
    at: String,
}

/// A campaign with its batches; times in UTC.
pub fn view(campaign: &Campaign, batches: &[Batch]) -> Value {
    let history = campaign.history.iter().map(|entry| CampaignEntry {
        state: entry.state,
        at: entry.at.utc(),
    });
    let on_their_way = batches
        .iter()
        .filter(|batch| campaign.stopped && batch.is_in_doubt());
    json!(CampaignView {
        client_msg_id: &campaign.client_msg_id,
        state: campaign.state_of(batches),
        stopped: campaign.stopped,
        on_their_way: on_their_way
            .map(|batch| batch.clientmsgid.as_str())
            .collect(),
        not_before: campaign.not_before.map(|at| at.utc()),
        error: campaign.error.as_ref().map(Failure::view),
        warning: warning(campaign),
        batches: batches.iter().map(batch).collect(),
        counts: total(campaign, batches),
        history: history.collect(),
    })
}

/// Two mass sends of one article or video are deleted together
/// (<https://developers.weixin.qq.com/doc/service/api/notify/message/api_deletemassmsg>).
pub fn warning(campaign: &Campaign) -> Option<CampaignWarning<'_>> {
    let campaign = campaign.shares_media_with.as_deref()?;
    Some(CampaignWarning {
        kind: "shared_media",
        campaign,
        explanation: Explained {
            en: "Both campaigns have the same media_id: WeChat deletes its article or video in both.",
            zh: "两次群发使用了同一个 media_id：微信删除其中的图文或视频时，两次群发都会受影响。",
        },
    })
}

fn batch(batch: &Batch) -> CampaignBatch<'_> {
    let read = |json: &str| serde_json::from_str(json).unwrap_or_default();
    CampaignBatch {
        clientmsgid: &batch.clientmsgid,
        msg_id: batch.msg_id.map(|id| id.to_string()),
        msg_data_id: batch.msg_data_id.map(|id| id.to_string()),
        state: batch.state,
        recipients: batch.recipients,
        status: batch.status.as_deref(),
        error: batch.error.as_ref().map(Failure::view),
        earlier: &batch.earlier,
        counts: batch.counts.map(|_| people(batch)),
        copyright_check: read(&batch.copyright),
        articles: read(&batch.articles),
    }
}

fn total(campaign: &Campaign, batches: &[Batch]) -> CampaignCounts {
    let mut all = CampaignCounts {
        recipients: match campaign.batches {
            0 => campaign.posted_recipients(),
            _ => campaign.recipients,
        },
        ..CampaignCounts::default()
    };
    for batch in batches {
        let one = people(batch);
        all.total += one.total;
        all.filtered += one.filtered;
        all.sent += one.sent;
        all.failed += one.failed;
        all.failed_batches += u64::from(batch.state == State::Failed);
        all.unknown_batches += u64::from(batch.state == State::Unknown);
    }
    all
}

/// What became of the receivers of a batch: each one filtered out, reached or failed. Nobody gets
/// one that failed whole, also where WeChat told no counts.
fn people(batch: &Batch) -> Counted {
    let told = batch.counts.unwrap_or_default();
    let (total, sent) = (told.total.max(batch.recipients.into()), told.sent);
    let (total, filtered, failed) = match batch.state {
        State::Failed => (total, 0, total.max(sent) - sent),
        _ => (
            told.total,
            told.total.max(told.filtered) - told.filtered,
            told.failed,
        ),
    };
    Counted {
        total,
        filtered,
        sent,
        failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        sends::{campaign::batch::Counts, sample},
        time::Timestamp,
    };

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
            ..sample::campaign()
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
            ..sample::campaign()
        };
        let planned = Batch {
            state: State::Planned,
            clientmsgid: "a".into(),
            ..Batch::default()
        };
        let called = Batch {
            clientmsgid: "b".into(),
            ..planned.claimed("me", Timestamp::from_millis(1))
        };
        let lost = called.lost("no answer", Timestamp::MAX).unwrap();
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
