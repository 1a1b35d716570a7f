//! The kinds of service messages and what each needs (protocol 7.1).

use serde_json::Value;

use super::failure::Failure;
use super::fields::{Fields, characters};
use super::library_rules::{media_id, news_id};
use crate::world::World;

const TEXT_BYTES: usize = 2_048;
const MENU_ITEMS: usize = 50;
const MENU_ITEM: usize = 200;

/// Checks a message's kind and its object.
pub(super) fn check(world: &World, body: &Value, now_ms: i64) -> Result<(), Failure> {
    let kind = body.text("msgtype");
    let message = body.part(kind);
    let media = |field: &str| media_id(world, message, field, now_ms);
    match kind {
        "text" => text(message.text("content"))?,
        "image" | "voice" => media("media_id")?,
        "mpnews" => news_id(world, message).map(drop)?,
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
        _ => return Err(Failure::code(40008)),
    }
    Ok(())
}

fn text(content: &str) -> Result<(), Failure> {
    match content.len() {
        0 => Err(Failure::code(44004)),
        1..=TEXT_BYTES => Ok(()),
        _ => Err(Failure::code(45002)),
    }
}

fn filled(message: &Value, fields: &[&str]) -> Result<(), Failure> {
    match fields.iter().any(|field| message.text(field).is_empty()) {
        true => Err(Failure::code(41011)),
        false => Ok(()),
    }
}

fn news(message: &Value) -> Result<(), Failure> {
    match message.items("articles") {
        [] => Err(Failure::code(44003)),
        [article] => filled(article, &["title", "url"]),
        _ => Err(Failure::code(45008)),
    }
}

fn menu(message: &Value) -> Result<(), Failure> {
    let list = message.items("list");
    if list.is_empty() || list.len() > MENU_ITEMS {
        return Err(Failure::code(45098));
    }
    let fits = |item: &Value| (1..=MENU_ITEM).contains(&characters(item.text("content")));
    match list
        .iter()
        .all(|item| fits(item) && !item.id("id").is_empty())
    {
        true => Ok(()),
        false => Err(Failure::code(45099)),
    }
}
