//! The kinds of mass messages and what each needs (protocol section 6).

use serde_json::Value;

use super::failure::Failure;
use super::fields::Fields;
use super::library_rules::{media_id, news_id};
use crate::world::World;

/// Pictures of one message, as the console has it.
const PICTURES: usize = 20;

/// Checks the message: its kind, and how many articles it has.
pub(super) fn check(
    world: &World,
    body: &Value,
    now_ms: i64,
) -> Result<(&'static str, u32), Failure> {
    let kind = body.text("msgtype");
    let message = body.part(kind);
    match kind {
        "mpnews" => Ok(("mpnews", news_id(world, message)?)),
        "text" if message.text("content").is_empty() => Err(Failure::code(44004)),
        "text" => Ok(("text", 0)),
        "voice" => media_id(world, message, "media_id", now_ms).map(|()| ("voice", 0)),
        "image" => pictures(world, body, now_ms).map(|()| ("image", 0)),
        "mpvideo" => media_id(world, message, "media_id", now_ms).map(|()| ("mpvideo", 0)),
        "wxcard" if message.text("card_id").is_empty() => Err(Failure::code(41011)),
        "wxcard" => Ok(("wxcard", 0)),
        _ => Err(Failure::code(40008)),
    }
}

/// Several under `images`, or one under `image`.
fn pictures(world: &World, body: &Value, now_ms: i64) -> Result<(), Failure> {
    let single = body.part("image");
    if !single.is_null() {
        return media_id(world, single, "media_id", now_ms);
    }
    let ids = body.part("images").items("media_ids");
    if ids.is_empty() || ids.len() > PICTURES {
        return Err(Failure::code(40215));
    }
    let known = |id: &Value| {
        let holder = serde_json::json!({"media_id": id});
        media_id(world, &holder, "media_id", now_ms)
    };
    ids.iter().try_for_each(known)
}
