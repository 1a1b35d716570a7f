//! Advisors and their settings.

use serde_json::{Value, json};

use super::{act, advisor, good, key, named, page};
use crate::api::call::Context;
use crate::api::failure::Failure;
use crate::api::fields::{Fields, characters};
use crate::api::{Route, post};
use crate::random::media_id;
use crate::world::Advisor;

const NICKNAME: usize = 16;
const REPLY: usize = 300;

pub(super) const ROUTES: &[Route] = &[
    post("/cgi-bin/guide/addguideacct", add),
    post("/cgi-bin/guide/getguideacct", read),
    post("/cgi-bin/guide/updateguideacct", update),
    post("/cgi-bin/guide/delguideacct", delete),
    post("/cgi-bin/guide/getguideacctlist", list),
    post("/cgi-bin/guide/guidecreateqrcode", qr_code),
    post("/cgi-bin/guide/getguidebuyerchatrecord", chat),
    post("/cgi-bin/guide/setguideconfig", set_replies),
    post("/cgi-bin/guide/getguideconfig", replies),
    post("/cgi-bin/guide/setguideacctconfig", set_config),
    post("/cgi-bin/guide/getguideacctconfig", config),
    post("/cgi-bin/guide/pushshowwxapathmenu", show_menu),
];

fn write(advisor: &mut Advisor, body: &Value) -> Result<(), Failure> {
    let (head_url, nickname) = (body.text("guide_headimgurl"), body.text("guide_nickname"));
    if !head_url.is_empty() && !head_url.contains("://mmbiz.qpic.cn/") {
        return Err(Failure::code(9300811));
    }
    if characters(nickname) > NICKNAME {
        return Err(Failure::code(9300810));
    }
    for (field, text) in [
        (&mut advisor.head_url, head_url),
        (&mut advisor.nickname, nickname),
    ] {
        if !text.is_empty() {
            text.clone_into(field);
        }
    }
    Ok(())
}

fn add(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        let key = key(body, "")?;
        if guide.advisors.contains_key(&key) {
            return Err(Failure::code(9300803));
        }
        let mut advisor = Advisor {
            account: body.text("guide_account").to_owned(),
            openid: body.text("guide_openid").to_owned(),
            ..Advisor::default()
        };
        write(&mut advisor, body)?;
        guide.advisors.insert(key, advisor);
        good(json!({}))
    })
}

fn read(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        let key = advisor(guide, body)?;
        good(
            guide
                .advisors
                .get(&key)
                .map(|advisor| named(advisor, json!({"status": 2})))
                .unwrap_or_default(),
        )
    })
}

fn update(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        let key = advisor(guide, body)?;
        guide
            .advisors
            .get_mut(&key)
            .map_or(Ok(()), |advisor| write(advisor, body))?;
        good(json!({}))
    })
}

fn delete(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        let key = advisor(guide, body)?;
        guide.advisors.remove(&key);
        guide.buyers.retain(|_, buyer| buyer.advisor != key);
        for group in guide.groups.values_mut() {
            group.advisors.remove(&key);
        }
        good(json!({}))
    })
}

fn list(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        let all: Vec<_> = guide
            .advisors
            .values()
            .map(|one| named(one, json!({"status": 2})))
            .collect();
        good(json!({"total_num": all.len(), "list": page(body, all)}))
    })
}

fn qr_code(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        advisor(guide, body)?;
        good(json!({"qrcode_url": format!("http://mmbiz.qpic.cn/mmbiz/{}/0", media_id())}))
    })
}

/// Nobody chats here.
fn chat(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        advisor(guide, body)?;
        good(json!({"total_num": 0, "msg_list": []}))
    })
}

fn set_replies(context: &Context<'_>) -> Result<Value, Failure> {
    let at = context.now_ms() / 1_000;
    act(context, |guide, body| {
        let key = key(body, "").unwrap_or_default();
        if body.flag("is_delete") {
            guide.replies.remove(&key);
            return good(json!({}));
        }
        let mut kept = json!({});
        for name in [
            "guide_fast_reply_list",
            "guide_auto_reply",
            "guide_auto_reply_plus",
        ] {
            let given = body.part(name).clone();
            if let Some(fields) = kept.as_object_mut().filter(|_| !given.is_null()) {
                fields.insert(name.to_owned(), stamped(given, at));
            }
        }
        guide.replies.insert(key, kept);
        good(json!({}))
    })
}

/// The same with the time of the change in every object.
fn stamped(mut value: Value, at: i64) -> Value {
    match &mut value {
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| *item = stamped(item.take(), at)),
        Value::Object(fields) => drop(fields.insert("updatetime".to_owned(), json!(at))),
        _ => {}
    }
    value
}

fn replies(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        let own = guide.replies.get(&key(body, "").unwrap_or_default());
        let kept = own.or_else(|| guide.replies.get("")).cloned();
        good(kept.unwrap_or_else(|| json!({"guide_fast_reply_list": []})))
    })
}

fn set_config(context: &Context<'_>) -> Result<Value, Failure> {
    let at = context.now_ms() / 1_000;
    act(context, |guide, body| {
        if characters(body.part("guide_auto_reply").text("content")) > REPLY {
            return Err(Failure::code(45002));
        }
        guide.config = match body.flag("is_delete") {
            true => Value::Null,
            false => json!({
                "black_keyword": stamped(body.part("black_keyword").clone(), at),
                "guide_auto_reply": stamped(body.part("guide_auto_reply").clone(), at),
            }),
        };
        good(json!({}))
    })
}

fn config(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, _| match &guide.config {
        Value::Null => {
            good(json!({"black_keyword": {"values": []}, "guide_auto_reply": {"content": ""}}))
        }
        kept => good(kept.clone()),
    })
}

fn show_menu(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |_, body| {
        match body.text("wxa_appid").starts_with("wx") {
            true => good(json!({})),
            false => Err(Failure::code(40013)),
        }
    })
}
