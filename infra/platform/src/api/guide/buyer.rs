//! Customers and who advises them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{BATCH, act, advisor, each, good, item, key, known, named, page};
use crate::api::call::Context;
use crate::api::failure::Failure;
use crate::api::fields::Fields;
use crate::api::{Route, post};
use crate::world::{Buyer, Guide, is_openid};

pub(super) const ROUTES: &[Route] = &[
    post("/cgi-bin/guide/addguidebuyerrelation", add),
    post("/cgi-bin/guide/delguidebuyerrelation", delete),
    post("/cgi-bin/guide/getguidebuyerrelationlist", list),
    post("/cgi-bin/guide/rebindguideacctforbuyer", rebind),
    post("/cgi-bin/guide/updateguidebuyerrelation", update),
    post("/cgi-bin/guide/getguidebuyerrelationbybuyer", by_buyer),
    post("/cgi-bin/guide/getguidebuyerrelation", read),
];

/// The customer of an advisor: 9300806 when they are not bound.
pub(super) fn bound<'a>(
    guide: &'a mut Guide,
    advisor: &str,
    openid: &str,
) -> Result<&'a mut Buyer, Failure> {
    let buyer = guide
        .buyers
        .get_mut(openid)
        .filter(|buyer| buyer.advisor == advisor);
    buyer.ok_or_else(|| Failure::code(9300806))
}

fn add(context: &Context<'_>) -> Result<Value, Failure> {
    let created_ms = context.now_ms();
    act(context, |guide, body| {
        let advisor = advisor(guide, body)?;
        let mut bind = |one: &Value| {
            let openid = one.text("openid");
            if !is_openid(openid) {
                return Err(Failure::code(40003));
            }
            let buyer = Buyer {
                advisor: advisor.clone(),
                nickname: one.text("buyer_nickname").to_owned(),
                created_ms,
                tags: BTreeSet::new(),
                display_tags: Vec::new(),
            };
            guide.buyers.insert(openid.to_owned(), buyer);
            Ok(())
        };
        let list = body.items("buyer_list");
        match list.len() {
            0 => bind(body).and_then(|()| good(json!({}))),
            1..=BATCH => {
                let answers: Vec<_> = list
                    .iter()
                    .map(|one| item(one.text("openid"), bind(one)))
                    .collect();
                good(json!({"buyer_resp": answers}))
            }
            _ => Err(Failure::code(40032)),
        }
    })
}

fn delete(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        let advisor = advisor(guide, body)?;
        each(body, |openid| {
            bound(guide, &advisor, openid)?;
            guide.buyers.remove(openid);
            Ok(())
        })
    })
}

fn shown(openid: &str, buyer: &Buyer) -> Value {
    json!({
        "openid": openid, "buyer_nickname": buyer.nickname, "create_time": buyer.created_ms / 1_000,
    })
}

fn list(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        let advisor = advisor(guide, body)?;
        let own = guide
            .buyers
            .iter()
            .filter(|(_, buyer)| buyer.advisor == advisor);
        let all: Vec<_> = own.map(|(openid, buyer)| shown(openid, buyer)).collect();
        good(json!({"total_num": all.len(), "list": page(body, all)}))
    })
}

fn rebind(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        let old = known(guide, key(body, "old_")?)?;
        let new = known(guide, key(body, "new_")?)?;
        each(body, |openid| {
            bound(guide, &old, openid)?.advisor.clone_from(&new);
            Ok(())
        })
    })
}

fn update(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        let advisor = advisor(guide, body)?;
        let buyer = bound(guide, &advisor, body.text("openid"))?;
        body.text("buyer_nickname").clone_into(&mut buyer.nickname);
        good(json!({}))
    })
}

fn by_buyer(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        let openid = body.text("openid");
        let buyer = guide
            .buyers
            .get(openid)
            .ok_or_else(|| Failure::code(9300806))?;
        let advisor = guide
            .advisors
            .get(&buyer.advisor)
            .ok_or_else(|| Failure::code(9300804))?;
        good(named(advisor, shown(openid, buyer)))
    })
}

fn read(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        let (advisor, openid) = (advisor(guide, body)?, body.text("openid"));
        let buyer = bound(guide, &advisor, openid)?;
        good(shown(openid, buyer))
    })
}
