//! Quotas and request ids (protocol 7.7).

use super::{
    Route,
    call::Context,
    failure::{Failure, ok},
    post, route,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// A rid can be looked up for seven days.
const RID_LIFE_MS: i64 = 7 * 86_400_000;

pub(super) const ROUTES: &[Route] = &[
    post("/cgi-bin/clear_quota", clear),
    post("/cgi-bin/clear_quota/v2", clear_by_secret).open(),
    post("/cgi-bin/openapi/quota/get", read),
    post("/cgi-bin/openapi/quota/clear", clear_path),
    post("/cgi-bin/openapi/rid/get", rid),
];

#[derive(Default, Deserialize)]
#[serde(default)]
struct Request {
    appid: String,
    appsecret: String,
    cgi_path: String,
    rid: String,
}

fn clear(context: &Context<'_>) -> Result<Value, Failure> {
    let request: Request = context.call.json()?;
    if request.appid != context.app_id {
        return Err(Failure::code(40_013));
    }
    reset(context, context.app_id, None)
}

/// Pages disagree where the parameters stand: query and body are both read.
fn clear_by_secret(context: &Context<'_>) -> Result<Value, Failure> {
    let query = |name| context.call.query(name).map(str::to_owned);
    let request = match (query("appid"), query("appsecret")) {
        (Some(appid), Some(appsecret)) => Request {
            appid,
            appsecret,
            ..Request::default()
        },
        _ => context.call.json()?,
    };
    let known = context.account(&request.appid, |account| {
        account.setup.app_secret == request.appsecret
    })?;
    if !known {
        return Err(Failure::code(40_125));
    }
    reset(context, &request.appid, None)
}

fn clear_path(context: &Context<'_>) -> Result<Value, Failure> {
    let request: Request = context.call.json()?;
    known_path(&request.cgi_path)?;
    reset(context, context.app_id, Some(&request.cgi_path))
}

fn reset(context: &Context<'_>, app_id: &str, path: Option<&str>) -> Result<Value, Failure> {
    let now_ms = context.now_ms();
    match context.account(app_id, |account| account.usage.reset(path, now_ms))? {
        true => Ok(ok()),
        false => Err(Failure::code(48_006)),
    }
}

fn read(context: &Context<'_>) -> Result<Value, Failure> {
    let request: Request = context.call.json()?;
    let path = known_path(&request.cgi_path)?;
    let now_ms = context.now_ms();
    let (limit, used, minute) = context.account(context.app_id, |account| {
        let usage = &account.usage;
        (
            usage.daily_limit(path),
            usage.used(path, now_ms),
            usage.minute_limit(path),
        )
    })?;
    let remain = limit.saturating_sub(used);
    let mut answer = json!({"errcode": 0, "errmsg": "ok", "quota": {"daily_limit": limit, "used": used, "remain": remain}});
    if let (Some(calls), Some(fields)) = (minute, answer.as_object_mut()) {
        fields.insert(
            "rate_limit".to_owned(),
            json!({"call_count": calls, "refresh_second": 60}),
        );
    }
    Ok(answer)
}

fn known_path(path: &str) -> Result<&str, Failure> {
    route(path)
        .map(|route| route.path)
        .ok_or_else(|| Failure::code(76_021))
}

fn rid(context: &Context<'_>) -> Result<Value, Failure> {
    let request: Request = context.call.json()?;
    if !is_rid(&request.rid) {
        return Err(Failure::code(76_002));
    }
    let call = context.state.call_log().by_rid(&request.rid).cloned();
    let own = call.filter(|call| call.app_id.as_deref() == Some(context.app_id));
    let call = own.ok_or_else(|| Failure::code(76_001))?;
    if context.now_ms() - call.at_ms > RID_LIFE_MS {
        return Err(Failure::code(76_003));
    }
    let request = json!({
        "invoke_time": call.at_ms / 1_000,
        "cost_in_ms": call.ms,
        "request_url": url_of(&call.query),
        "request_body": text_of(&call.body),
        "response_body": text_of(&call.answer),
        "client_ip": call.caller,
    });
    Ok(json!({"errcode": 0, "errmsg": "ok", "request": request}))
}

fn is_rid(rid: &str) -> bool {
    let parts: Vec<_> = rid.split('-').collect();
    parts.len() == 3
        && parts
            .iter()
            .all(|part| part.len() == 8 && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn url_of(query: &std::collections::BTreeMap<String, String>) -> String {
    query
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join("&")
}

fn text_of(shown: &Value) -> String {
    shown
        .as_str()
        .map_or_else(|| shown.to_string(), str::to_owned)
}
