//! The routes, one item each.

use super::answers::{
    AcceptedMessage, AccessToken, MessagePage, MessageRow, RefusedToken, Ticket, UploadedMedia,
    WechatRefusal,
};
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Value, json};
use shared::{
    api::{
        custom::{SendCustomMessage, SetTyping},
        notify::SendSubscriptionMessage,
        subscribe_once::SendOneTimeMessage,
        template::SendTemplateMessage,
    },
    sends::{Options, SendKind, State},
};

/// A route under one method.
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) query: Value,
    pub(super) body: Option<Value>,
    /// Status, description, content.
    pub(super) answers: Vec<(u16, &'static str, Value)>,
    /// What is refused beside what every route refuses.
    pub(super) refusals: &'static [(u16, &'static str)],
}

pub(super) const UNAVAILABLE: (u16, &str) = (503, "Not to be had right now; ask again.");

pub(super) fn operations(schemas: &mut SchemaGenerator) -> Vec<Operation> {
    let mut all: Vec<Operation> = SendKind::ALL.map(|kind| send(kind, schemas)).into();
    all.extend(messages(schemas));
    all.extend(super::campaigns::campaigns(schemas));
    all.push(media(schemas));
    all.extend(wechat(schemas));
    all.extend(tokens(schemas));
    all.extend(super::logins::operations(schemas));
    all
}

pub(super) fn json_of<T: JsonSchema>(schemas: &mut SchemaGenerator) -> Value {
    let schema = schemas.subschema_for::<T>();
    json!({ "application/json": { "schema": schema } })
}

pub(super) fn query(name: &str, description: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "query", "description": description, "schema": schema })
}

fn flag(name: &str, description: &str) -> Value {
    query(
        name,
        description,
        &json!({ "type": "boolean", "default": false }),
    )
}

/// What a message may say beside WeChat's own body. As it is read: none of it has to be given.
pub(super) fn send_options() -> Value {
    let mut options = SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = true)
        .with(|settings| settings.meta_schema = None)
        .into_generator()
        .into_root_schema_for::<Options>();
    options.remove("title");
    let mut options = json!(options);
    options["properties"]["client_msg_id"] = json!({
        "type": "string", "pattern": "^[A-Za-z0-9_.:-]{1,64}$",
        "description": "Tells this message from every other one of the account; a repeat with the \
            same id and body is not sent again. Ours if absent.",
    });
    options
}

/// WeChat's body, our members beside it.
fn message(kind: SendKind, schemas: &mut SchemaGenerator) -> Value {
    let wechats = match kind {
        SendKind::Template => json!(schemas.subschema_for::<SendTemplateMessage>()),
        SendKind::Subscription => json!(schemas.subschema_for::<SendSubscriptionMessage>()),
        SendKind::OneTimeSubscription => json!(schemas.subschema_for::<SendOneTimeMessage>()),
        SendKind::CustomerService => json!({ "anyOf": [
            schemas.subschema_for::<SendCustomMessage>(), schemas.subschema_for::<SetTyping>(),
        ] }),
    };
    json!({ "allOf": [wechats, { "$ref": "#/components/schemas/SendOptions" }] })
}

fn send(kind: SendKind, schemas: &mut SchemaGenerator) -> Operation {
    let (path, id, summary) = match kind {
        SendKind::Template => (
            "/v1/accounts/{account}/template-messages",
            "sendTemplateMessages",
            "Send template messages.",
        ),
        SendKind::Subscription => (
            "/v1/accounts/{account}/subscription-messages",
            "sendSubscriptionMessages",
            "Send subscription messages.",
        ),
        SendKind::OneTimeSubscription => (
            "/v1/accounts/{account}/one-time-subscription-messages",
            "sendOneTimeSubscriptionMessages",
            "Send one-time subscription messages.",
        ),
        SendKind::CustomerService => (
            "/v1/accounts/{account}/customer-service-messages",
            "sendCustomerServiceMessages",
            "Send customer-service messages, or show that one is being typed.",
        ),
    };
    let one = message(kind, schemas);
    let body = json!({ "application/json": { "schema": { "oneOf": [
        one, { "type": "array", "minItems": 1, "maxItems": 500, "items": one },
    ] } } });
    let accepted = either::<AcceptedMessage>(schemas);
    let rows = either::<MessageRow>(schemas);
    Operation {
        method: "post",
        path,
        id,
        summary,
        query: json!([]),
        body: Some(body),
        answers: vec![
            (
                202,
                "Accepted; one answer for each message, in order.",
                accepted,
            ),
            (
                200,
                "All of them came before; this is where they are.",
                rows,
            ),
        ],
        refusals: &[
            (
                409,
                "An id belongs to another message; of an array nothing was queued.",
            ),
            (413, "The body is longer than 4 MiB."),
            (415, "The content type is not application/json."),
            (
                503,
                "The table is out of reach; a repeat with the ids that are named is safe.",
            ),
        ],
    }
}

fn either<T: JsonSchema>(schemas: &mut SchemaGenerator) -> Value {
    let one = schemas.subschema_for::<T>();
    json!({ "application/json": { "schema": { "oneOf": [
        one, { "type": "array", "items": one },
    ] } } })
}

fn messages(schemas: &mut SchemaGenerator) -> [Operation; 3] {
    let state = json!(schemas.subschema_for::<State>());
    let limit = json!({ "type": "integer", "minimum": 1, "maximum": 100, "default": 20 });
    let text = json!({ "type": "string" });
    let asked = json!([
        query("to_user", "Messages to this receiver.", &text),
        query("state", "Messages in this state.", &state),
        query("limit", "Messages of a page.", &limit),
        query("cursor", "From the page before.", &text),
    ]);
    let route = |method, path, id, summary, query| Operation {
        method,
        path,
        id,
        summary,
        query,
        body: None,
        answers: Vec::new(),
        refusals: &[UNAVAILABLE],
    };
    let list = Operation {
        answers: vec![(200, "A page.", json_of::<MessagePage>(schemas))],
        ..route(
            "get",
            "/v1/accounts/{account}/messages",
            "listMessages",
            "List messages, newest first.",
            asked,
        )
    };
    let read = Operation {
        answers: vec![(200, "The message.", json_of::<MessageRow>(schemas))],
        ..route(
            "get",
            "/v1/accounts/{account}/messages/{id}",
            "readMessage",
            "Tell what became of a message.",
            json!([]),
        )
    };
    let redrive = Operation {
        answers: vec![(202, "It is queued again.", json_of::<MessageRow>(schemas))],
        refusals: &[
            (
                409,
                "It is neither failed nor dead nor unknown, nor queued for more than a day.",
            ),
            UNAVAILABLE,
        ],
        ..route(
            "post",
            "/v1/accounts/{account}/messages/{id}/redrive",
            "redriveMessage",
            "Send a failed message again.",
            json!([]),
        )
    };
    [list, read, redrive]
}

fn media(schemas: &mut SchemaGenerator) -> Operation {
    let kinds = json!({ "type": "string", "enum": ["image", "voice", "video", "thumb"] });
    let mut kind = query("type", "What it is used as.", &kinds);
    kind["required"] = json!(true);
    let text = json!({ "type": "string" });
    let file = json!({ "schema": { "type": "string", "format": "binary" } });
    Operation {
        method: "post",
        path: "/v1/accounts/{account}/media",
        id: "uploadMedia",
        summary: "Upload media once; the same bytes get the same media_id while it is good.",
        query: json!([
            kind,
            flag("permanent", "Keep it in the material library."),
            flag("fresh", "Upload it although it was before."),
            query("title", "Of a permanent video.", &text),
            query("introduction", "Of a permanent video.", &text),
        ]),
        body: Some(json!({
            "image/*": file, "audio/*": file, "video/*": file, "application/octet-stream": file,
        })),
        answers: vec![(200, "Where it is.", json_of::<UploadedMedia>(schemas))],
        refusals: &[
            (413, "The file is larger than the gateway takes: 4.5 MB."),
            (415, "The content type is not that of a file."),
            (504, "Somebody else uploads it and is not done; ask again."),
            UNAVAILABLE,
        ],
    }
}

fn wechat(schemas: &mut SchemaGenerator) -> [Operation; 2] {
    let refusal = schemas.subschema_for::<WechatRefusal>();
    let refused = json!({ "application/json": { "schema": refusal } });
    let answer = json!({
        "application/json": { "schema": { "type": "object" } },
        "*/*": { "schema": { "type": "string", "format": "binary" } },
    });
    let answers = || {
        vec![
            (200, "WeChat's answer as it came.", answer.clone()),
            (
                422,
                "WeChat refuses; the same call will be refused again.",
                refused.clone(),
            ),
            (
                429,
                "WeChat refuses; an allowance is used up.",
                refused.clone(),
            ),
            (503, "WeChat is busy.", refused.clone()),
        ]
    };
    let route = |method, id, summary, body| Operation {
        method,
        path: "/v1/accounts/{account}/wechat/{path+}",
        id,
        summary,
        query: json!([flag("unlisted", "Call a path that is not in the catalog.")]),
        body,
        answers: answers(),
        refusals: &[
            (405, "The path is called with the other method."),
            (
                502,
                "WeChat gave no answer that reads, or one too long to hand on.",
            ),
            (504, "No answer in time; the call may have had its effect."),
        ],
    };
    let body = json!({
        "application/json": { "schema": { "type": "object" } },
        "multipart/form-data": { "schema": { "type": "object" } },
    });
    [
        route(
            "get",
            "getWechat",
            "Call any GET endpoint of WeChat's with this account's token.",
            None,
        ),
        route(
            "post",
            "postWechat",
            "Call any POST endpoint of WeChat's with this account's token.",
            Some(body),
        ),
    ]
}

fn tokens(schemas: &mut SchemaGenerator) -> [Operation; 3] {
    let token = json_of::<AccessToken>(schemas);
    let route = |method, path, id, summary, content| Operation {
        method,
        path,
        id,
        summary,
        query: json!([]),
        body: None,
        answers: vec![(200, "The one in force.", content)],
        refusals: &[(
            503,
            "No good one is to be had; class and advice say why and what to do.",
        )],
    };
    let refresh = Operation {
        body: Some(json_of::<RefusedToken>(schemas)),
        ..route(
            "post",
            "/v1/accounts/{account}/access-token/refresh",
            "refreshAccessToken",
            "Report a token WeChat refused and get another.",
            token.clone(),
        )
    };
    let ticket = json_of::<Ticket>(schemas);
    [
        route(
            "get",
            "/v1/accounts/{account}/access-token",
            "readAccessToken",
            "Read the access token.",
            token,
        ),
        refresh,
        route(
            "get",
            "/v1/accounts/{account}/tickets/{kind}",
            "readTicket",
            "Read a ticket.",
            ticket,
        ),
    ]
}
