//! Messages of the four kinds: one or an array of them, WeChat's members with ours beside them.

use crate::{
    answers::AcceptedMessage,
    limits,
    operation::{Operation, json_body},
    refusals::{BROKEN, By::Us, UNAUTHORIZED},
    schema::reference,
};
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};
use shared::sends::{Options, SendKind, record::MessageView};
use std::collections::BTreeSet;
use wechat_oa::api::{
    custom::{SendCustomMessage, SetTyping},
    notify::SendSubscriptionMessage,
    subscribe_once::SendOneTimeMessage,
    template::SendTemplateMessage,
};

/// Messages in an array, at most.
const MOST: usize = 500;

/// The kinds by the schema of one message.
const MESSAGES: [(SendKind, &str); 4] = [
    (SendKind::Template, "SendTemplateMessage"),
    (SendKind::Subscription, "SendSubscriptionMessage"),
    (SendKind::OneTimeSubscription, "SendOneTimeMessage"),
    (SendKind::CustomerService, "CustomerServiceMessage"),
];

pub(crate) fn operations(schemas: &mut SchemaGenerator) -> Vec<Operation> {
    schemas.subschema_for::<SendTemplateMessage>();
    schemas.subschema_for::<SendSubscriptionMessage>();
    schemas.subschema_for::<SendOneTimeMessage>();
    schemas.subschema_for::<SendCustomMessage>();
    schemas.subschema_for::<SetTyping>();
    schemas.subschema_for::<AcceptedMessage>();
    schemas.subschema_for::<MessageView<'_>>();
    let send = |(kind, schema): (SendKind, &str)| {
        let (id, summary) = route(kind);
        Operation {
            body: Some(json_body(&reference(&format!("{schema}s")))),
            answers: vec![
                (
                    202,
                    "Accepted; one answer for each message, in order.",
                    json_body(&reference("AcceptedMessages")),
                ),
                (
                    200,
                    "All of them came before; this is where they are.",
                    json_body(&reference("MessageRows")),
                ),
            ],
            refusals: vec![
                BROKEN,
                UNAUTHORIZED,
                (
                    409,
                    "An id belongs to another message; of an array nothing was queued.",
                    &[Us],
                ),
                (413, "The body is longer than 4 MiB.", &[Us]),
                (
                    503,
                    "The table is out of reach; a repeat with the ids that are named is safe.",
                    &[],
                ),
            ],
            ..Operation::new("messages", id, summary)
        }
    };
    MESSAGES.map(send).into()
}

fn route(kind: SendKind) -> (&'static str, &'static str) {
    match kind {
        SendKind::Template => ("sendTemplateMessages", "Send template messages."),
        SendKind::Subscription => ("sendSubscriptionMessages", "Send subscription messages."),
        SendKind::OneTimeSubscription => (
            "sendOneTimeSubscriptionMessages",
            "Send one-time subscription messages.",
        ),
        SendKind::CustomerService => (
            "sendCustomerServiceMessages",
            "Send customer-service messages, or show that one is being typed.",
        ),
    }
}

/// Gives the bodies our members, and takes the customer-service message apart into its kinds.
pub(crate) fn compose(components: &mut Map<String, Value>) {
    take_apart(components);
    // A value with limits of its own.
    let value = components["DataValue"].clone();
    components.insert("OneTimeValue".into(), value);
    components["OneTimeData"]["properties"]["content"]["$ref"] =
        reference("OneTimeValue")["$ref"].take();
    for (_, name) in MESSAGES {
        let one = reference(name);
        let many = json!({ "type": "array", "minItems": 1, "maxItems": MOST, "items": one });
        let both = json!({
            "description": "One message, or an array of 1 to 500 that is taken as a whole or not at all.",
            "oneOf": [one, many],
        });
        components.insert(format!("{name}s"), both);
    }
    for name in ["AcceptedMessage", "MessageRow"] {
        let one = reference(name);
        let both = json!({
            "description": "One for one message, an array for an array.",
            "oneOf": [one, { "type": "array", "items": one }],
        });
        components.insert(format!("{name}s"), both);
    }
    for name in [
        "SendTemplateMessage",
        "SendSubscriptionMessage",
        "SendOneTimeMessage",
        "SetTyping",
    ] {
        add_options(&mut components[name], false);
        close(name, components);
    }
}

/// `SendCustomMessage` is one schema for each `msgtype` here.
fn take_apart(components: &mut Map<String, Value>) {
    let mut whole = components.remove("SendCustomMessage").unwrap();
    let mut kinds = vec![reference("SetTyping")];
    for mut one in whole["oneOf"].take().as_array().unwrap().clone() {
        let msgtype = one["properties"]["msgtype"]["const"].take();
        let msgtype = msgtype.as_str().unwrap();
        let known = whole["properties"].as_object().unwrap().clone();
        let members = one["properties"].as_object_mut().unwrap();
        members.extend(known);
        members.insert(
            "msgtype".into(),
            json!({ "type": "string", "enum": [msgtype] }),
        );
        let required = one["required"].as_array_mut().unwrap();
        required.extend(whole["required"].as_array().unwrap().clone());
        add_options(&mut one, msgtype == "text");
        let (first, rest) = msgtype.split_at(1);
        let name = format!("{}{rest}Message", first.to_uppercase());
        kinds.push(reference(&name));
        components.insert(name.clone(), one);
        close(&name, components);
    }
    let message = json!({ "description": whole["description"], "oneOf": kinds });
    components.insert("CustomerServiceMessage".into(), message);
}

/// What a message may say beside WeChat's own body.
fn add_options(message: &mut Value, is_text: bool) {
    let members = message["properties"].as_object_mut().unwrap();
    members.extend(options(is_text));
}

/// Members that are not known are refused, in the objects inside as well, unless they are allowed.
fn close(name: &str, components: &mut Map<String, Value>) {
    let names = names(&components[name], components);
    let message = &mut components[name];
    message["if"] = json!({
        "required": ["allow_unknown"],
        "properties": { "allow_unknown": { "const": true } },
    });
    message["else"] = names;
}

/// The names that a schema knows, as a schema that refuses others.
fn names(schema: &Value, components: &Map<String, Value>) -> Value {
    if let Some(place) = schema.get("$ref").and_then(Value::as_str) {
        let name = place.rsplit('/').next().unwrap();
        return names(&components[name], components);
    }
    if let Some(either) = schema.get("anyOf").and_then(Value::as_array) {
        return names(&either[0], components);
    }
    let mut known = Map::new();
    for inner in ["items", "additionalProperties"] {
        if let Some(schema) = schema.get(inner).filter(|schema| schema.is_object()) {
            known.insert(inner.into(), names(schema, components));
        }
    }
    if let Some(members) = schema.get("properties").and_then(Value::as_object) {
        // By name, whatever the map is built on.
        let all: BTreeSet<_> = members.keys().collect();
        known.insert("propertyNames".into(), json!({ "enum": all }));
        let inner = members
            .iter()
            .map(|(name, member)| (name.clone(), names(member, components)))
            .filter(|(_, known)| known.as_object().is_some_and(|known| !known.is_empty()));
        let inner: Map<String, Value> = inner.collect();
        if !inner.is_empty() {
            known.insert("properties".into(), json!(inner));
        }
    }
    known.retain(|_, known| known.as_object().is_none_or(|known| !known.is_empty()));
    Value::Object(known)
}

fn options(is_text: bool) -> Map<String, Value> {
    let options = SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator()
        .into_root_schema_for::<Options>();
    let mut options = options
        .get("properties")
        .unwrap()
        .as_object()
        .unwrap()
        .clone();
    for option in options.values_mut() {
        option.as_object_mut().unwrap().remove("default");
    }
    if !is_text {
        options.remove("cache_buster");
    }
    let own = json!({
        "client_msg_id": {
            "type": "string", "pattern": limits::ID,
            "description": "Tells this message from every other one of the account; a repeat with \
                the same id and body is not sent again. Ours if absent.",
        },
        "not_before": {
            "type": ["string", "null"], "format": "date-time",
            "description": "Nothing is sent before, 30 days ahead at most; until then the message is \
                parked and can be cancelled.",
        },
        "allow_unknown": {
            "type": "boolean",
            "description": "Let members pass that WeChat is not known to take; without it they \
                are refused by name.",
        },
        "check": {
            "type": "string", "enum": ["on", "off"],
            "description": "`off` sends it although it breaks a rule of WeChat's that is known here.",
        },
    });
    options.extend(own.as_object().unwrap().clone());
    options
}
