//! Users (protocol 7.6).

use super::{
    Route,
    call::Context,
    failure::{Failure, ok},
    fields::{Fields, characters},
    get,
    message_rules::openid,
    post,
};
use crate::account_data::{Follower, is_openid};
use serde_json::{Value, json};

/// Openids of one page.
pub(super) const PAGE: usize = 10_000;
const BATCH: std::ops::RangeInclusive<usize> = 1..=100;
const REMARK: usize = 30;

pub(super) const ROUTES: &[Route] = &[
    get("/cgi-bin/user/info", info),
    post("/cgi-bin/user/info/batchget", infos),
    get("/cgi-bin/user/get", list),
    post("/cgi-bin/user/info/updateremark", remark),
    post("/cgi-bin/changeopenid", change),
];

fn info(context: &Context<'_>) -> Result<Value, Failure> {
    let query = json!({"openid": context.call.query("openid"), "lang": context.call.query("lang")});
    one(context, &query)
}

fn infos(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let users = body.items("user_list");
    if !BATCH.contains(&users.len()) {
        return Err(Failure::code(40_032));
    }
    let all: Result<Vec<_>, _> = users.iter().map(|user| one(context, user)).collect();
    Ok(json!({"user_info_list": all?}))
}

fn one(context: &Context<'_>, user: &Value) -> Result<Value, Failure> {
    let openid = openid(user, "openid")?;
    let lang = match user.text("lang") {
        "" => "zh_CN",
        lang => lang,
    };
    context.data(|data| {
        let follower = data.followers.of(openid, context.now_ms());
        Ok(shown(openid, follower, lang))
    })
}

fn shown(openid: &str, follower: &Follower, lang: &str) -> Value {
    if !follower.follows {
        return json!({"subscribe": 0, "openid": openid});
    }
    let scene = follower.scene.as_deref().unwrap_or_default();
    let number: Option<u64> = scene.parse().ok();
    json!({
        "subscribe": 1, "openid": openid, "nickname": "", "sex": 0, "language": lang,
        "city": "", "province": "", "country": "", "headimgurl": "",
        "subscribe_time": follower.since_ms / 1_000, "remark": follower.remark, "groupid": 0,
        "tagid_list": follower.tags,
        "subscribe_scene": if scene.is_empty() { "ADD_SCENE_SEARCH" } else { "ADD_SCENE_QR_CODE" },
        "qr_scene": number.unwrap_or_default(),
        "qr_scene_str": if number.is_none() { scene } else { "" },
    })
}

fn list(context: &Context<'_>) -> Result<Value, Failure> {
    let after = context.call.query("next_openid").unwrap_or_default();
    if !after.is_empty() && !is_openid(after) {
        return Err(Failure::code(40_003));
    }
    context.data(|data| {
        let all: Vec<_> = data
            .followers
            .iter()
            .filter(|(_, user)| user.follows)
            .collect();
        Ok(page(all.into_iter().map(|(openid, _)| openid), after, true))
    })
}

/// The openids behind one, and where to go on; `data` is absent when there are none.
pub(super) fn page<'a>(
    all: impl Iterator<Item = &'a str>,
    after: &str,
    tells_total: bool,
) -> Value {
    let all: Vec<_> = all.collect();
    let rest = all.iter().skip_while(|openid| **openid <= after);
    let openids: Vec<_> = rest.take(PAGE).collect();
    let mut page = json!({"count": openids.len(), "next_openid": openids.last()});
    if let Some(fields) = page.as_object_mut() {
        if tells_total {
            fields.insert("total".to_owned(), json!(all.len()));
        }
        match openids.is_empty() {
            true => fields.insert("next_openid".to_owned(), json!("")),
            false => fields.insert("data".to_owned(), json!({"openid": openids})),
        };
    }
    page
}

fn remark(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let openid = openid(&body, "openid")?;
    let remark = body.text("remark");
    if characters(remark) >= REMARK {
        return Err(Failure::code(40_035));
    }
    context.data(|data| {
        let follower = data.followers.of(openid, context.now_ms());
        remark.clone_into(&mut follower.remark);
        Ok(ok())
    })
}

/// The new openid is the old one with another ending.
fn change(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let openids = body.texts("openid_list");
    if !BATCH.contains(&openids.len()) {
        return Err(Failure::code(40_032));
    }
    if !body.text("from_appid").starts_with("wx") {
        return Err(Failure::code(40_013));
    }
    let changed = openids.iter().map(|old| match is_openid(old) {
        true => {
            let new: String = old
                .chars()
                .take(1)
                .chain(old.chars().skip(1).collect::<Vec<_>>().into_iter().rev())
                .collect();
            json!({"ori_openid": old, "new_openid": new, "err_msg": "ok"})
        }
        false => json!({"ori_openid": old, "err_msg": "ori_openid error"}),
    });
    let changed: Vec<_> = changed.collect();
    Ok(json!({"errcode": 0, "errmsg": "ok", "result_list": changed}))
}
