//! `cgi-bin/token` and `cgi-bin/stable_token` (protocol section 4).

use super::{Route, call::Context, failure::Failure, gate::spend, get, post};
use crate::{random::token_value, tokens::Granted};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    get("/cgi-bin/token", classic).open(),
    post("/cgi-bin/stable_token", stable).open(),
];

#[derive(Default, Deserialize)]
#[serde(default)]
struct StableRequest {
    grant_type: String,
    appid: String,
    secret: String,
    force_refresh: bool,
}

fn classic(context: &Context<'_>) -> Result<Value, Failure> {
    let field = |name| context.call.query(name).unwrap_or_default();
    let app_id = field("appid");
    admit(context, field("grant_type"), app_id, field("secret"))?;
    let now_ms = context.now_ms();
    let granted = context.account(app_id, |account| {
        let lives = account.lifetimes();
        account.tokens.fetch_classic(token_value(), lives, now_ms)
    })?;
    Ok(answer(granted))
}

fn stable(context: &Context<'_>) -> Result<Value, Failure> {
    let request: StableRequest = context.call.json()?;
    admit(
        context,
        &request.grant_type,
        &request.appid,
        &request.secret,
    )?;
    let now_ms = context.now_ms();
    let granted = context.account(&request.appid, |account| {
        let lives = account.lifetimes();
        match request.force_refresh {
            true => account.tokens.force_stable(token_value(), lives, now_ms),
            false => account.tokens.fetch_stable(token_value(), lives, now_ms),
        }
    })?;
    Ok(answer(granted))
}

/// Checks the request, the credentials, the whitelist and the quota, in this order.
fn admit(
    context: &Context<'_>,
    grant_type: &str,
    app_id: &str,
    secret: &str,
) -> Result<(), Failure> {
    if grant_type != "client_credential" {
        return Err(Failure::code(40_002));
    }
    if app_id.is_empty() {
        return Err(Failure::code(41_002));
    }
    if secret.is_empty() {
        return Err(Failure::code(41_004));
    }
    let caller = context.call.caller;
    let (known, listed) = context.account(app_id, |account| {
        let whitelist = &account.setup.ip_whitelist;
        (
            account.setup.app_secret == secret,
            whitelist.is_empty() || whitelist.contains(&caller),
        )
    })?;
    if !known {
        return Err(Failure::code(40_125));
    }
    if !listed {
        return Err(Failure::not_in_whitelist(&caller.to_string()));
    }
    spend(context, app_id)
}

fn answer(granted: Granted) -> Value {
    json!({"access_token": granted.value, "expires_in": granted.expires_in_s})
}
