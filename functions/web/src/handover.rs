//! What a site's server asks, signed: who came with a one-time code, who agreed to a one-time message, and
//! the profile once more.

use crate::{context::Call, login, problem};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use shared::{
    lambda::HttpResponse,
    problem::Problem,
    web::{
        login::{Outcome, Visitor},
        subscribe_once::Subscriber,
    },
};
use wechat_oa::api::oauth::RefreshWebToken;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Redeem {
    login: SecretString,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RedeemSubscription {
    subscription: SecretString,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refresh {
    refresh_token: SecretString,
}

/// `POST …/oauth/redeem`: the visitor, once.
pub(crate) async fn redeem(call: &Call<'_>) -> Result<HttpResponse, Problem> {
    let rule = "must be {\"login\": \"the code the visitor brought\"}";
    let Redeem { login } = read(call, rule)?;
    told::<Visitor>(call, "login", &login).await
}

/// `POST …/subscribe-once/redeem`: who agreed to what, once.
pub(crate) async fn subscriber(call: &Call<'_>) -> Result<HttpResponse, Problem> {
    let rule = "must be {\"subscription\": \"the code the visitor brought\"}";
    let RedeemSubscription { subscription } = read(call, rule)?;
    told::<Subscriber>(call, "subscription", &subscription).await
}

/// What a journey of that kind came to, for its code.
async fn told<T: Outcome>(
    call: &Call<'_>,
    name: &str,
    code: &SecretString,
) -> Result<HttpResponse, Problem> {
    let outcome = call.redeemed::<T>(code.expose_secret()).await?;
    let outcome = outcome.ok_or_else(|| problem::absent(name))?;
    Ok(HttpResponse::json(200, &json!(outcome)))
}

/// `POST …/oauth/refresh`: the visitor again, for a refresh token.
pub(crate) async fn refresh(call: &Call<'_>) -> Result<HttpResponse, Problem> {
    let Refresh { refresh_token } = read(call, "must be {\"refresh_token\": \"of a login\"}")?;
    let request = RefreshWebToken::new(call.account.app_id().clone(), refresh_token);
    let answer = call.context.clients.of(call.account).call(&request).await;
    let token = answer.map_err(|error| match error.refusal().map(|r| r.errcode) {
        Some(40_030 | 42_002) => problem::absent("refresh token"),
        _ => error.into(),
    })?;
    let visitor = login::visitor(call, token).await;
    Ok(HttpResponse::json(200, &json!(visitor)))
}

fn read<T: DeserializeOwned>(call: &Call<'_>, rule: &'static str) -> Result<T, Problem> {
    let body = call.request.body()?;
    serde_json::from_slice(&body).map_err(|_| problem::invalid("body", rule))
}
