//! The routes, one item each; those of the sends, the relay, mass sends and logins beside it.

use super::{
    answers::{AccessToken, MessagePage, MessageRow, RefusedToken, Ticket, UploadedMedia},
    limits,
    refusals::{BROKEN, By::Us, OF_WECHAT, Refused},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};
use shared::sends::State;

/// A route under one method.
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    /// The group that clients put it in.
    pub(super) tag: &'static str,
    pub(super) query: Vec<Value>,
    pub(super) body: Option<Value>,
    /// Status, description, content.
    pub(super) answers: Vec<(u16, &'static str, Value)>,
    /// What is refused beside what every route refuses.
    pub(super) refusals: Vec<Refused>,
}

impl Operation {
    /// A route without query and body.
    pub(super) fn new(
        tag: &'static str,
        method: &'static str,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
    ) -> Self {
        Self {
            method,
            path,
            id,
            summary,
            tag,
            query: Vec::new(),
            body: None,
            answers: Vec::new(),
            refusals: Vec::new(),
        }
    }

    /// Whether the gateway asks for a signature.
    pub(super) fn signed(&self) -> bool {
        self.path.starts_with("/v1/")
    }
}

pub(super) fn operations(schemas: &mut SchemaGenerator) -> Vec<Operation> {
    let mut all = super::sends::operations(schemas);
    all.extend(messages(schemas));
    all.extend(super::campaigns::operations(schemas));
    all.push(media(schemas));
    all.extend(super::relay::operations());
    all.extend(tokens(schemas));
    all.extend(super::web::operations(schemas));
    all
}

pub(super) fn json_of<T: JsonSchema>(schemas: &mut SchemaGenerator) -> Value {
    json_body(&json!(schemas.subschema_for::<T>()))
}

pub(super) fn json_body(schema: &Value) -> Value {
    json!({ "application/json": { "schema": schema } })
}

pub(super) fn query(name: &str, description: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "query", "description": description, "schema": schema })
}

pub(super) fn flag(name: &str, description: &str) -> Value {
    query(
        name,
        description,
        &json!({ "type": "boolean", "default": false }),
    )
}

fn messages(schemas: &mut SchemaGenerator) -> [Operation; 3] {
    let state = json!(schemas.subschema_for::<State>());
    let limit = json!({ "type": "integer", "minimum": 1, "maximum": 100, "default": 20 });
    let openid = json!({ "type": "string", "pattern": limits::NAME });
    let cursor = json!({ "type": "string", "minLength": 1 });
    let route = |method, path, id, summary| Operation::new("messages", method, path, id, summary);
    let list = Operation {
        query: vec![
            query("to_user", "Messages to this receiver.", &openid),
            query("state", "Messages in this state.", &state),
            query("limit", "Messages of a page.", &limit),
            query("cursor", "The `cursor` of the page before.", &cursor),
        ],
        answers: vec![(200, "A page.", json_of::<MessagePage>(schemas))],
        refusals: vec![BROKEN],
        ..route(
            "get",
            "/v1/accounts/{account}/messages",
            "listMessages",
            "List messages, newest first.",
        )
    };
    let read = Operation {
        answers: vec![(200, "The message.", json_of::<MessageRow>(schemas))],
        ..route(
            "get",
            "/v1/accounts/{account}/messages/{id}",
            "readMessage",
            "Tell what became of a message.",
        )
    };
    let redrive = Operation {
        answers: vec![(202, "It is queued again.", json_of::<MessageRow>(schemas))],
        refusals: vec![(
            409,
            "It is neither failed nor dead nor unknown, nor queued for more than a day.",
            &[Us],
        )],
        ..route(
            "post",
            "/v1/accounts/{account}/messages/{id}/redrive",
            "redriveMessage",
            "Send a failed message again.",
        )
    };
    [list, read, redrive]
}

fn media(schemas: &mut SchemaGenerator) -> Operation {
    let kinds = json!({ "type": "string", "enum": ["image", "voice", "video", "thumb"] });
    let mut kind = query("type", "What it is used as.", &kinds);
    kind["required"] = json!(true);
    let text = json!({ "type": "string" });
    let file = json!({ "type": "string", "format": "binary" });
    Operation {
        query: vec![
            kind,
            flag("permanent", "Keep it in the material library."),
            flag("fresh", "Upload it although it was before."),
            query("title", "Of a permanent video, which must have one.", &text),
            query("introduction", "Of a permanent video.", &text),
        ],
        // One type, which every generator reads; the file's own, such as image/png, is as good.
        body: Some(json!({ "application/octet-stream": { "schema": file } })),
        answers: vec![(200, "Where it is.", json_of::<UploadedMedia>(schemas))],
        refusals: [
            vec![
                BROKEN,
                (415, "A form, where the file itself is wanted.", &[Us]),
            ],
            OF_WECHAT.to_vec(),
            vec![(
                413,
                "The file is larger than the gateway takes: 4.5 MB.",
                &[],
            )],
        ]
        .concat(),
        ..Operation::new(
            "media",
            "post",
            "/v1/accounts/{account}/media",
            "uploadMedia",
            "Upload media once; the same bytes get the same media_id while it is good.",
        )
    }
}

fn tokens(schemas: &mut SchemaGenerator) -> [Operation; 3] {
    let token = json_of::<AccessToken>(schemas);
    let route = |method, path, id, summary, content| Operation {
        answers: vec![(200, "The one in force.", content)],
        refusals: vec![(
            503,
            "No valid one can be had right now; `class` and `advice` say why and what helps.",
            &[],
        )],
        ..Operation::new("tokens", method, path, id, summary)
    };
    let mut refresh = route(
        "post",
        "/v1/accounts/{account}/access-token/refresh",
        "refreshAccessToken",
        "Report a token WeChat refused and get another.",
        token.clone(),
    );
    refresh.body = Some(json_of::<RefusedToken>(schemas));
    refresh.refusals.push(BROKEN);
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
