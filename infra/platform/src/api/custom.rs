//! Service messages (protocol 7.1).

use super::{
    Route,
    accepted::{Accepted, accept},
    call::Context,
    custom_message,
    failure::{Failure, ok},
    fields::Fields,
    message_rules::openid,
    post,
};
use crate::account_data::{AccountData, Taken};
use serde_json::Value;

pub(super) const ROUTES: &[Route] = &[
    post("/cgi-bin/message/custom/send", send),
    post("/cgi-bin/message/custom/typing", typing),
];

fn send(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    context.data(|data| decide(data, &body, context.now_ms()))?;
    go(context, "customer_service", &body)
}

fn decide(data: &mut AccountData, body: &Value, now_ms: i64) -> Result<(), Failure> {
    let to_user = openid(body, "touser")?;
    custom_message::check(data, body, now_ms)?;
    let worker = body.part("customservice").text("kf_account");
    if !worker.is_empty() && !data.kf.workers.contains_key(worker) {
        return Err(Failure::code(65_401));
    }
    let check_window = data.sends.check_window;
    let follower = data.followers.of(to_user, now_ms);
    if !follower.follows {
        return Err(Failure::code(45_015));
    }
    if follower.blacklisted {
        return Err(Failure::code(43_019));
    }
    if follower.muted {
        return Err(Failure::code(48_002));
    }
    if check_window {
        match follower.take_message(now_ms) {
            Taken::Yes => {}
            Taken::Closed => return Err(Failure::code(45_015)),
            Taken::UsedUp => return Err(Failure::code(45_047)),
        }
    }
    follower.exchange(now_ms);
    let text = body.part("text").text("content");
    data.kf.record(to_user, 2002, text, worker, now_ms);
    Ok(())
}

fn typing(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    context.data(|data| {
        let to_user = openid(&body, "touser")?;
        let typing = match body.text("command") {
            "Typing" => true,
            "CancelTyping" => false,
            _ => return Err(Failure::code(45_072)),
        };
        let follower = data.followers.of(to_user, context.now_ms());
        follower
            .type_to(typing, context.now_ms())
            .map_err(Failure::code)
    })?;
    go(context, "typing", &body)
}

fn go(context: &Context<'_>, kind: &'static str, body: &Value) -> Result<Value, Failure> {
    let accepted = Accepted {
        kind,
        to_user: body.text("touser"),
        client_msg_id: "",
        msgid: context.state.new_msgid(),
    };
    accept(context, &accepted)?;
    Ok(ok())
}
