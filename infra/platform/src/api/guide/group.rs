//! Groups of advisors.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{act, advisor, good, named, page};
use crate::api::call::Context;
use crate::api::failure::Failure;
use crate::api::fields::Fields;
use crate::api::{Route, post};
use crate::world::{Group, Guide};

pub(super) const ROUTES: &[Route] = &[
    post("/cgi-bin/guide/newguidegroup", add),
    post("/cgi-bin/guide/getguidegrouplist", list),
    post("/cgi-bin/guide/getgroupinfo", read),
    post("/cgi-bin/guide/addguide2guidegroup", join),
    post("/cgi-bin/guide/delguide2guidegroup", leave),
    post("/cgi-bin/guide/getgroupbyguide", groups_of),
    post("/cgi-bin/guide/delguidegroup", delete),
];

fn group<'a>(guide: &'a mut Guide, body: &Value) -> Result<&'a mut Group, Failure> {
    let id = body.id("group_id").parse().unwrap_or_default();
    guide
        .groups
        .get_mut(&id)
        .ok_or_else(|| Failure::code(40035))
}

fn add(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        let name = body.text("group_name");
        if name.is_empty() {
            return Err(Failure::code(41011));
        }
        let id = guide.number();
        let group = Group {
            name: name.to_owned(),
            created_ms: context.now_ms(),
            advisors: BTreeMap::new(),
        };
        guide.groups.insert(id, group);
        good(json!({"group_id": id}))
    })
}

fn list(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, _| {
        let all = guide.groups.iter().map(|(id, group)| {
            let at = group.created_ms / 1_000;
            json!({"id": id, "name": group.name, "create_time": at, "update_time": at})
        });
        good(json!({"group_list": all.collect::<Vec<_>>()}))
    })
}

fn read(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        let members = group(guide, body)?.advisors.clone();
        let shown = |(key, at_ms): (String, i64)| {
            let advisor = guide.advisors.get(&key)?;
            Some(named(advisor, json!({"create_time": at_ms / 1_000})))
        };
        let all: Vec<_> = members.into_iter().filter_map(shown).collect();
        good(json!({"total_num": all.len(), "guide_list": page(body, all)}))
    })
}

fn join(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        let advisor = advisor(guide, body)?;
        group(guide, body)?
            .advisors
            .insert(advisor, context.now_ms());
        good(json!({}))
    })
}

fn leave(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        let advisor = advisor(guide, body)?;
        group(guide, body)?.advisors.remove(&advisor);
        good(json!({}))
    })
}

fn groups_of(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        let advisor = advisor(guide, body)?;
        let own = guide
            .groups
            .iter()
            .filter(|(_, group)| group.advisors.contains_key(&advisor));
        good(json!({"group_id_list": own.map(|(id, _)| id).collect::<Vec<_>>()}))
    })
}

fn delete(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        group(guide, body)?;
        guide
            .groups
            .remove(&body.id("group_id").parse().unwrap_or_default());
        good(json!({}))
    })
}
