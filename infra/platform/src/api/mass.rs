//! Mass sends: to all, to a tag, to a list, and previews (protocol section 6).

use super::{
    Route,
    accepted::{Accepted, accept},
    call::Context,
    failure::Failure,
    fields::Fields,
    mass_message,
    message_rules::openid,
    post,
};
use crate::{
    account::Account,
    account_data::{
        AccountData, Follower, MassLedger, News, Order, Refused, Target, hash, is_openid,
    },
    timers::Task,
};
use serde_json::{Value, json};

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
        let data = &account.data;
        if !to_all && !tag.is_some_and(|tag| data.tags.has(tag)) {
            return Err(Failure::code(40_152));
        }
        let meant =
            |follower: &Follower| to_all || tag.is_some_and(|tag| follower.tags.contains(&tag));
        let users: Vec<_> = data
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
        let openids = body.texts("touser");
        match openids.len() {
            0 | 1 => return Err(Failure::code(40_130)),
            2..=OPENIDS => {}
            _ => return Err(Failure::code(45_019)),
        }
        if !openids.iter().all(|openid| is_openid(openid)) {
            return Err(Failure::code(40_003));
        }
        let followers = &account.data.followers;
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
        let order = order(&account.data, &body, target, context.now_ms())?;
        let (kind, data) = (account.setup.kind, &mut account.data);
        let is_news = order.articles > 0;
        let taken = data
            .mass
            .submit(order, kind, &mut data.chance, context.now_ms());
        if let (Ok((msg_id, _)), Some(news)) = (&taken, news_of(data, &body)) {
            data.comments
                .publish(MassLedger::msg_data_id(*msg_id), &news);
        }
        Ok(taken.map(|(msg_id, due_ms)| (msg_id, due_ms, is_news)))
    })??;
    let (msg_id, due_ms, is_news) = match submitted {
        Ok(job) => job,
        Err(Refused::Code(code)) => return Err(Failure::code(code)),
        Err(Refused::Known(msg_id)) => {
            return Ok(json!({"errcode": 45_065, "errmsg": "clientmsgid exist", "msg_id": msg_id}));
        }
    };
    let app_id = context.app_id.into();
    context
        .state
        .timers()
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

fn order(data: &AccountData, body: &Value, target: Target, now_ms: i64) -> Result<Order, Failure> {
    if !data.mass.settings.agreement {
        return Err(Failure::code(48_003));
    }
    let (kind, articles) = mass_message::check(data, body, now_ms)?;
    let client_msg_id = match body.text("clientmsgid") {
        "" => digest(body),
        id if id.len() <= CLIENT_MSG_ID => id.to_owned(),
        _ => return Err(Failure::code(45_067)),
    };
    Ok(Order {
        client_msg_id,
        kind,
        articles,
        ignore_reprint: body.flag("send_ignore_reprint"),
        target,
        message: shown(data, body, kind),
    })
}

/// What the receivers see: the message, of articles their heads.
fn shown(data: &AccountData, body: &Value, kind: &str) -> Value {
    const HEAD: [&str; 4] = ["title", "author", "digest", "thumb_media_id"];
    let head = |article: &Value| -> Value {
        HEAD.iter()
            .map(|name| ((*name).to_owned(), article.part(name).clone()))
            .collect()
    };
    let articles = news_of(data, body).map(|news| news.articles.iter().map(head).collect());
    let articles: Vec<Value> = articles.unwrap_or_default();
    let message = match kind {
        "image" if body.part("image").is_null() => body.part("images"),
        kind => body.part(kind),
    };
    json!({"msgtype": kind, kind: message, "articles": articles})
}

fn news_of(data: &AccountData, body: &Value) -> Option<News> {
    let id = body.part("mpnews").text("media_id");
    data.library.articles(id).cloned()
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
    context.data(|data| mass_message::check(data, &body, context.now_ms()))?;
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
