//! Tags and the blacklist (protocol 7.6).

use super::{
    Route,
    call::Context,
    failure::{Failure, ok},
    fields::{Fields, characters},
    get,
    message_rules::openid,
    post,
    user::page,
};
use crate::account_data::{AccountData, FIRST_OWN, Follower, TAGS, is_openid};
use serde_json::{Value, json};

const NAME: usize = 30;
const TAGGED_AT_ONCE: usize = 50;
const BLOCKED_AT_ONCE: usize = 20;
/// Tags of one user.
const TAGS_OF_USER: usize = 20;
/// A tag with more followers cannot be deleted.
const FOLLOWERS_OF_TAG: usize = 100_000;

pub(super) const ROUTES: &[Route] = &[
    post("/cgi-bin/tags/create", create),
    get("/cgi-bin/tags/get", list),
    post("/cgi-bin/tags/update", update),
    post("/cgi-bin/tags/delete", delete),
    post("/cgi-bin/user/tag/get", members),
    post("/cgi-bin/tags/members/batchtagging", tag),
    post("/cgi-bin/tags/members/batchuntagging", untag),
    post("/cgi-bin/tags/getidlist", tags_of),
    post("/cgi-bin/tags/members/getblacklist", blacklist),
    post("/cgi-bin/tags/members/batchblacklist", block),
    post("/cgi-bin/tags/members/batchunblacklist", unblock),
];

fn name(data: &AccountData, body: &Value) -> Result<String, Failure> {
    let name = body.part("tag").text("name");
    match characters(name) {
        0 => Err(Failure::code(45_157)),
        1..=NAME if !data.tags.is_taken(name) => Ok(name.to_owned()),
        1..=NAME => Err(Failure::code(45_157)),
        _ => Err(Failure::code(45_158)),
    }
}

/// One of the account's own tags: 45058 for the platform's, 45159 when there is none.
fn own_tag(data: &AccountData, id: Option<i64>) -> Result<i64, Failure> {
    match id {
        Some(id) if (0..FIRST_OWN).contains(&id) => Err(Failure::code(45_058)),
        id => known_tag(data, id),
    }
}

fn known_tag(data: &AccountData, id: Option<i64>) -> Result<i64, Failure> {
    let known = id.filter(|id| data.tags.has(*id));
    known.ok_or_else(|| Failure::code(45_159))
}

fn create(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    context.data(|data| {
        let name = name(data, &body)?;
        if data.tags.names.len() >= TAGS {
            return Err(Failure::code(45_056));
        }
        let id = data.tags.add(&name);
        Ok(json!({"tag": {"id": id, "name": name}}))
    })
}

fn list(context: &Context<'_>) -> Result<Value, Failure> {
    context.data(|data| {
        let count = |id: &i64| {
            data.followers
                .iter()
                .filter(|(_, user)| user.tags.contains(id))
                .count()
        };
        let tags = data.tags.names.iter();
        let tags: Vec<_> = tags
            .map(|(id, name)| json!({"id": id, "name": name, "count": count(id)}))
            .collect();
        Ok(json!({"tags": tags}))
    })
}

fn update(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    context.data(|data| {
        let id = own_tag(data, body.part("tag").number("id"))?;
        let name = name(data, &body)?;
        data.tags.names.insert(id, name);
        Ok(ok())
    })
}

fn delete(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    context.data(|data| {
        let id = own_tag(data, body.part("tag").number("id"))?;
        let members = data
            .followers
            .iter()
            .filter(|(_, user)| user.tags.contains(&id));
        if members.count() > FOLLOWERS_OF_TAG {
            return Err(Failure::code(45_057));
        }
        data.tags.names.remove(&id);
        for user in data.followers.iter_mut() {
            user.tags.remove(&id);
        }
        Ok(ok())
    })
}

fn members(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    context.data(|data| {
        let id = known_tag(data, body.number("tagid"))?;
        let members = data
            .followers
            .iter()
            .filter(|(_, user)| user.tags.contains(&id));
        Ok(page(
            members.map(|(openid, _)| openid),
            body.text("next_openid"),
            false,
        ))
    })
}

/// Does something to every user of a list: 40032 when it is too long, 49003 when one is no openid.
fn each(
    data: &mut AccountData,
    body: &Value,
    most: usize,
    now_ms: i64,
    act: impl Fn(&mut Follower),
) -> Result<Value, Failure> {
    let openids = body.texts("openid_list");
    if openids.is_empty() || openids.len() > most {
        return Err(Failure::code(40_032));
    }
    if !openids.iter().all(|openid| is_openid(openid)) {
        return Err(Failure::code(49_003));
    }
    for openid in openids {
        act(data.followers.of(openid, now_ms));
    }
    Ok(ok())
}

fn tag(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    context.data(|data| {
        let id = known_tag(data, body.number("tagid"))?;
        let is_full = |openid: &&str| {
            let user = data.followers.known(openid);
            user.is_some_and(|user| user.tags.len() >= TAGS_OF_USER && !user.tags.contains(&id))
        };
        if body.texts("openid_list").iter().any(is_full) {
            return Err(Failure::code(45_059));
        }
        each(data, &body, TAGGED_AT_ONCE, context.now_ms(), |user| {
            user.tags.insert(id);
        })
    })
}

fn untag(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    context.data(|data| {
        let id = known_tag(data, body.number("tagid"))?;
        each(data, &body, TAGGED_AT_ONCE, context.now_ms(), |user| {
            user.tags.remove(&id);
        })
    })
}

fn tags_of(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let openid = openid(&body, "openid")?;
    context.data(|data| {
        let user = data.followers.of(openid, context.now_ms());
        Ok(json!({"tagid_list": user.tags}))
    })
}

fn blacklist(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    context.data(|data| {
        let blocked = data.followers.iter().filter(|(_, user)| user.blacklisted);
        Ok(page(
            blocked.map(|(openid, _)| openid),
            body.text("begin_openid"),
            true,
        ))
    })
}

fn block(context: &Context<'_>) -> Result<Value, Failure> {
    set_blocked(context, true)
}

fn unblock(context: &Context<'_>) -> Result<Value, Failure> {
    set_blocked(context, false)
}

fn set_blocked(context: &Context<'_>, blocked: bool) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let now_ms = context.now_ms();
    context.data(|data| {
        each(data, &body, BLOCKED_AT_ONCE, now_ms, |user| {
            user.blacklisted = blocked
        })
    })
}
