//! Whether a message's media and articles are the account's own.

use super::{failure::Failure, fields::Fields};
use crate::account_data::AccountData;
use serde_json::Value;

/// A media id of the account: 41006 without one, 40007 when it is none or its time is over.
pub(super) fn media_id(
    data: &AccountData,
    message: &Value,
    field: &str,
    now_ms: i64,
) -> Result<(), Failure> {
    match message.text(field) {
        "" => Err(Failure::code(41_006)),
        _ if !data.sends.check_media => Ok(()),
        id if data.library.file(id, now_ms).is_some() => Ok(()),
        _ => Err(Failure::code(40_007)),
    }
}

/// How many articles stand under the id: 41006 without one, 40007 when it is none.
pub(super) fn news_id(data: &AccountData, message: &Value) -> Result<u32, Failure> {
    let id = message.text("media_id");
    let articles = data.library.articles(id);
    match articles {
        _ if id.is_empty() => Err(Failure::code(41_006)),
        None if data.sends.check_media => Err(Failure::code(40_007)),
        known => Ok(known.map_or(1, |news| u32::try_from(news.articles.len()).unwrap_or(1))),
    }
}
