//! Which pushes there are and which fields each has (protocol 2.1 to 2.3), as tables.

mod events;
mod fields;
mod messages;
mod results;

pub(super) use fields::{Field, Shape};

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
