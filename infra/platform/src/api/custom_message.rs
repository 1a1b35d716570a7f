//! The kinds of service messages and what each needs (protocol 7.1).

use super::{
    failure::Failure,
    fields::{Fields, characters},
    library_rules::{media_id, news_id},
};
use crate::account_data::AccountData;
use serde_json::Value;

const TEXT_BYTES: usize = 2_048;
const MENU_ITEMS: usize = 50;
const MENU_ITEM: usize = 200;

/// Checks a message's kind and its object.
pub(super) fn check(data: &AccountData, body: &Value, now_ms: i64) -> Result<(), Failure> {
    let kind = body.text("msgtype");
    let message = body.part(kind);
    let media = |field: &str| media_id(data, message, field, now_ms);
    match kind {
        "text" => text(message.text("content"))?,
        "image" | "voice" => media("media_id")?,
        "mpnews" => news_id(data, message).map(drop)?,
        "video" => {
            media("media_id")?;
            media("thumb_media_id")?;
        }
        "music" => {
            filled(message, &["musicurl", "hqmusicurl"])?;
            media("thumb_media_id")?;
        }
        "news" => news(message)?,
        "mpnewsarticle" => filled(message, &["article_id"])?,
        "msgmenu" => menu(message)?,
        "wxcard" => filled(message, &["card_id"])?,
        "miniprogrampage" => {
            filled(message, &["title", "appid", "pagepath"])?;
            media("thumb_media_id")?;
        }
        _ => return Err(Failure::code(40_008)),
    }
    Ok(())
}

fn text(content: &str) -> Result<(), Failure> {
    match content.len() {
        0 => Err(Failure::code(44_004)),
        1..=TEXT_BYTES => Ok(()),
        _ => Err(Failure::code(45_002)),
    }
}

fn filled(message: &Value, fields: &[&str]) -> Result<(), Failure> {
    match fields.iter().any(|field| message.text(field).is_empty()) {
        true => Err(Failure::code(41_011)),
        false => Ok(()),
    }
}

fn news(message: &Value) -> Result<(), Failure> {
    match message.items("articles") {
        [] => Err(Failure::code(44_003)),
        [article] => filled(article, &["title", "url"]),
        _ => Err(Failure::code(45_008)),
    }
}

fn menu(message: &Value) -> Result<(), Failure> {
    let list = message.items("list");
    if list.is_empty() || list.len() > MENU_ITEMS {
        return Err(Failure::code(45_098));
    }
    let fits = |item: &Value| (1..=MENU_ITEM).contains(&characters(item.text("content")));
    match list
        .iter()
        .all(|item| fits(item) && !item.id("id").is_empty())
    {
        true => Ok(()),
        false => Err(Failure::code(45_099)),
    }
}
