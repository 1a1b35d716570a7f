//! Tags of customers.

use serde_json::{Value, json};

use super::buyer::bound;
use super::{act, advisor, each, good};
use crate::api::call::Context;
use crate::api::failure::Failure;
use crate::api::fields::Fields;
use crate::api::{Route, post};
use crate::world::Guide;

const TYPES: usize = 4;
const VALUES: usize = 50;

pub(super) const ROUTES: &[Route] = &[
    post("/cgi-bin/guide/newguidetagoption", new_option),
    post("/cgi-bin/guide/delguidetagoption", delete_option),
    post("/cgi-bin/guide/addguidetagoption", add_option),
    post("/cgi-bin/guide/getguidetagoption", options),
    post("/cgi-bin/guide/addguidebuyertag", add),
    post("/cgi-bin/guide/getguidebuyertag", tags),
    post("/cgi-bin/guide/queryguidebuyerbytag", query),
    post("/cgi-bin/guide/delguidebuyertag", delete),
    post("/cgi-bin/guide/addguidebuyerdisplaytag", set_display),
    post("/cgi-bin/guide/getguidebuyerdisplaytag", display),
];

/// New values of a type; they are unique over all types.
fn extend(guide: &mut Guide, body: &Value) -> Result<Value, Failure> {
    let (name, values) = (body.text("tag_name"), body.texts("tag_values"));
    let is_known = |value: &&str| guide.options.values().flatten().any(|known| known == value);
    let has = guide.options.get(name).map_or(0, Vec::len);
    if name.is_empty() || values.iter().any(is_known) || has + values.len() > VALUES {
        return Err(Failure::code(40035));
    }
    let option = guide.options.entry(name.to_owned()).or_default();
    option.extend(values.into_iter().map(str::to_owned));
    good(json!({}))
}

fn new_option(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        if guide.options.len() >= TYPES || guide.options.contains_key(body.text("tag_name")) {
            return Err(Failure::code(40035));
        }
        extend(guide, body)
    })
}

fn delete_option(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        let gone = guide.options.remove(body.text("tag_name"));
        gone.ok_or_else(|| Failure::code(9300807))?;
        good(json!({}))
    })
}

fn add_option(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        match guide.options.contains_key(body.text("tag_name")) {
            true => extend(guide, body),
            false => Err(Failure::code(9300807)),
        }
    })
}

fn options(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, _| {
        let all = guide.options.iter();
        let all: Vec<_> = all
            .map(|(name, values)| json!({"tag_name": name, "tag_values": values}))
            .collect();
        good(json!({"options": all}))
    })
}

fn add(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        let (advisor, value) = (advisor(guide, body)?, body.text("tag_value"));
        if !guide.options.values().flatten().any(|known| known == value) {
            return Err(Failure::code(9300807));
        }
        each(body, |openid| {
            bound(guide, &advisor, openid)?
                .tags
                .insert(value.to_owned());
            Ok(())
        })
    })
}

/// The display tags stand behind the others.
fn tags(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        let advisor = advisor(guide, body)?;
        let buyer = bound(guide, &advisor, body.text("openid"))?;
        let all: Vec<_> = buyer.tags.iter().chain(&buyer.display_tags).collect();
        good(json!({"tag_values": all}))
    })
}

/// Customers who have all of the values.
fn query(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        if body.part("push_count").is_null() {
            return Err(Failure::code(-1));
        }
        let (advisor, values) = (advisor(guide, body)?, body.texts("tag_values"));
        let own = guide
            .buyers
            .iter()
            .filter(|(_, buyer)| buyer.advisor == advisor);
        let all = own.filter(|(_, buyer)| values.iter().all(|value| buyer.tags.contains(*value)));
        good(json!({"openid_list": all.map(|(openid, _)| openid).collect::<Vec<_>>()}))
    })
}

fn delete(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        let (advisor, value) = (advisor(guide, body)?, body.text("tag_value"));
        each(body, |openid| {
            bound(guide, &advisor, openid)?.tags.remove(value);
            Ok(())
        })
    })
}

fn set_display(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        let advisor = advisor(guide, body)?;
        let tags = body
            .texts("display_tag_list")
            .into_iter()
            .map(str::to_owned);
        bound(guide, &advisor, body.text("openid"))?.display_tags = tags.collect();
        good(json!({}))
    })
}

fn display(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        let advisor = advisor(guide, body)?;
        let buyer = bound(guide, &advisor, body.text("openid"))?;
        good(json!({"display_tag_list": buyer.display_tags}))
    })
}
