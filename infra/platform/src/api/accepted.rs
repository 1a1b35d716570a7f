//! An accepted single message: it is remembered, shown on the phone, and its result comes back.

use super::{call::Context, failure::Failure};
use crate::{messages::Message, phone::Shown, timers::Task};
use serde_json::{Map, Value, value::RawValue};
use std::sync::Arc;

/// What the rest of the platform has to know of a message.
pub(super) struct Accepted<'a> {
    pub(super) kind: &'static str,
    pub(super) to_user: &'a str,
    pub(super) client_msg_id: &'a str,
    pub(super) msgid: u64,
}

/// Puts the message on its way.
pub(super) fn accept(context: &Context<'_>, accepted: &Accepted<'_>) -> Result<(), Failure> {
    let (account, keep_bodies) = context.account(context.app_id, |account| {
        let name: Arc<str> = account.setup.name.as_str().into();
        (name, account.data.sends.keep_bodies)
    })?;
    let at_ms = context.now_ms();
    let text = String::from_utf8_lossy(&context.call.body).into_owned();
    if keep_bodies {
        let message = serde_json::from_str(&text).unwrap_or_default();
        let shown = Shown {
            n: 0,
            at_ms,
            source: accepted.kind,
            push_id: None,
            message,
        };
        context.state.show(context.app_id, accepted.to_user, shown);
    }
    let message = Message {
        n: 0,
        at_ms,
        account,
        app_id: context.app_id.into(),
        kind: accepted.kind,
        to_user: accepted.to_user.into(),
        client_msg_id: Some(accepted.client_msg_id)
            .filter(|id| !id.is_empty())
            .map(Into::into),
        msgid: accepted.msgid,
        body: keep_bodies
            .then(|| RawValue::from_string(text).ok())
            .flatten(),
    };
    let events = context.state.events();
    let tell = |message: &Message| events.tell("message", message);
    context.state.messages().add(message, tell);
    Ok(())
}

/// Pushes the result back, when and as often as the account is set to.
pub(super) fn report(context: &Context<'_>, event: Value) -> Result<(), Failure> {
    let due = context.account(context.app_id, |account| {
        let data = &mut account.data;
        let delay = data.chance.between(data.sends.result_delay_ms);
        let copies = data.sends.result_copies;
        data.sends.results.then_some((delay, copies))
    })?;
    let (Some((delay, copies)), Value::Object(push)) = (due, event) else {
        return Ok(());
    };
    let at_ms = context.now_ms() + i64::try_from(delay).unwrap_or(i64::MAX / 2);
    for _ in 0..copies {
        push_at(context, at_ms, push.clone());
    }
    Ok(())
}

/// Pushes an event of the calling account at that time.
pub(super) fn push_at(context: &Context<'_>, at_ms: i64, push: Map<String, Value>) {
    let app_id = context.app_id.into();
    context
        .state
        .timers()
        .add(at_ms, Task::Push { app_id, push });
}
