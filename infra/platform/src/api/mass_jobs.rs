//! What can be done with mass sends afterwards: ask, delete, slow down (protocol section 6).

use super::{
    Route,
    call::Context,
    failure::{Failure, ok},
    fields::Fields,
    post,
};
use serde_json::{Value, json};

/// Messages a minute by speed, in units of ten thousand.
const SPEEDS: [u32; 5] = [80, 60, 45, 30, 10];

pub(super) const ROUTES: &[Route] = &[
    post("/cgi-bin/message/mass/delete", delete),
    post("/cgi-bin/message/mass/get", status),
    post("/cgi-bin/message/mass/speed/get", speed),
    post("/cgi-bin/message/mass/speed/set", set_speed),
];

fn status(context: &Context<'_>) -> Result<Value, Failure> {
    let msg_id = msg_id(&context.call.json()?)?;
    let status = context.data(|data| {
        data.mass
            .msg_status(msg_id)
            .ok_or_else(|| Failure::code(40_059))
    })?;
    Ok(json!({"msg_id": msg_id, "msg_status": status}))
}

/// The id wins over the address.
fn delete(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    context.data(|data| {
        let (msg_id, article) = match body.text("url") {
            url if body.part("msg_id").is_null() && !url.is_empty() => {
                let found = data.mass.by_url(url).ok_or_else(|| Failure::code(40_059))?;
                (found.0, i64::from(found.1))
            }
            _ => (
                msg_id(&body)?,
                body.number("article_idx").unwrap_or_default(),
            ),
        };
        data.mass.delete(msg_id, article).map_err(Failure::code)
    })?;
    Ok(ok())
}

fn msg_id(body: &Value) -> Result<u64, Failure> {
    body.id("msg_id").parse().map_err(|_| Failure::code(40_059))
}

fn speed(context: &Context<'_>) -> Result<Value, Failure> {
    let _: Value = context.call.json()?;
    let speed = context.data(|data| Ok(data.mass.speed))?;
    Ok(json!({"speed": speed, "realspeed": SPEEDS.get(speed)}))
}

fn set_speed(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let speed = body.number("speed").ok_or_else(|| Failure::code(45_084))?;
    let speed = usize::try_from(speed).map_err(|_| Failure::code(45_083))?;
    if speed >= SPEEDS.len() {
        return Err(Failure::code(45_083));
    }
    context.data(|data| {
        data.mass.speed = speed;
        Ok(())
    })?;
    Ok(ok())
}
