//! Mass sends: to all, to a tag, to a list, and previews (protocol section 6).

use serde_json::{Value, json};

use super::accepted::{Accepted, accept};
use super::call::Context;
use super::failure::Failure;
use super::fields::Fields;
use super::message_rules::openid;
use super::{Route, mass_message, post};
use crate::account::{Account, Kind};
use crate::agenda::Task;
use crate::world::{Follower, MassLedger, News, Order, Refused, Target, World, hash, is_openid};

/// Openids of one call.
const OPENIDS: usize = 10_000;
/// Longer ids are refused: a UUID with hyphens was.
const CLIENT_MSG_ID: usize = 32;

pub(super) const ROUTES: &[Route] = &[
    post("/cgi-bin/message/mass/sendall", send_all),
    post("/cgi-bin/message/mass/send", send),
    post("/cgi-bin/message/mass/preview", preview),
];

fn send_all(context: &Context<'_>) -> Result<Value, Failure> {
    submit(context, |account, body| {
        let filter = body.part("filter");
        let (to_all, tag) = (filter.flag("is_to_all"), filter.number("tag_id"));
        let world = &account.world;
        if !to_all && !tag.is_some_and(|tag| world.tags.has(tag)) {
            return Err(Failure::code(40152));
        }
        let meant =
            |follower: &Follower| to_all || tag.is_some_and(|tag| follower.tags.contains(&tag));
        let users: Vec<_> = world
            .followers
            .iter()
            .filter(|(_, follower)| gets(follower) && meant(follower))
            .map(|(openid, _)| hash(openid))
            .collect();
        Ok(Target {
            total: users.len() as u64,
            users,
            to_all,
        })
    })
}

fn send(context: &Context<'_>) -> Result<Value, Failure> {
    submit(context, |account, body| {
        if account.setup.kind == Kind::Subscription {
            return Err(Failure::code(48001));
        }
        let openids = body.texts("touser");
        match openids.len() {
            0 | 1 => return Err(Failure::code(40130)),
            2..=OPENIDS => {}
            _ => return Err(Failure::code(45019)),
        }
        if !openids.iter().all(|openid| is_openid(openid)) {
            return Err(Failure::code(40003));
        }
        let followers = &account.world.followers;
        let gets = |openid: &&&str| followers.known(openid).is_none_or(gets);
        Ok(Target {
            total: openids.len() as u64,
            users: openids
                .iter()
                .filter(gets)
                .map(|openid| hash(openid))
                .collect(),
            to_all: false,
        })
    })
}

fn gets(follower: &Follower) -> bool {
    follower.follows && !follower.blacklisted && !follower.muted
}

fn submit(
    context: &Context<'_>,
    target: impl FnOnce(&Account, &Value) -> Result<Target, Failure>,
) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let submitted = context.account(context.app_id, |account| {
        let target = target(account, &body)?;
        let order = order(&account.world, &body, target, context.now_ms())?;
        let (kind, world) = (account.setup.kind, &mut account.world);
        let is_news = order.articles > 0;
        let taken = world
            .mass
            .submit(order, kind, &mut world.chance, context.now_ms());
        if let (Ok((msg_id, _)), Some(news)) = (&taken, news_of(world, &body)) {
            world
                .comments
                .publish(MassLedger::msg_data_id(*msg_id), &news);
        }
        Ok(taken.map(|(msg_id, due_ms)| (msg_id, due_ms, is_news)))
    })??;
    let (msg_id, due_ms, is_news) = match submitted {
        Ok(job) => job,
        Err(Refused::Code(code)) => return Err(Failure::code(code)),
        Err(Refused::Known(msg_id)) => {
            return Ok(json!({"errcode": 45065, "errmsg": "clientmsgid exist", "msg_id": msg_id}));
        }
    };
    let app_id = context.app_id.into();
    context
        .state
        .agenda()
        .add(due_ms, Task::Mass { app_id, msg_id });
    let mut answer =
        json!({"errcode": 0, "errmsg": "send job submission success", "msg_id": msg_id});
    if let Some(fields) = answer.as_object_mut().filter(|_| is_news) {
        fields.insert(
            "msg_data_id".to_owned(),
            json!(MassLedger::msg_data_id(msg_id)),
        );
    }
    Ok(answer)
}

fn order(world: &World, body: &Value, target: Target, now_ms: i64) -> Result<Order, Failure> {
    if !world.mass.settings.agreement {
        return Err(Failure::code(48003));
    }
    let (kind, articles) = mass_message::check(world, body, now_ms)?;
    let client_msg_id = match body.text("clientmsgid") {
        "" => digest(body),
        id if id.len() <= CLIENT_MSG_ID => id.to_owned(),
        _ => return Err(Failure::code(45067)),
    };
    Ok(Order {
        client_msg_id,
        kind,
        articles,
        ignore_reprint: body.flag("send_ignore_reprint"),
        target,
    })
}

fn news_of(world: &World, body: &Value) -> Option<News> {
    let id = body.part("mpnews").text("media_id");
    world.library.articles(id).cloned()
}

/// Without an id the platform tells sends apart by target and content.
fn digest(body: &Value) -> String {
    format!("digest-{:016x}", hash(&body.to_string()))
}

fn preview(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let to_user = match body.text("towxname") {
        "" => openid(&body, "touser")?,
        name => name,
    };
    context.world(|world| mass_message::check(world, &body, context.now_ms()))?;
    let msgid = context.state.new_msgid();
    let accepted = Accepted {
        kind: "mass_preview",
        to_user,
        client_msg_id: "",
        msgid,
    };
    accept(context, &accepted)?;
    Ok(json!({"errcode": 0, "errmsg": "preview success", "msg_id": msgid % 100_000}))
}
