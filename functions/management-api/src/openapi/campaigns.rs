//! The routes of mass sends, one item each, and what they answer.

use super::{
    operations::{Operation, json_body, json_of, query},
    reference,
    refusals::{BROKEN, By::Us, OF_WECHAT, Refused},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Value, json};
use shared::sends::{Failure, campaign::State};

/// A campaign with its batches.
#[derive(Serialize, JsonSchema)]
struct Campaign {
    /// Its id.
    client_msg_id: String,
    /// Where it is.
    state: State,
    /// Whether what has not gone is not to go.
    stopped: bool,
    /// Of a stopped campaign, the `clientmsgid` of each batch whose call is under way or was not
    /// answered: it may go, and is not sent again. It ends with WeChat's result, or `unknown`.
    on_their_way: Vec<String>,
    /// Nothing is sent before; RFC 3339.
    not_before: Option<String>,
    /// Why it failed before a batch was made.
    error: Option<Failure>,
    /// Its batches, in order; none before it is planned.
    batches: Vec<CampaignBatch>,
    /// The sums of what WeChat told.
    counts: CampaignCounts,
    /// Where it has been.
    history: Vec<CampaignEntry>,
}

/// At most 10,000 receivers, in one call.
#[derive(Serialize, JsonSchema)]
struct CampaignBatch {
    /// Its id at WeChat: a repeat within 24 hours is no second send.
    clientmsgid: String,
    /// WeChat's id.
    msg_id: Option<String>,
    /// WeChat's id of its comments and statistics.
    msg_data_id: Option<String>,
    /// Where it is.
    state: State,
    /// Its receivers; 0 where WeChat knows them.
    recipients: u32,
    /// WeChat's words about its end, such as `send success` or `err(10001)`.
    status: Option<String>,
    /// Why it is not where it should be.
    error: Option<Failure>,
    /// What became of its receivers; null until WeChat told.
    counts: Option<Counted>,
    /// What the check for originality found, article by article.
    copyright_check: Value,
    /// Where its articles can be read.
    articles: Value,
}

/// Counts of a batch.
#[derive(Serialize, JsonSchema)]
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
#[derive(Serialize, JsonSchema)]
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
#[derive(Serialize, JsonSchema)]
struct CampaignEntry {
    /// The state.
    state: State,
    /// Since when, RFC 3339.
    at: String,
}

/// A campaign that was taken in.
#[derive(Serialize, JsonSchema)]
struct AcceptedCampaign {
    /// Its id.
    client_msg_id: String,
    /// Where it is.
    state: State,
}

/// Receivers that were added.
#[derive(Serialize, JsonSchema)]
struct AddedRecipients {
    /// The campaign's id.
    client_msg_id: String,
    /// Receivers of the page, each once.
    recipients: u64,
}

/// A preview that is on its way.
#[derive(Serialize, JsonSchema)]
struct SentPreview {
    /// WeChat's id.
    msg_id: String,
}

/// How fast mass sends go.
#[derive(Serialize, JsonSchema)]
struct ToldSpeed {
    /// 0 (fastest) to 4.
    speed: u8,
    /// In ten thousand messages a minute.
    realspeed: u32,
}

const CHANGED: &str = "It changed; this is how it stands.";
const SAME: &str = "It was so before; this is how it stands.";
const SPENT: Refused = (
    429,
    "An allowance is used up, `opens_at` says until when; or too many requests.",
    &[Us],
);
const TOO_LONG: Refused = (413, "The body is longer than 1 MiB.", &[Us]);

const ALL: &str = "/v1/accounts/{account}/mass-sends";
const ONE: &str = "/v1/accounts/{account}/mass-sends/{id}";

pub(super) fn operations(schemas: &mut SchemaGenerator) -> Vec<Operation> {
    let shown = json_of::<Campaign>(schemas);
    let mut all = vec![create(schemas, &shown), read(&shown), stop(&shown)];
    all.extend([add(schemas), submit(&shown), preview(schemas)]);
    all.extend(speed(schemas));
    all
}

fn route(
    method: &'static str,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
) -> Operation {
    Operation::new("mass-sends", method, path, id, summary)
}

fn create(schemas: &mut SchemaGenerator, shown: &Value) -> Operation {
    let accepted = json_of::<AcceptedCampaign>(schemas);
    let before = "It came before; this is how it stands.";
    let taken = "The id belongs to another campaign, or nobody would get it.";
    Operation {
        body: Some(json_body(&reference("MassSend"))),
        answers: vec![(202, "Accepted.", accepted), (200, before, shown.clone())],
        // To find out about a tag, WeChat is called.
        refusals: [
            vec![BROKEN, (409, taken, &[Us]), TOO_LONG],
            OF_WECHAT.to_vec(),
            vec![SPENT],
        ]
        .concat(),
        ..route(
            "post",
            ALL,
            "createMassSend",
            "Send to many, or begin a draft.",
        )
    }
}

fn read(shown: &Value) -> Operation {
    let summary = "Tell what became of a campaign.";
    Operation {
        answers: vec![(200, "The campaign.", shown.clone())],
        ..route("get", ONE, "readMassSend", summary)
    }
}

fn stop(shown: &Value) -> Operation {
    let article = json!({ "type": "integer", "minimum": 1, "maximum": 8 });
    let summary = "Stop what has not gone and take back what has; asked again, hurry.";
    Operation {
        query: vec![query(
            "article",
            "Take back this article alone, from 1.",
            &article,
        )],
        answers: changed(shown),
        refusals: vec![
            BROKEN,
            (
                409,
                "Something has gone that WeChat cannot delete, which is all but articles and \
                 videos: `error.campaign` is how it stands, the rest of it stopped. Or a draft \
                 has no articles to take back.",
                &[Us],
            ),
        ],
        ..route("delete", ONE, "stopMassSend", summary)
    }
}

fn add(schemas: &mut SchemaGenerator) -> Operation {
    let added = json_of::<AddedRecipients>(schemas);
    Operation {
        body: Some(json_body(&reference("MassRecipients"))),
        answers: vec![(200, "Added, perhaps before.", added)],
        refusals: vec![
            BROKEN,
            (409, "It is no draft, or takes no more pages.", &[Us]),
            TOO_LONG,
        ],
        ..route(
            "post",
            "/v1/accounts/{account}/mass-sends/{id}/recipients",
            "addRecipients",
            "Add receivers to a draft.",
        )
    }
}

fn submit(shown: &Value) -> Operation {
    Operation {
        answers: changed(shown),
        refusals: vec![
            (
                400,
                "It has one receiver; WeChat sends to no list of one.",
                &[Us],
            ),
            (409, "It has no receivers, or was deleted.", &[Us]),
            SPENT,
        ],
        ..route(
            "post",
            "/v1/accounts/{account}/mass-sends/{id}/submit",
            "submitMassSend",
            "Release a draft.",
        )
    }
}

fn preview(schemas: &mut SchemaGenerator) -> Operation {
    Operation {
        body: Some(json_body(&reference("MassPreview"))),
        answers: vec![(200, "It is on its way.", json_of::<SentPreview>(schemas))],
        refusals: [vec![BROKEN, TOO_LONG], OF_WECHAT.to_vec()].concat(),
        ..route(
            "post",
            "/v1/accounts/{account}/mass-sends/preview",
            "previewMassSend",
            "Send to one, for a look; 100 a day.",
        )
    }
}

fn speed(schemas: &mut SchemaGenerator) -> [Operation; 2] {
    let path = "/v1/accounts/{account}/mass-sends/speed";
    let read = Operation {
        answers: vec![(200, "The speed.", json_of::<ToldSpeed>(schemas))],
        refusals: OF_WECHAT.to_vec(),
        ..route(
            "get",
            path,
            "readMassSendSpeed",
            "Tell how fast mass sends go.",
        )
    };
    let set = Operation {
        body: Some(json_body(&reference("MassSpeed"))),
        answers: vec![(200, "Set.", json_body(&reference("MassSpeed")))],
        refusals: [vec![BROKEN, TOO_LONG], OF_WECHAT.to_vec()].concat(),
        ..route(
            "put",
            path,
            "setMassSendSpeed",
            "Set how fast mass sends go.",
        )
    };
    [read, set]
}

fn changed(shown: &Value) -> Vec<(u16, &'static str, Value)> {
    vec![(202, CHANGED, shown.clone()), (200, SAME, shown.clone())]
}

#[cfg(test)]
mod tests {
    use crate::openapi::{check::Contract, document};
    use shared::sends::{
        Failure,
        campaign::{State, batch::Batch, record, result::Counts, view::view},
    };

    #[test]
    fn campaigns_are_as_described() {
        let campaign = record::Campaign::default().entered(State::Draft, 1);
        let batch = Batch {
            counts: Some(Counts::default()),
            error: Some(Failure::new(None, "no", "content")),
            ..Batch::planned(&campaign, 0, 2, "p")
        };
        let shown = view(&campaign, &[batch]);
        assert_eq!(shown["batches"].as_array().unwrap().len(), 1);
        Contract::of_answers(document()).hold("Campaign", &shown);
    }
}
