//! Cards, pictures and words an advisor may send.

use serde_json::{Value, json};

use super::{act, good, page};
use crate::api::call::Context;
use crate::api::failure::Failure;
use crate::api::fields::Fields;
use crate::api::{Route, post};
use crate::random::media_id;
use crate::world::World;

/// Items of each kind.
const ITEMS: usize = 50;

pub(super) const ROUTES: &[Route] = &[
    post("/cgi-bin/guide/setguidecardmaterial", set_card),
    post("/cgi-bin/guide/getguidecardmaterial", cards),
    post("/cgi-bin/guide/delguidecardmaterial", delete_card),
    post("/cgi-bin/guide/setguideimagematerial", set_image),
    post("/cgi-bin/guide/getguideimagematerial", images),
    post("/cgi-bin/guide/delguideimagematerial", delete_image),
    post("/cgi-bin/guide/setguidewordmaterial", set_word),
    post("/cgi-bin/guide/getguidewordmaterial", words),
    post("/cgi-bin/guide/delguidewordmaterial", delete_word),
];

fn add(list: &mut Vec<Value>, item: Value, full: i64) -> Result<Value, Failure> {
    if list.len() >= ITEMS {
        return Err(Failure::code(full));
    }
    list.push(item);
    good(json!({}))
}

/// Takes away what has the same fields; nothing happens when there is none.
fn remove(list: &mut Vec<Value>, body: &Value, fields: &[&str]) -> Result<Value, Failure> {
    list.retain(|item| {
        fields
            .iter()
            .any(|field| item.text(field) != body.text(field))
    });
    good(json!({}))
}

/// A picture of one of the account's temporary media: 9300819 otherwise.
fn picture(world: &World, body: &Value, now_ms: i64) -> Result<String, Failure> {
    let known = world.library.file(body.text("media_id"), now_ms).is_some();
    match known || !world.sends.check_media {
        true => Ok(format!("http://mmbiz.qpic.cn/mmbiz/{}/0", media_id())),
        false => Err(Failure::code(9300819)),
    }
}

fn set_card(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    context.world(|world| {
        let picurl = picture(world, &body, context.now_ms())?;
        let number = world.guide.number();
        let card = json!({
            "title": body.text("title"), "appid": body.text("appid"), "path": body.text("path"),
            "picurl": picurl, "master_id": number, "slave_id": 0,
        });
        add(&mut world.guide.cards, card, 9300817)
    })
}

fn cards(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, _| good(json!({"card_list": guide.cards})))
}

fn delete_card(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        remove(&mut guide.cards, body, &["title", "path", "appid"])
    })
}

fn set_image(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    context.world(|world| {
        let picurl = picture(world, &body, context.now_ms())?;
        add(&mut world.guide.images, json!({"picurl": picurl}), 9300818)
    })
}

fn images(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        let all = guide.images.clone();
        good(json!({"total_num": all.len(), "model_list": page(body, all)}))
    })
}

fn delete_image(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        remove(&mut guide.images, body, &["picurl"])
    })
}

fn set_word(context: &Context<'_>) -> Result<Value, Failure> {
    let at = context.now_ms() / 1_000;
    act(context, |guide, body| {
        let word = body.text("word");
        if word.is_empty() {
            return Err(Failure::code(44004));
        }
        add(
            &mut guide.words,
            json!({"word": word, "create_time": at}),
            9300816,
        )
    })
}

fn words(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        let all = guide.words.clone();
        good(json!({"total_num": all.len(), "word_list": page(body, all)}))
    })
}

fn delete_word(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        remove(&mut guide.words, body, &["word"])
    })
}
