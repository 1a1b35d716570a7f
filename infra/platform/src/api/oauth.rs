//! Web authorisation: the page, the code, the tokens (protocol 7.8).

use super::{
    Handle, Route, Verb,
    call::Context,
    failure::{Failure, ok},
    get,
    page::{self, Choice, visitor},
    reply::Reply,
};
use crate::{
    account_data::{Granted, WebGrant},
    random::{key, token_value},
};
use serde_json::{Map, Value, json};

const STATE: usize = 128;

pub(super) const ROUTES: &[Route] = &[
    Route::new(
        Verb::Get,
        "/connect/oauth2/authorize",
        Handle::Any(authorize),
    )
    .open(),
    get("/sns/oauth2/access_token", exchange).open(),
    get("/sns/oauth2/refresh_token", renew).open(),
    get("/sns/userinfo", user_info).open(),
    get("/sns/auth", check).open(),
];

fn field<'a>(context: &'a Context<'_>, name: &str) -> &'a str {
    context.call.query(name).unwrap_or_default()
}

/// `snsapi_base` goes straight back; `snsapi_userinfo` asks. Who refuses comes back without a code.
/// `_snapshot=1` looks at the page with a virtual account.
fn authorize(context: &Context<'_>) -> Result<Reply, Failure> {
    let (scope, state) = (field(context, "scope"), field(context, "state"));
    let back = field(context, "redirect_uri");
    let is_state = state.len() <= STATE && state.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_address = back.starts_with("http://") || back.starts_with("https://");
    context.account(field(context, "appid"), |_| ())?;
    if !is_address || !is_state || field(context, "response_type") != "code" {
        return Err(Failure::code(40_035));
    }
    let openid = match scope {
        "snsapi_base" => visitor(context.call),
        "snsapi_userinfo" => match Choice::of(context.call) {
            None => return Ok(page::ask(context.call, "网页授权")),
            Some(choice) if !choice.allows => {
                return Ok(Reply::Redirect(page::with_query(back, &[("state", state)])));
            }
            Some(choice) => choice.openid,
        },
        _ => return Err(Failure::code(40_035)),
    };
    let code = key(32);
    let grant = WebGrant {
        openid,
        scope: scope.to_owned(),
        snapshot: field(context, "_snapshot") == "1",
    };
    context.account(field(context, "appid"), |account| {
        account
            .data
            .web
            .allow(code.clone(), grant, context.now_ms());
    })?;
    Ok(Reply::Redirect(page::with_query(
        back,
        &[("code", &code), ("state", state)],
    )))
}

fn exchange(context: &Context<'_>) -> Result<Value, Failure> {
    let app_id = field(context, "appid");
    if field(context, "grant_type") != "authorization_code" {
        return Err(Failure::code(40_002));
    }
    let code = context
        .call
        .query("code")
        .ok_or_else(|| Failure::code(41_008))?;
    let secret = context
        .call
        .query("secret")
        .ok_or_else(|| Failure::code(41_004))?;
    let granted = context.account(app_id, |account| {
        if account.setup.app_secret != secret {
            return Err(40_125);
        }
        let new = [token_value(), token_value()];
        account.data.web.exchange(code, new, context.now_ms())
    })?;
    granted.map(answer).map_err(Failure::code)
}

fn renew(context: &Context<'_>) -> Result<Value, Failure> {
    if field(context, "grant_type") != "refresh_token" {
        return Err(Failure::code(40_002));
    }
    let token = context
        .call
        .query("refresh_token")
        .ok_or_else(|| Failure::code(41_003))?;
    let granted = context.account(field(context, "appid"), |account| {
        account
            .data
            .web
            .renew(token, token_value(), context.now_ms())
    })?;
    granted.map(answer).map_err(Failure::code)
}

fn answer(granted: Granted) -> Value {
    let grant = granted.grant;
    let mut fields = Map::from_iter([
        ("access_token".to_owned(), json!(granted.access_token)),
        ("expires_in".to_owned(), json!(granted.expires_in_s)),
        ("refresh_token".to_owned(), json!(granted.refresh_token)),
        ("openid".to_owned(), json!(grant.openid)),
        ("scope".to_owned(), json!(grant.scope)),
    ]);
    if grant.snapshot {
        fields.insert("is_snapshotuser".to_owned(), json!(1));
    }
    Value::Object(fields)
}

/// The token is a web one, of whatever account.
fn granted(context: &Context<'_>) -> Result<WebGrant, Failure> {
    let token = context
        .call
        .query("access_token")
        .ok_or_else(|| Failure::code(41_001))?;
    let openid = field(context, "openid");
    let now_ms = context.now_ms();
    let found = context
        .state
        .find_account(|account| account.data.web.check(token, openid, now_ms));
    found.unwrap_or(Err(40_001)).map_err(Failure::code)
}

fn user_info(context: &Context<'_>) -> Result<Value, Failure> {
    let grant = granted(context)?;
    if grant.scope != "snsapi_userinfo" {
        return Err(Failure::code(48_001));
    }
    let nickname = if grant.snapshot {
        "微信用户"
    } else {
        "小明"
    };
    Ok(json!({
        "openid": grant.openid, "nickname": nickname, "sex": 0, "province": "", "city": "",
        "country": "", "headimgurl": "https://thirdwx.qlogo.cn/mmopen/x/132", "privilege": [],
    }))
}

fn check(context: &Context<'_>) -> Result<Value, Failure> {
    granted(context).map(|_| ok())
}
