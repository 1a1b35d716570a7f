//! The guide feature (protocol 7.2), retired in 2023: plain records.

mod account;
mod buyer;
mod group;
mod massjob;
mod material;
mod tag;

use serde_json::{Map, Value, json};

use super::Route;
use super::call::Context;
use super::failure::Failure;
use super::fields::Fields;
use crate::world::{Advisor, Guide};

pub(super) const FAMILIES: [&[Route]; 6] = [
    account::ROUTES,
    group::ROUTES,
    massjob::ROUTES,
    buyer::ROUTES,
    tag::ROUTES,
    material::ROUTES,
];

/// Customers of one call.
const BATCH: usize = 200;

/// Acts on the account's guide feature with the body of the call.
fn act<T>(
    context: &Context<'_>,
    act: impl FnOnce(&mut Guide, &Value) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let body: Value = context.call.json()?;
    context.world(|world| act(&mut world.guide, &body))
}

/// Who is meant: the account wins over the openid; 9300801 without either.
fn key(body: &Value, prefix: &str) -> Result<String, Failure> {
    let account = body.text(&format!("{prefix}guide_account"));
    let openid = body.text(&format!("{prefix}guide_openid"));
    match (account, openid) {
        ("", "") => Err(Failure::code(9300801)),
        ("", openid) => Ok(openid.to_owned()),
        (account, _) => Ok(account.to_owned()),
    }
}

/// A known advisor's key: 9300804 when it is none.
fn advisor(guide: &Guide, body: &Value) -> Result<String, Failure> {
    known(guide, key(body, "")?)
}

fn known(guide: &Guide, key: String) -> Result<String, Failure> {
    match guide.advisors.contains_key(&key) {
        true => Ok(key),
        false => Err(Failure::code(9300804)),
    }
}

/// An advisor's names, with more fields behind them.
fn named(advisor: &Advisor, more: Value) -> Value {
    let mut fields = Map::from_iter([
        ("guide_account".to_owned(), json!(advisor.account)),
        ("guide_openid".to_owned(), json!(advisor.openid)),
        ("guide_headimgurl".to_owned(), json!(advisor.head_url)),
        ("guide_nickname".to_owned(), json!(advisor.nickname)),
    ]);
    if let Value::Object(more) = more {
        fields.extend(more);
    }
    Value::Object(fields)
}

/// An answer with `errcode` 0 beside its fields.
fn good(mut fields: Value) -> Result<Value, Failure> {
    if let Some(fields) = fields.as_object_mut() {
        fields.insert("errcode".to_owned(), json!(0));
        fields.insert("errmsg".to_owned(), json!("ok"));
    }
    Ok(fields)
}

/// The openids of a call: one, or a list of at most 200.
fn openids(body: &Value) -> Result<Vec<String>, Failure> {
    let list = body.texts("openid_list");
    match (body.text("openid"), list.len()) {
        ("", 0) => Err(Failure::code(41009)),
        ("", 1..=BATCH) => Ok(list.into_iter().map(str::to_owned).collect()),
        ("", _) => Err(Failure::code(40032)),
        (one, _) => Ok(vec![one.to_owned()]),
    }
}

/// Does something for every openid; a list is answered item by item.
fn each(body: &Value, mut act: impl FnMut(&str) -> Result<(), Failure>) -> Result<Value, Failure> {
    let openids = openids(body)?;
    if body.part("openid").is_string() {
        openids.iter().try_for_each(|openid| act(openid))?;
        return good(json!({}));
    }
    let answers: Vec<_> = openids
        .iter()
        .map(|openid| item(openid, act(openid)))
        .collect();
    good(json!({"buyer_resp": answers}))
}

fn item(openid: &str, done: Result<(), Failure>) -> Value {
    let (errcode, errmsg) = match done {
        Ok(()) => (0, "ok".to_owned()),
        Err(failure) => (failure.errcode, failure.errmsg),
    };
    json!({"errcode": errcode, "errmsg": errmsg, "openid": openid})
}

/// A page of a list: `page` from 0 and `num`, or `start` and `num`.
fn page(body: &Value, all: Vec<Value>) -> Vec<Value> {
    let number = |name: &str| {
        body.number(name)
            .and_then(|number| usize::try_from(number).ok())
    };
    let num = number("num").or(number("limit")).unwrap_or(20);
    let begin = number("start").or(number("offset"));
    let begin = begin.unwrap_or_else(|| number("page").unwrap_or_default() * num);
    all.into_iter().skip(begin).take(num).collect()
}
