//! `message/subscribe/bizsend` (protocol section 5).

use serde_json::{Value, json};

use super::accepted::{Accepted, accept, report};
use super::call::Context;
use super::failure::{Failure, ok};
use super::fields::Fields;
use super::message_rules::{follower, openid, target, template_id, values};
use super::{Route, post};
use crate::world::{Fate, World};

pub(super) const ROUTES: &[Route] = &[post("/cgi-bin/message/subscribe/bizsend", send)];

fn send(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let (fate, tells) = context.world(|world| {
        let fate = decide(world, &body, context.now_ms())?;
        Ok((fate, world.sends.bizsend_msgid))
    })?;
    let (to_user, msgid) = (body.text("touser"), context.state.new_msgid());
    let accepted = Accepted {
        kind: "subscription",
        to_user,
        client_msg_id: "",
        msgid,
    };
    accept(context, &accepted)?;
    let (code, status) = match fate {
        Fate::Success => (0, "success"),
        Fate::UserBlock => (43101, "user refuse to accept the msg"),
        Fate::SystemFailed => (-1, "system error"),
    };
    let result = json!({"template_id": body.text("template_id"), "msg_id": msgid, "error_code": code, "error_status": status});
    let event = json!({"kind": "subscribe_msg_sent_event", "from": to_user, "subscribe_msg_sent_event": {"list": result}});
    report(context, event)?;
    match tells {
        true => Ok(json!({"errcode": 0, "errmsg": "ok", "msgid": msgid})),
        false => Ok(ok()),
    }
}

fn decide(world: &mut World, body: &Value, now_ms: i64) -> Result<Fate, Failure> {
    let to_user = openid(body, "touser")?;
    let template_id = template_id(body)?;
    let template = world.templates.notify.get(template_id);
    if template.is_none() && world.sends.check_templates {
        return Err(Failure::code(40037));
    }
    let long_term = template.is_some_and(|template| template.long_term);
    target(body, "page")?;
    values(body, template.map(|template| template.content.as_str()))?;
    let check_consent = world.sends.check_consent;
    let follower = follower(world, to_user, now_ms)?;
    if check_consent && !follower.take_consent(template_id, long_term) {
        return Err(Failure::code(43101));
    }
    follower.exchange(now_ms);
    Ok(world.sends.outcomes.draw(&mut world.chance))
}
