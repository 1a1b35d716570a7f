//! What is answered to requests that are not done: which status, in whose words.

use crate::{
    answers::{ErrorAnswer, GatewayAnswer, WechatRefusal},
    schema::reference,
};
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Who words an answer; each has a form of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum By {
    /// WeChat refused; its refusal with our explanation.
    Wechat,
    /// `{"error": {"type", "message"}}`.
    Us,
    /// API Gateway, before or in place of the function: `{"message"}`.
    Gateway,
}

/// Status, when it is answered, in whose words.
pub(crate) type Refused = (u16, &'static str, &'static [By]);

use By::{Gateway, Us, Wechat};

const FORBIDDEN: Refused = (403, "The signature is wrong or missing.", &[Gateway]);
/// What a route may answer that sends for an account.
pub(crate) const UNAUTHORIZED: Refused = (
    403,
    "The account's class or kind may not send this: WeChat would answer 48001, and nothing was stored; \
     `force` leaves it to WeChat. Or the signature is wrong or missing.",
    &[Us],
);
/// What every route may answer.
const ALWAYS: [Refused; 4] = [
    (404, "No such account, message, campaign or path.", &[Us]),
    (
        429,
        "Too many requests, or too many for accounts that do not exist.",
        &[Us, Gateway],
    ),
    (
        500,
        "A fault of this side, such as an account's document that does not read.",
        &[Us, Gateway],
    ),
    (503, "Not to be had right now; ask again.", &[Us, Gateway]),
];
/// What a route that reads a query or a body may answer.
pub(crate) const BROKEN: Refused = (400, "A rule is broken; nothing was done.", &[Us]);
/// What a route that reads a body may answer before the function sees it.
const TOO_LONG: Refused = (
    413,
    "The body is longer than the gateway takes.",
    &[Gateway],
);
/// What a route that calls WeChat may answer beside [`ALWAYS`].
pub(crate) const OF_WECHAT: [Refused; 5] = [
    (
        422,
        "WeChat refuses; the same call will be refused again.",
        &[Wechat],
    ),
    (
        429,
        "WeChat refuses because an allowance is used up, or too many requests came here.",
        &[Wechat],
    ),
    (
        502,
        "WeChat gave no answer that reads, or one too long to hand on, or refused a new token.",
        &[Wechat, Us],
    ),
    (
        503,
        "WeChat is busy, or a part of this side is not to be had; ask again.",
        &[Wechat],
    ),
    (
        504,
        "No answer in time; the call may have had its effect.",
        &[Us, Gateway],
    ),
];

/// The refusals of an operation, by status; its `own` go before those of all.
pub(crate) fn responses(own: &[Refused], has_body: bool, signed: bool) -> Map<String, Value> {
    let always = ALWAYS.iter();
    let signed = signed.then_some(&FORBIDDEN);
    let body = has_body.then_some(&TOO_LONG);
    let mut by_status: BTreeMap<u16, (&str, Vec<By>)> = BTreeMap::new();
    for (status, description, by) in always.chain(signed).chain(body).chain(own) {
        let entry = by_status.entry(*status).or_default();
        entry.0 = description;
        entry.1.extend(by.iter());
    }
    let response = |(description, mut by): (&str, Vec<By>)| {
        by.sort();
        by.dedup();
        let schema = reference(name(&by));
        json!({ "description": description, "content": { "application/json": { "schema": schema } } })
    };
    by_status
        .into_iter()
        .map(|(status, refusal)| (status.to_string(), response(refusal)))
        .collect()
}

/// The schema of answers in these words.
fn name(by: &[By]) -> &'static str {
    match by {
        [Wechat] => "WechatRefusal",
        [Us] => "ErrorAnswer",
        [Gateway] => "GatewayAnswer",
        [Wechat, Us] => "WechatOrErrorAnswer",
        [Us, Gateway] => "ErrorOrGatewayAnswer",
        _ => "AnyRefusal",
    }
}

/// The forms themselves.
pub(crate) fn shapes(schemas: &mut SchemaGenerator) {
    schemas.subschema_for::<WechatRefusal>();
    schemas.subschema_for::<ErrorAnswer>();
    schemas.subschema_for::<GatewayAnswer>();
}

/// The choices between the forms. They are told apart by `errcode`, `error` and `message`.
pub(crate) fn compose(components: &mut Map<String, Value>) {
    for by in [&[Wechat, Us][..], &[Us, Gateway], &[Wechat, Us, Gateway]] {
        let forms: Vec<Value> = by.iter().map(|one| reference(name(&[*one]))).collect();
        components.insert(name(by).to_owned(), json!({ "anyOf": forms }));
    }
    // WeChat adds members when it likes; they are handed on.
    components["WechatRefusal"]["additionalProperties"] = json!(true);
}
