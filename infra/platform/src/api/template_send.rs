//! `message/template/send` (protocol section 5).

use super::{
    Route,
    accepted::{Accepted, accept, report},
    call::Context,
    failure::Failure,
    fields::Fields,
    message_rules::{follower, openid, target, template_id, values},
    post,
};
use crate::account_data::{AccountData, Fate};
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[post("/cgi-bin/message/template/send", send)];

/// What the account makes of a message.
enum Decided {
    /// The same openid and `client_msg_id` came before: nothing goes out again.
    Repeat(u64),
    Goes(Fate),
}

fn send(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let msgid = context.state.new_msgid();
    let now_ms = context.now_ms();
    let answer = |msgid| json!({"errcode": 0, "errmsg": "ok", "msgid": msgid});
    let fate = match context.data(|data| decide(data, &body, msgid, now_ms))? {
        Decided::Repeat(first) => return Ok(answer(first)),
        Decided::Goes(fate) => fate,
    };
    let to_user = body.text("touser");
    let accepted = Accepted {
        kind: "template",
        to_user,
        client_msg_id: body.text("client_msg_id"),
        msgid,
    };
    accept(context, &accepted)?;
    let status = match fate {
        Fate::Success => "success",
        Fate::UserBlock => "failed:user block",
        Fate::SystemFailed => "failed: system failed",
    };
    let event = json!({"kind": "TEMPLATESENDJOBFINISH", "from": to_user, "msg_id": msgid, "status": status});
    report(context, event)?;
    Ok(answer(msgid))
}

fn decide(
    data: &mut AccountData,
    body: &Value,
    msgid: u64,
    now_ms: i64,
) -> Result<Decided, Failure> {
    let to_user = openid(body, "touser")?;
    let template_id = template_id(body)?;
    let template = data.templates.private.get(template_id);
    if template.is_none() && data.sends.check_templates {
        return Err(Failure::code(40_037));
    }
    target(body, "url")?;
    values(body, template.map(|template| template.content.as_str()))?;
    let client_msg_id = body.text("client_msg_id");
    if !client_msg_id.is_empty()
        && let Some(first) = data.client_msg_ids.first(to_user, client_msg_id, now_ms)
    {
        return Ok(Decided::Repeat(first));
    }
    follower(data, to_user, now_ms)?.exchange(now_ms);
    if !client_msg_id.is_empty() {
        data.client_msg_ids
            .remember(to_user, client_msg_id, msgid, now_ms);
    }
    Ok(Decided::Goes(data.sends.outcomes.draw(&mut data.chance)))
}
