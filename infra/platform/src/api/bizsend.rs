//! `message/subscribe/bizsend` (protocol section 5).

use super::{
    Route,
    accepted::{Accepted, accept, report},
    call::Context,
    failure::{Failure, ok},
    fields::Fields,
    message_rules::{follower, openid, target, template_id, values},
    post,
};
use crate::account_data::{AccountData, Fate};
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[post("/cgi-bin/message/subscribe/bizsend", send)];

fn send(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let (fate, tells) = context.data(|data| {
        let fate = decide(data, &body, context.now_ms())?;
        Ok((fate, data.sends.bizsend_msgid))
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
        Fate::UserBlock => (43_101, "user refuse to accept the msg"),
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

fn decide(data: &mut AccountData, body: &Value, now_ms: i64) -> Result<Fate, Failure> {
    let to_user = openid(body, "touser")?;
    let template_id = template_id(body)?;
    let template = data.templates.notify.get(template_id);
    if template.is_none() && data.sends.check_templates {
        return Err(Failure::code(40_037));
    }
    let long_term = template.is_some_and(|template| template.long_term);
    target(body, "page")?;
    values(body, template.map(|template| template.content.as_str()))?;
    let check_consent = data.sends.check_consent;
    let follower = follower(data, to_user, now_ms)?;
    if check_consent && !follower.take_consent(template_id, long_term) {
        return Err(Failure::code(43_101));
    }
    follower.exchange(now_ms);
    Ok(data.sends.outcomes.draw(&mut data.chance))
}
