//! The routes, one item each; those of the sends, the relay, mass sends and logins beside it.

use crate::{
    answers::{
        AccessToken, MessagePage, RedriveMessages, RedrivenMessages, RefusedToken, Ticket,
        UploadedMedia,
    },
    limits,
    operation::{Operation, flag, json_of, query},
    refusals::{BROKEN, By::Us, OF_WECHAT},
};
use schemars::SchemaGenerator;
use serde_json::json;
use shared::sends::{SendKind, State, record::MessageView};

pub(crate) fn operations(schemas: &mut SchemaGenerator) -> Vec<Operation> {
    let mut all = crate::sends::operations(schemas);
    all.extend(messages(schemas));
    all.extend(crate::campaigns::operations(schemas));
    all.push(media(schemas));
    all.extend(crate::relay::operations());
    all.extend(tokens(schemas));
    all.extend(crate::web::operations(schemas));
    all
}

fn messages(schemas: &mut SchemaGenerator) -> [Operation; 5] {
    let state = json!(schemas.subschema_for::<State>());
    let limit = json!({ "type": "integer", "minimum": 1, "maximum": 100, "default": 20 });
    let openid = json!({ "type": "string", "pattern": limits::NAME });
    let cursor = json!({ "type": "string", "minLength": 1 });
    let kind = json!(schemas.subschema_for::<SendKind>());
    let text = json!({ "type": "string", "minLength": 1 });
    let time = json!({ "type": "string", "format": "date-time" });
    let route = |id, summary| Operation::new("messages", id, summary);
    let list = Operation {
        query: vec![
            query("to_user", "Messages to this receiver.", &openid),
            query("state", "Messages in this state.", &state),
            query("kind", "Messages of this kind.", &kind),
            query("template_id", "Messages by this template.", &text),
            query("since", "Messages that came then or later.", &time),
            query("until", "Messages that came until then.", &time),
            query("limit", "Messages of a page.", &limit),
            query("cursor", "The `cursor` of the page before.", &cursor),
        ],
        answers: vec![(200, "A page.", json_of::<MessagePage>(schemas))],
        refusals: vec![BROKEN],
        ..route("listMessages", "List messages, newest first.")
    };
    let read = Operation {
        answers: vec![(200, "The message.", json_of::<MessageView<'_>>(schemas))],
        ..route("readMessage", "Tell what became of a message.")
    };
    let redrive = Operation {
        answers: vec![(
            202,
            "It is queued again.",
            json_of::<MessageView<'_>>(schemas),
        )],
        refusals: vec![(
            409,
            "It is neither failed nor dead nor unknown, nor queued for more than a day.",
            &[Us],
        )],
        ..route("redriveMessage", "Send a failed message again.")
    };
    let many = Operation {
        body: Some(json_of::<RedriveMessages>(schemas)),
        answers: vec![(
            202,
            "So many are queued again; `cursor` goes on behind them.",
            json_of::<RedrivenMessages>(schemas),
        )],
        refusals: vec![BROKEN],
        ..route("redriveMessages", "Send many failed messages again.")
    };
    let cancel = Operation {
        answers: vec![(
            200,
            "It will not be sent; `unknown` where the answer to a call was lost and it may have gone.",
            json_of::<MessageView<'_>>(schemas),
        )],
        refusals: vec![(409, "It is on its way, or its end is known.", &[Us])],
        ..route("cancelMessage", "Cancel a message that has not gone.")
    };
    [list, read, redrive, many, cancel]
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
            "uploadMedia",
            "Upload media once; the same bytes get the same media_id while it is good.",
        )
    }
}

fn tokens(schemas: &mut SchemaGenerator) -> [Operation; 3] {
    let token = json_of::<AccessToken>(schemas);
    let route = |id, summary, content| Operation {
        answers: vec![(200, "The one in force.", content)],
        refusals: vec![(
            503,
            "No valid one can be had right now; `class` and `advice` say why and what helps.",
            &[],
        )],
        ..Operation::new("tokens", id, summary)
    };
    let mut refresh = route(
        "refreshAccessToken",
        "Report a token WeChat refused and get another.",
        token.clone(),
    );
    refresh.body = Some(json_of::<RefusedToken>(schemas));
    refresh.refusals.push(BROKEN);
    let ticket = json_of::<Ticket>(schemas);
    [
        route("readAccessToken", "Read the access token.", token),
        refresh,
        route("readTicket", "Read a ticket.", ticket),
    ]
}
