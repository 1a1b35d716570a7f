//! Parametric QR codes and short keys (protocol 7.6).

use super::{
    Handle, Route, Verb, call::Context, failure::Failure, fields::Fields, post, reply::Reply,
};
use crate::{
    account_data::Short,
    random::{key, ticket_value},
};
use axum::body::Bytes;
use serde_json::{Value, json};

/// Temporary codes and short keys live no longer, in seconds.
const LONGEST: i64 = 2_592_000;
const SHORTEST_LIFE: i64 = 60;
/// Permanent codes of one account.
const PERMANENT: usize = 100_000;
const LONG_DATA: usize = 4 * 1024;
/// The smallest JPEG there is: a start and an end.
const PICTURE: &[u8] = &[0xff, 0xd8, 0xff, 0xd9];

pub(super) const ROUTES: &[Route] = &[
    post("/cgi-bin/qrcode/create", create),
    Route::new(Verb::Get, "/cgi-bin/showqrcode", Handle::Any(show)).open(),
    post("/cgi-bin/shorten/gen", shorten),
    post("/cgi-bin/shorten/fetch", fetch),
    post("/cgi-bin/shorturl", short_url),
];

fn create(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let scene = body.part("action_info").part("scene");
    let number = scene.number("scene_id");
    let is_text = (1..=64).contains(&scene.text("scene_str").len());
    let (fits, permanent) = match body.text("action_name") {
        "QR_SCENE" => (
            number.is_some_and(|id| (1..=i64::from(u32::MAX)).contains(&id)),
            false,
        ),
        "QR_LIMIT_SCENE" => (number.is_some_and(|id| (1..=100_000).contains(&id)), true),
        "QR_STR_SCENE" => (is_text, false),
        "QR_LIMIT_STR_SCENE" => (is_text, true),
        _ => return Err(Failure::code(40_053)),
    };
    if !fits {
        return Err(Failure::code(40_129));
    }
    let seconds = life(&body)?.unwrap_or(SHORTEST_LIFE);
    let ticket = format!("gQ{}==", ticket_value());
    let mut answer =
        json!({"ticket": ticket, "url": format!("http://weixin.qq.com/q/{}", key(22))});
    let mut ends_ms = None;
    if let Some(fields) = answer.as_object_mut().filter(|_| !permanent) {
        fields.insert("expire_seconds".to_owned(), json!(seconds));
        ends_ms = Some(context.now_ms() + seconds * 1_000);
    }
    context.data(|data| {
        let tickets = &mut data.codes.tickets;
        if permanent && tickets.values().filter(|ends| ends.is_none()).count() >= PERMANENT {
            return Err(Failure::code(45_029));
        }
        tickets.insert(ticket, ends_ms);
        Ok(answer)
    })
}

/// `expire_seconds`, when it is given: 40035 out of range.
fn life(body: &Value) -> Result<Option<i64>, Failure> {
    match body.number("expire_seconds") {
        Some(seconds) if !(1..=LONGEST).contains(&seconds) => Err(Failure::code(40_035)),
        seconds => Ok(seconds),
    }
}

fn show(context: &Context<'_>) -> Result<Reply, Failure> {
    let ticket = context.call.query("ticket").unwrap_or_default();
    let lives = context
        .state
        .find_account(|account| account.data.codes.tickets.get(ticket).copied());
    Ok(match lives {
        Some(ends) if ends.is_none_or(|ends| context.now_ms() < ends) => Reply::File {
            name: "qrcode.jpg".to_owned(),
            content_type: "image/jpg",
            bytes: Bytes::from_static(PICTURE),
        },
        _ => Reply::NotFound,
    })
}

fn shorten(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let long_data = body.text("long_data").to_owned();
    if long_data.is_empty() || long_data.len() > LONG_DATA {
        return Err(Failure::code(40_035));
    }
    let created_ms = context.now_ms();
    let expires_ms = created_ms + life(&body)?.unwrap_or(LONGEST) * 1_000;
    let short_key = key(15);
    let short = Short {
        long_data,
        created_ms,
        expires_ms,
    };
    context.data(|data| {
        data.codes.shorts.insert(short_key.clone(), short);
        Ok(json!({"errcode": 0, "errmsg": "ok", "short_key": short_key}))
    })
}

fn fetch(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    context.data(|data| {
        let short = data.codes.shorts.get(body.text("short_key"));
        let short = short.filter(|short| context.now_ms() < short.expires_ms);
        let short = short.ok_or_else(|| Failure::code(40_035))?;
        Ok(json!({
            "errcode": 0, "errmsg": "ok", "long_data": short.long_data,
            "create_time": short.created_ms / 1_000,
            "expire_seconds": (short.expires_ms - context.now_ms()) / 1_000,
        }))
    })
}

/// It makes no short addresses any more, but it is there.
fn short_url(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    match (body.text("action"), body.text("long_url")) {
        ("long2short", long) if !long.is_empty() => {
            Ok(json!({"errcode": 0, "errmsg": "ok", "short_url": long}))
        }
        _ => Err(Failure::code(40_035)),
    }
}
