//! The routes of mass sends, one item each, and what they answer.

use super::operations::{Operation, UNAVAILABLE, json_of, query};
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::sends::{Failure, campaign::State};

/// A campaign with its batches.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
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
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
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
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
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
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
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
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
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

const CHANGED: &str = "It changed; this is how it stands.";
const SPENT: &str = "An allowance is used up; `opens_at` says until when.";
const SAME: &str = "It was so before; this is how it stands.";

const ONE: &str = "/v1/accounts/{account}/mass-sends/{id}";

pub(super) fn campaigns(schemas: &mut SchemaGenerator) -> Vec<Operation> {
    let shown = json_of::<Campaign>(schemas);
    let mut all = vec![create(schemas, &shown), read(&shown), stop(&shown)];
    all.push(add(schemas));
    all.push(submit(&shown));
    all.push(preview());
    all.extend(speed());
    all
}

fn route(
    method: &'static str,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
) -> Operation {
    Operation {
        method,
        path,
        id,
        summary,
        query: json!([]),
        body: None,
        answers: Vec::new(),
        refusals: &[UNAVAILABLE],
    }
}

fn create(schemas: &mut SchemaGenerator, shown: &Value) -> Operation {
    let accepted = json_of::<AcceptedCampaign>(schemas);
    let before = "It came before; this is how it stands.";
    Operation {
        body: Some(posted(campaign_body())),
        answers: vec![(202, "Accepted.", accepted), (200, before, shown.clone())],
        refusals: &[
            (
                409,
                "The id belongs to another campaign, or nobody would get it.",
            ),
            (429, SPENT),
            UNAVAILABLE,
        ],
        ..route(
            "post",
            "/v1/accounts/{account}/mass-sends",
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
        query: json!([query(
            "article",
            "Take back this article alone, from 1.",
            &article
        )]),
        answers: changed(shown),
        refusals: &[
            (
                409,
                "Something has gone that WeChat cannot delete, which is all but articles and \
                 videos: `error.campaign` is how it stands, the rest of it stopped. Or a draft \
                 has no articles to take back.",
            ),
            UNAVAILABLE,
        ],
        ..route("delete", ONE, "stopMassSend", summary)
    }
}

fn add(schemas: &mut SchemaGenerator) -> Operation {
    let added = json_of::<AddedRecipients>(schemas);
    Operation {
        body: Some(posted(openids_body())),
        answers: vec![(200, "Added, perhaps before.", added)],
        refusals: &[
            (409, "It is no draft, or takes no more pages."),
            UNAVAILABLE,
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
        refusals: &[
            (409, "It has no receivers, or was deleted."),
            (429, SPENT),
            UNAVAILABLE,
        ],
        ..route(
            "post",
            "/v1/accounts/{account}/mass-sends/{id}/submit",
            "submitMassSend",
            "Release a draft.",
        )
    }
}

fn preview() -> Operation {
    let sent = object(json!({ "msg_id": { "type": "string" } }));
    Operation {
        body: Some(posted(preview_body())),
        answers: vec![(200, "It is on its way.", sent)],
        refusals: &[
            (422, "WeChat refuses."),
            (429, "WeChat refuses: 100 previews a day."),
            UNAVAILABLE,
        ],
        ..route(
            "post",
            "/v1/accounts/{account}/mass-sends/preview",
            "previewMassSend",
            "Send to one, for a look.",
        )
    }
}

fn speed() -> [Operation; 2] {
    let path = "/v1/accounts/{account}/mass-sends/speed";
    let told = object(json!({
        "speed": { "type": "integer" }, "realspeed": { "type": "integer" },
    }));
    let summary = "Tell how fast mass sends go: 0 (fastest) to 4.";
    let read = Operation {
        answers: vec![(200, "The speed.", told)],
        ..route("get", path, "readMassSendSpeed", summary)
    };
    let set = Operation {
        body: Some(object(speed_body())),
        answers: vec![(200, "Set.", object(speed_body()))],
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

fn posted(schema: Value) -> Value {
    json!({ "application/json": { "schema": schema } })
}

fn object(properties: Value) -> Value {
    posted(json!({ "type": "object", "properties": properties }))
}

fn speed_body() -> Value {
    json!({ "speed": { "type": "integer", "minimum": 0, "maximum": 4 } })
}

fn openids() -> Value {
    json!({
        "type": "array", "maxItems": 10_000,
        "items": { "type": "string", "pattern": "^[A-Za-z0-9_-]{1,32}$" },
    })
}

fn openids_body() -> Value {
    json!({ "type": "object", "required": ["openids"], "properties": { "openids": openids() } })
}

fn message() -> Value {
    let kinds = ["mpnews", "text", "voice", "image", "mpvideo", "wxcard"];
    json!({
        "type": "object", "required": ["msgtype"],
        "description": "WeChat's own: `msgtype` and the object that goes with it. A text has at \
            most 2,048 bytes of UTF-8, the whole 32,768.",
        "properties": { "msgtype": { "type": "string", "enum": kinds } },
    })
}

fn campaign_body() -> Value {
    let only = |name: &str, schema: Value| json!({ "type": "object", "required": [name], "properties": { name: schema } });
    json!({
        "type": "object", "required": ["message", "to"],
        "properties": {
            "client_msg_id": {
                "type": "string", "pattern": "^[A-Za-z0-9_.:-]{1,64}$",
                "description": "Tells this campaign from every other one of the account; a repeat \
                    with the same id and body is not sent again. Ours if absent.",
            },
            "message": message(),
            "to": { "oneOf": [
                only("all", json!({ "const": true })),
                only("tag_id", json!({ "type": "integer" })),
                only("openids", openids()),
            ] },
            "send_ignore_reprint": {
                "type": "boolean", "description": "Send articles that turn out to be reprints.",
            },
            "not_before": {
                "type": "string",
                "description": "Not before this time; with its zone, within 30 days.",
            },
            "draft": {
                "type": "boolean", "default": false,
                "description": "Wait for more receivers and for `submit`.",
            },
        },
    })
}

fn preview_body() -> Value {
    json!({
        "type": "object", "required": ["message"],
        "properties": {
            "message": message(),
            "to_user": { "type": "string" },
            "to_wechat_name": { "type": "string" },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::sends::campaign::{batch::Batch, record, result::Counts, view::view};

    #[test]
    fn campaigns_are_as_described() {
        let campaign = record::Campaign::default().entered(State::Draft, 1);
        let batch = Batch {
            counts: Some(Counts::default()),
            error: Some(Failure::new(None, "no", "content")),
            ..Batch::planned(&campaign, 0, 2, "p")
        };
        let shown = view(&campaign, &[batch]);
        let told: Campaign = serde_json::from_value(shown).unwrap();
        assert_eq!(told.batches.len(), 1);
    }
}
