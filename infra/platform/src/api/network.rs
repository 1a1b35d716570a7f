//! Addresses and the callback's reachability (protocol 7.7).

use super::{Route, call::Context, failure::Failure, get, post};
use axum::http::Uri;
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub(super) const ROUTES: &[Route] = &[
    get("/cgi-bin/getcallbackip", callback_ip),
    get("/cgi-bin/get_api_domain_ip", api_domain_ip),
    post("/cgi-bin/callback/check", check),
];

/// Pushes really come from the first one; the second shows that ranges occur.
fn callback_ip(_: &Context<'_>) -> Result<Value, Failure> {
    Ok(json!({"ip_list": ["127.0.0.1", "101.226.103.0/25"]}))
}

fn api_domain_ip(_: &Context<'_>) -> Result<Value, Failure> {
    Ok(json!({"ip_list": ["127.0.0.1"]}))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Check {
    action: String,
    check_operator: String,
}

fn check(context: &Context<'_>) -> Result<Value, Failure> {
    let check: Check = context.call.json()?;
    if !["dns", "ping", "all"].contains(&check.action.as_str()) {
        return Err(Failure::code(40_202));
    }
    if !["CHINANET", "UNICOM", "CAP", "DEFAULT"].contains(&check.check_operator.as_str()) {
        return Err(Failure::code(40_203));
    }
    let url = context.account(context.app_id, |account| account.setup.callback_url.clone())?;
    let uri = url.parse::<Uri>().ok();
    let host = uri
        .as_ref()
        .and_then(Uri::host)
        .ok_or_else(|| Failure::code(40_201))?;
    let operator = &check.check_operator;
    let mut found = Map::new();
    if check.action != "ping" {
        found.insert(
            "dns".to_owned(),
            json!([{"ip": host, "real_operator": operator}]),
        );
    }
    if check.action != "dns" {
        let ping = json!([{"ip": host, "from_operator": operator, "package_loss": "0%", "time": "0.079ms"}]);
        found.insert("ping".to_owned(), ping);
    }
    Ok(Value::Object(found))
}
