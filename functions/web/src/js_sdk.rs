//! `GET /web/{account}/js-sdk-config?url=…&jsApiList=…&openTagList=…`: what a page hands to
//! `wx.config`.

use crate::{context::Call, problem};
use serde_json::json;
use shared::{lambda::HttpResponse, problem::Problem};
use wechat_oa::js_sdk::{Asked, JsSdkConfig};
use wechat_oa::page_url::PageUrl;

/// A page keeps its answer until this long before the ticket turns over, in seconds.
const EARLY_S: i64 = 120;

/// Signs pages of the account's own domains, and lets those read the answer.
pub(crate) async fn answer(call: &Call<'_>) -> Result<HttpResponse, Problem> {
    let signed = sign(call).await;
    let answer = signed.or_else(|problem| match problem.status() {
        // A page of ours may read why not.
        400 | 403 => Ok(problem::response(&problem)),
        _ => Err(problem),
    })?;
    let answer = answer.with("vary", "origin");
    let origin = call.request.header("origin");
    let domains = &call.web()?.domains;
    let known = PageUrl::parse("origin", origin)
        .is_ok_and(|page| page.origin() == origin && page.belongs_to(domains));
    Ok(match known {
        true => answer.with("access-control-allow-origin", origin.to_owned()),
        false => answer,
    })
}

async fn sign(call: &Call<'_>) -> Result<HttpResponse, Problem> {
    let asked = Asked::read(&call.request.query(), &call.request.raw_query_string)?;
    let page = PageUrl::parse("url", &asked.url)?;
    if !page.belongs_to(&call.web()?.domains) {
        return Err(problem::foreign_domain("url"));
    }
    let ticket = call.context.clients.jsapi_ticket(call.account);
    let current = ticket.current().await.map_err(problem::no_ticket)?;
    let now_s = call.context.clock.now().as_secs();
    let app_id = call.account.app_id();
    let nonce = call.context.random::<8>()?;
    let config = JsSdkConfig::sign(app_id, &current.value, &page, &asked, &nonce, now_s);
    let keep_s = (current.expires_at.as_secs() - now_s - EARLY_S).max(0);
    Ok(HttpResponse::json(200, &json!(config))
        .with("cache-control", format!("private, max-age={keep_s}")))
}
