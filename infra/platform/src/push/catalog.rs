//! Which pushes there are and which fields each has (protocol 2.1 to 2.3), as tables.

mod events;
mod fields;
mod messages;
mod results;

pub(super) use fields::{Field, Shape};

use serde_json::{Value, json};

/// One kind of push.
pub(super) struct Push {
    /// MsgType of a message, or Event of an event.
    pub(super) name: &'static str,
    /// The sender when the request names none.
    pub(super) sender: Sender,
    pub(super) fields: &'static [Field],
}

/// Who a push comes from by default.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sender {
    Follower,
    Platform,
}

/// A message by its MsgType.
pub(super) fn message(kind: &str) -> Option<&'static Push> {
    messages::MESSAGES.iter().find(|push| push.name == kind)
}

/// An event by its name, whatever its case.
pub(super) fn event(name: &str) -> Option<&'static Push> {
    let all = events::EVENTS.iter().chain(results::RESULTS);
    all.into_iter()
        .find(|push| push.name.eq_ignore_ascii_case(name))
}

/// Every kind: messages, events, results.
pub(super) fn all() -> impl Iterator<Item = &'static Push> {
    let events = events::EVENTS.iter().chain(results::RESULTS);
    messages::MESSAGES.iter().chain(events)
}

/// Every kind with its fields, as the control API describes them.
pub(crate) fn kinds() -> Value {
    let kind = |push: &Push| json!({"kind": push.name, "fields": described(push.fields)});
    all().map(kind).collect()
}

fn described(fields: &[Field]) -> Value {
    let field = |field: &Field| {
        let (shape, inner) = match &field.shape {
            Shape::Text => ("text", None),
            Shape::Number => ("number", None),
            Shape::Numbers => ("number or array of numbers", None),
            Shape::Group(fields) => ("object", Some(described(fields))),
            Shape::Many(fields) => ("object or array of objects", Some(described(fields))),
        };
        let mut told = json!({"name": field.name, "shape": shape, "required": field.required});
        if let (Some(told), Some(inner)) = (told.as_object_mut(), inner) {
            told.insert("fields".to_owned(), inner);
        }
        told
    };
    fields.iter().map(field).collect()
}

/// Fields a message may carry beside its own.
pub(super) const ANY_MESSAGE: &[Field] = messages::ANY_MESSAGE;

/// Events whose reply nobody sees, beside all results and news of the platform: the follower left,
/// went to a page, went on walking, or talks with an agent.
const UNSEEN: [&str; 7] = [
    "unsubscribe",
    "LOCATION",
    "VIEW",
    "view_miniprogram",
    "kf_create_session",
    "kf_close_session",
    "kf_switch_session",
];

/// Whether a reply to that event, whatever its case, is shown to anybody.
pub(super) fn shows_a_reply(event: &str) -> bool {
    let results = results::RESULTS.iter().map(|push| push.name);
    !results
        .chain(UNSEEN)
        .any(|name| name.eq_ignore_ascii_case(event))
}
