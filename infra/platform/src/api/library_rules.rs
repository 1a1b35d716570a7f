//! Whether a message's media and articles are the account's own.

use serde_json::Value;

use super::failure::Failure;
use super::fields::Fields;
use crate::world::World;

/// A media id of the account: 41006 without one, 40007 when it is none or its time is over.
pub(super) fn media_id(
    world: &World,
    message: &Value,
    field: &str,
    now_ms: i64,
) -> Result<(), Failure> {
    match message.text(field) {
        "" => Err(Failure::code(41006)),
        _ if !world.sends.check_media => Ok(()),
        id if world.library.file(id, now_ms).is_some() => Ok(()),
        _ => Err(Failure::code(40007)),
    }
}

/// How many articles stand under the id: 41006 without one, 40007 when it is none.
pub(super) fn news_id(world: &World, message: &Value) -> Result<u32, Failure> {
    let id = message.text("media_id");
    let articles = world.library.articles(id);
    match articles {
        _ if id.is_empty() => Err(Failure::code(41006)),
        None if world.sends.check_media => Err(Failure::code(40007)),
        known => Ok(known.map_or(1, |news| u32::try_from(news.articles.len()).unwrap_or(1))),
    }
}
