//! The routes of mass sends, one item each, and what they answer.

use crate::{
    operation::{Operation, json_body, json_of, query},
    refusals::{BROKEN, By::Us, OF_WECHAT, Refused, UNAUTHORIZED},
    schema::reference,
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Value, json};
use shared::sends::campaign::{
    State,
    view::{CampaignView, CampaignWarning},
};

/// A campaign that was taken in.
#[derive(Serialize, JsonSchema)]
struct AcceptedCampaign<'a> {
    /// Its id.
    client_msg_id: String,
    /// Where it is.
    state: State,
    /// What somebody should know about it.
    warning: Option<CampaignWarning<'a>>,
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

/// A page of campaigns, newest first.
#[derive(Serialize, JsonSchema)]
struct CampaignPage<'a> {
    /// The campaigns.
    campaigns: Vec<CampaignView<'a>>,
    /// Fetches the next page; null on the last one.
    cursor: Option<String>,
}

/// What an account used up of its mass sends.
#[derive(Serialize, JsonSchema)]
struct MassQuota {
    /// Sends to all of this period so far: a day for a subscription account, a month for a service account.
    to_all: u32,
    /// How many there may be.
    to_all_most: u32,
    /// When the next period begins, RFC 3339.
    next_period: String,
    /// Calls that are left until midnight in Beijing.
    calls_left_today: u32,
}

/// How many sends to all there were.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ToldQuota {
    /// In this period, those in WeChat's console with those that went through here.
    #[schemars(range(max = 1000))]
    to_all: u32,
}

const CHANGED: &str = "It changed; this is how it stands.";
const SAME: &str = "It was so before; this is how it stands.";
const SPENT: Refused = (
    429,
    "An allowance is used up, `opens_at` says until when; or too many requests.",
    &[Us],
);
const TOO_LONG: Refused = (413, "The body is longer than 1 MiB.", &[Us]);

pub(crate) fn operations(schemas: &mut SchemaGenerator) -> Vec<Operation> {
    let shown = json_of::<CampaignView<'_>>(schemas);
    let mut all = vec![create(schemas, &shown), read(&shown), stop(&shown)];
    all.extend([
        add(schemas),
        submit(&shown),
        resend(&shown),
        preview(schemas),
    ]);
    all.extend(speed(schemas));
    all.push(list(schemas));
    all.extend(quota(schemas));
    all
}

fn route(id: &'static str, summary: &'static str) -> Operation {
    Operation::new("mass-sends", id, summary)
}

fn list(schemas: &mut SchemaGenerator) -> Operation {
    let state = json!(schemas.subschema_for::<State>());
    let time = json!({ "type": "string", "format": "date-time" });
    let limit = json!({ "type": "integer", "minimum": 1, "maximum": 50, "default": 20 });
    let cursor = json!({ "type": "string", "minLength": 1 });
    Operation {
        query: vec![
            query(
                "state",
                "Campaigns in this state; a page may hold fewer.",
                &state,
            ),
            query("since", "Campaigns that came then or later.", &time),
            query("until", "Campaigns that came until then.", &time),
            query("limit", "Campaigns of a page.", &limit),
            query("cursor", "The `cursor` of the page before.", &cursor),
        ],
        answers: vec![(200, "A page.", json_of::<CampaignPage<'_>>(schemas))],
        refusals: vec![BROKEN],
        ..route("listMassSends", "List campaigns, newest first.")
    }
}

fn quota(schemas: &mut SchemaGenerator) -> [Operation; 2] {
    let told = json_of::<MassQuota>(schemas);
    let answer = |content| vec![(200, "How it stands.", content)];
    let read = Operation {
        answers: answer(told.clone()),
        ..route("readMassSendQuota", "Tell what is used up of mass sends.")
    };
    let set = Operation {
        body: Some(json_of::<ToldQuota>(schemas)),
        answers: answer(told),
        refusals: vec![BROKEN, TOO_LONG],
        ..route(
            "setMassSendQuota",
            "Count sends to all that were made in WeChat's console.",
        )
    };
    [read, set]
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
            vec![BROKEN, UNAUTHORIZED, (409, taken, &[Us]), TOO_LONG],
            OF_WECHAT.to_vec(),
            vec![SPENT],
        ]
        .concat(),
        ..route("createMassSend", "Send to many, or begin a draft.")
    }
}

fn read(shown: &Value) -> Operation {
    let summary = "Tell what became of a campaign.";
    Operation {
        answers: vec![(200, "The campaign.", shown.clone())],
        ..route("readMassSend", summary)
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
        answers: change_answers(shown),
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
        ..route("stopMassSend", summary)
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
        ..route("addRecipients", "Add receivers to a draft.")
    }
}

fn submit(shown: &Value) -> Operation {
    Operation {
        answers: change_answers(shown),
        refusals: vec![
            (
                400,
                "It has one receiver; WeChat sends to no list of one.",
                &[Us],
            ),
            (409, "It has no receivers, or was deleted.", &[Us]),
            SPENT,
        ],
        ..route("submitMassSend", "Release a draft.")
    }
}

fn resend(shown: &Value) -> Operation {
    Operation {
        answers: vec![(202, "They are on their way again.", shown.clone())],
        refusals: vec![
            (
                409,
                "No batch of it failed, it was stopped, or its receivers are no longer kept: they are \
                 for seven days after its end.",
                &[Us],
            ),
            SPENT,
        ],
        ..route(
            "resendMassSend",
            "Send the failed batches of a campaign again, each under a new id.",
        )
    }
}

fn preview(schemas: &mut SchemaGenerator) -> Operation {
    Operation {
        body: Some(json_body(&reference("MassPreview"))),
        answers: vec![(200, "It is on its way.", json_of::<SentPreview>(schemas))],
        refusals: [vec![BROKEN, UNAUTHORIZED, TOO_LONG], OF_WECHAT.to_vec()].concat(),
        ..route("previewMassSend", "Send to one, for a look; 100 a day.")
    }
}

fn speed(schemas: &mut SchemaGenerator) -> [Operation; 2] {
    let read = Operation {
        answers: vec![(200, "The speed.", json_of::<ToldSpeed>(schemas))],
        refusals: OF_WECHAT.to_vec(),
        ..route("readMassSendSpeed", "Tell how fast mass sends go.")
    };
    let set = Operation {
        body: Some(json_body(&reference("MassSpeed"))),
        answers: vec![(200, "Set.", json_body(&reference("MassSpeed")))],
        refusals: [vec![BROKEN, TOO_LONG], OF_WECHAT.to_vec()].concat(),
        ..route("setMassSendSpeed", "Set how fast mass sends go.")
    };
    [read, set]
}

fn change_answers(shown: &Value) -> Vec<(u16, &'static str, Value)> {
    vec![(202, CHANGED, shown.clone()), (200, SAME, shown.clone())]
}
