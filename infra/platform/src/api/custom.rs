//! Service messages (protocol 7.1).

use serde_json::Value;

use super::accepted::{Accepted, accept};
use super::call::Context;
use super::custom_message;
use super::failure::{Failure, ok};
use super::fields::Fields;
use super::message_rules::openid;
use super::{Route, post};
use crate::world::{Taken, World};

pub(super) const ROUTES: &[Route] = &[
    post("/cgi-bin/message/custom/send", send),
    post("/cgi-bin/message/custom/typing", typing),
];

fn send(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    context.world(|world| decide(world, &body, context.now_ms()))?;
    go(context, "customer_service", &body)
}

fn decide(world: &mut World, body: &Value, now_ms: i64) -> Result<(), Failure> {
    let to_user = openid(body, "touser")?;
    custom_message::check(world, body, now_ms)?;
    let worker = body.part("customservice").text("kf_account");
    if !worker.is_empty() && !world.desk.workers.contains_key(worker) {
        return Err(Failure::code(65401));
    }
    let check_window = world.sends.check_window;
    let follower = world.followers.of(to_user, now_ms);
    if !follower.follows {
        return Err(Failure::code(45015));
    }
    if follower.blacklisted {
        return Err(Failure::code(43019));
    }
    if follower.muted {
        return Err(Failure::code(48002));
    }
    if check_window {
        match follower.take_message(now_ms) {
            Taken::Yes => {}
            Taken::Closed => return Err(Failure::code(45015)),
            Taken::UsedUp => return Err(Failure::code(45047)),
        }
    }
    follower.exchange(now_ms);
    let text = body.part("text").text("content");
    world.desk.record(to_user, 2002, text, worker, now_ms);
    Ok(())
}

fn typing(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    context.world(|world| {
        let to_user = openid(&body, "touser")?;
        let typing = match body.text("command") {
            "Typing" => true,
            "CancelTyping" => false,
            _ => return Err(Failure::code(45072)),
        };
        let follower = world.followers.of(to_user, context.now_ms());
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
