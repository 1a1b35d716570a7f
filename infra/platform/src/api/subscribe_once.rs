//! One-time subscription messages: the page that asks, and the send (protocol section 5).

use super::{
    Handle, Route, Verb,
    accepted::{Accepted, accept},
    call::Context,
    failure::{Failure, ok},
    fields::{Fields, characters},
    message_rules::{openid, target, template_id, values},
    page::{self, Choice},
    post,
    reply::Reply,
};
use crate::account_data::AccountData;
use serde_json::Value;

/// Scenes go up to this number.
const SCENES: i64 = 10_000;
const TITLE: usize = 15;
const CONTENT: usize = 200;
/// The longest `reserved`, in bytes.
const RESERVED: usize = 128;

pub(super) const ROUTES: &[Route] = &[
    Route::new(Verb::Get, "/mp/subscribemsg", Handle::Any(confirm)).open(),
    post("/cgi-bin/message/template/subscribe", send),
];

fn send(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    context.data(|data| decide(data, &body, context.now_ms()))?;
    let accepted = Accepted {
        kind: "one_time_subscription",
        to_user: body.text("touser"),
        client_msg_id: "",
        msgid: context.state.new_msgid(),
    };
    accept(context, &accepted)?;
    Ok(ok())
}

/// The receiver need not follow.
fn decide(data: &mut AccountData, body: &Value, now_ms: i64) -> Result<(), Failure> {
    let to_user = openid(body, "touser")?;
    let template_id = template_id(body)?;
    target(body, "url")?;
    let scene = body
        .number("scene")
        .filter(|scene| (0..=SCENES).contains(scene));
    let scene = scene.ok_or_else(|| Failure::code(40_035))?;
    match characters(body.text("title")) {
        0 => return Err(Failure::code(41_011)),
        1..=TITLE => {}
        _ => return Err(Failure::code(45_003)),
    }
    values(body, Some("{{content.DATA}}"))?;
    let content = body.part("data").part("content").text("value");
    if characters(content) > CONTENT {
        return Err(Failure::code(45_002));
    }
    let follower = data.followers.of(to_user, now_ms);
    if data.sends.check_consent && !follower.take_one_time(template_id, &scene.to_string()) {
        return Err(Failure::code(43_101));
    }
    Ok(())
}

/// The page in the user's browser; `_choice` and `_openid` stand for the user's finger.
fn confirm(context: &Context<'_>) -> Result<Reply, Failure> {
    let query = |name| context.call.query(name).unwrap_or_default();
    let (app_id, template_id) = (query("appid"), query("template_id"));
    let scene = query("scene")
        .parse()
        .ok()
        .filter(|scene| (0..=SCENES).contains(scene));
    let (Some(scene), "get_confirm") = (scene, query("action")) else {
        return Err(Failure::code(40_035));
    };
    let reserved = query("reserved");
    if reserved.len() > RESERVED || !reserved.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(Failure::code(40_035));
    }
    let Some(choice) = Choice::of(context.call) else {
        return Ok(page::ask(context.call, "一次性订阅消息"));
    };
    let allows = choice.allows;
    context.account(app_id, |account| {
        let follower = account.data.followers.of(&choice.openid, context.now_ms());
        if allows {
            follower.allow_one_time(template_id, &scene.to_string());
        }
    })?;
    let scene = scene.to_string();
    let back = [
        ("openid", choice.openid.as_str()),
        ("template_id", template_id),
        ("action", if allows { "confirm" } else { "cancel" }),
        ("scene", scene.as_str()),
        ("reserved", reserved),
    ];
    let known = if allows { &back[..] } else { &back[1..] };
    Ok(Reply::Redirect(page::with_query(
        query("redirect_url"),
        known,
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(body: Value) -> i64 {
        decide(&mut AccountData::default(), &body, 0)
            .unwrap_err()
            .errcode
    }

    #[test]
    fn limits_are_kept() {
        let good = json!({
            "touser": "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI", "template_id": "t", "scene": "1000",
            "title": "订阅通知", "data": {"content": {"value": "您好!"}},
        });
        let with = |name: &str, value: Value| {
            let mut body = good.clone();
            body[name] = value;
            body
        };
        assert_eq!(refused(good.clone()), 43_101);
        assert_eq!(refused(with("touser", json!("nobody"))), 40_003);
        assert_eq!(refused(with("scene", json!(10_001))), 40_035);
        assert_eq!(
            refused(with("title", json!("一二三四五六七八九十一二三四五六"))),
            45_003
        );
        let long = json!({"content": {"value": "长".repeat(201)}});
        assert_eq!(refused(with("data", long)), 45_002);
        let mut data = AccountData::default();
        let follower = data.followers.of("oT3x_uK9bqVwZ2m4LrNcY8dEfGhI", 0);
        follower.allow_one_time("t", "1000");
        follower.allow_one_time("t", "1000");
        assert!(decide(&mut data, &good, 0).is_ok());
        assert!(decide(&mut data, &good, 0).is_err());
    }
}
