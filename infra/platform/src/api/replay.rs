//! Endpoints answered with what was recorded: the guide feature (protocol 7.2), retired in 2023.
//!
//! The call is checked as far as the protocol's list goes; nothing is kept between calls.

use super::{
    Handle, Route, Verb,
    call::Context,
    failure::{Failure, ok},
    fields::Fields,
};
use serde::Deserialize;
use serde_json::Value;
use std::sync::LazyLock;

const LIST: &str = include_str!("../../../../tests/fixtures/endpoints.json");

macro_rules! recorded {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../../../tests/fixtures/responses/", $name, ".json")))),*]
    };
}

/// The answers that say more than `ok`, by the endpoint's name.
const RECORDED: &[(&str, &str)] = recorded!(
    "getguideacct" "getguideacctlist" "guidecreateqrcode" "getguidebuyerchatrecord" "getguideconfig"
    "getguideacctconfig" "newguidegroup" "getguidegrouplist" "getgroupinfo" "getgroupbyguide"
    "addguidemassendjob" "getguidemassendjoblist" "getguidemassendjob" "addguidebuyerrelation"
    "delguidebuyerrelation" "getguidebuyerrelationlist" "rebindguideacctforbuyer"
    "getguidebuyerrelationbybuyer" "getguidebuyerrelation" "getguidetagoption" "addguidebuyertag"
    "getguidebuyertag" "queryguidebuyerbytag" "delguidebuyertag" "getguidebuyerdisplaytag"
    "getguidecardmaterial" "getguideimagematerial" "getguidewordmaterial"
);

/// The list of the protocol, as far as an answer depends on it.
#[derive(Deserialize)]
struct List<'a> {
    #[serde(borrow)]
    endpoints: Vec<Endpoint<'a>>,
}

#[derive(Deserialize)]
struct Endpoint<'a> {
    family: &'a str,
    name: &'a str,
    path: &'a str,
    /// Names with commas between them: `?` optional, `|` alternatives, `+` together.
    request_fields: &'a str,
}

static REPLAYED: LazyLock<Vec<Endpoint<'static>>> = LazyLock::new(|| {
    let list: Option<List<'_>> = serde_json::from_str(LIST).ok();
    let mut endpoints = list.map(|list| list.endpoints).unwrap_or_default();
    endpoints.retain(|endpoint| endpoint.family.starts_with("guide_"));
    endpoints
});

pub(super) static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
    let paths = REPLAYED.iter().map(|endpoint| endpoint.path);
    let route = |path| Route::new(Verb::Post, path, Handle::Json(replay));
    paths.map(route).collect()
});

fn replay(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let path = context.call.path.as_str();
    let endpoint = REPLAYED.iter().find(|endpoint| endpoint.path == path);
    let endpoint = endpoint.ok_or_else(|| Failure::code(40_066))?;
    if let Some(name) = missing(endpoint.request_fields, &body) {
        return Err(Failure::code(match name {
            name if name.ends_with("guide_account") => 9_300_801,
            "openid" => 40_003,
            _ => 40_035,
        }));
    }
    let recorded = RECORDED.iter().find(|(name, _)| *name == endpoint.name);
    let answer = recorded.and_then(|(_, answer)| serde_json::from_str(answer).ok());
    Ok(answer.unwrap_or_else(ok))
}

/// A field the call must have and has not.
fn missing<'a>(rule: &'a str, body: &Value) -> Option<&'a str> {
    let fits = |field: &&str| field.contains('?') || !body.part(name(field)).is_null();
    let rules = split(rule, ',').into_iter();
    rules
        .filter(|rule| !name(rule).is_empty())
        .find_map(|rule| {
            let ways = split(rule, '|');
            let met = ways.iter().any(|way| split(way, '+').iter().all(&fits));
            (!met).then(|| name(rule))
        })
}

/// A field without what is said about it: `page` of `page(from 0)`.
fn name(field: &str) -> &str {
    let end = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    field.trim().split(end).next().unwrap_or_default()
}

/// Splits at a sign that stands outside all brackets.
fn split(rule: &str, sign: char) -> Vec<&str> {
    let mut depth = 0;
    let parts = rule.split(|c| {
        depth += match c {
            '{' | '[' | '(' => 1,
            '}' | ']' | ')' => -1,
            _ => 0,
        };
        c == sign && depth == 0
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_answer_that_says_more_than_ok_is_recorded() {
        let list: Value = serde_json::from_str(LIST).unwrap();
        for endpoint in &*REPLAYED {
            let listed = list["endpoints"].as_array().unwrap().iter();
            let listed = listed.clone().find(|one| one["name"] == endpoint.name);
            let fields = listed.unwrap().text("response_fields");
            let recorded = RECORDED.iter().find(|(name, _)| *name == endpoint.name);
            assert_eq!(
                recorded.is_some(),
                fields != "errcode,errmsg",
                "{}",
                endpoint.name
            );
            let answer = recorded.map_or_else(ok, |(_, text)| serde_json::from_str(text).unwrap());
            assert_eq!(
                missing(fields, &answer),
                None,
                "{}: {answer}",
                endpoint.name
            );
        }
        assert!(
            RECORDED
                .iter()
                .all(|(known, _)| REPLAYED.iter().any(|one| one.name == *known))
        );
    }

    #[test]
    fn rules_ask_for_one_of_several_ways() {
        let bind =
            "guide_account|guide_openid,openid+nick | list[<=200]{openid,nick},page(from 0),more?";
        for (body, wanting) in [
            (json!({"guide_openid": "o", "list": [], "page": 0}), None),
            (
                json!({"guide_account": "a", "openid": "o", "nick": "n", "page": 0}),
                None,
            ),
            (
                json!({"guide_account": "a", "openid": "o", "page": 0}),
                Some("openid"),
            ),
            (json!({"list": [], "page": 0}), Some("guide_account")),
            (json!({"guide_openid": "o", "list": []}), Some("page")),
        ] {
            assert_eq!(missing(bind, &body), wanting, "{body}");
        }
        assert_eq!(missing("{}", &json!({})), None);
    }
}
