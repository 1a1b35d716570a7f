//! The kinds of mass messages and what each needs (protocol section 6).

use super::{
    failure::Failure,
    fields::Fields,
    library_rules::{media_id, news_id},
};
use crate::account_data::AccountData;
use serde_json::Value;

/// Pictures of one message, as the console has it.
const PICTURES: usize = 20;

/// Checks the message: its kind, and how many articles it has.
pub(super) fn check(
    data: &AccountData,
    body: &Value,
    now_ms: i64,
) -> Result<(&'static str, u32), Failure> {
    let kind = body.text("msgtype");
    let message = body.part(kind);
    match kind {
        "mpnews" => Ok(("mpnews", news_id(data, message)?)),
        "text" if message.text("content").is_empty() => Err(Failure::code(44_004)),
        "text" => Ok(("text", 0)),
        "voice" => media_id(data, message, "media_id", now_ms).map(|()| ("voice", 0)),
        "image" => pictures(data, body, now_ms).map(|()| ("image", 0)),
        "mpvideo" => media_id(data, message, "media_id", now_ms).map(|()| ("mpvideo", 0)),
        "wxcard" if message.text("card_id").is_empty() => Err(Failure::code(41_011)),
        "wxcard" => Ok(("wxcard", 0)),
        _ => Err(Failure::code(40_008)),
    }
}

/// Several under `images`, or one under `image`.
fn pictures(data: &AccountData, body: &Value, now_ms: i64) -> Result<(), Failure> {
    let single = body.part("image");
    if !single.is_null() {
        return media_id(data, single, "media_id", now_ms);
    }
    let ids = body.part("images").items("media_ids");
    if ids.is_empty() || ids.len() > PICTURES {
        return Err(Failure::code(40_215));
    }
    let known = |id: &Value| {
        let holder = serde_json::json!({"media_id": id});
        media_id(data, &holder, "media_id", now_ms)
    };
    ids.iter().try_for_each(known)
}
