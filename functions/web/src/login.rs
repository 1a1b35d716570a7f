//! Logins: to WeChat's page and back, then on to the site with a one-time code.

//!
//! The visitor's browser never ends at an answer for programs: a callback that leads nowhere (a lost
//! cookie, a state that is old) sets out anew by itself, once, and else shows a page with a button.

use crate::{context::Call, notice, problem};
use serde::{Serialize, de::DeserializeOwned};
use shared::{
    lambda::HttpResponse,
    problem::Problem,
    web::{
        digest,
        journey::{JOURNEY_S, Journey, Reminder, SignIn, StateError},
        login::{Outcome, Step, Visitor},
    },
};
use std::time::Duration;
use wechat_oa::api::{
    oauth::{AuthorizePage, GetWebUserInfo, Scope, WebToken},
    page,
    user::Language,
};
use wechat_oa::page_url::PageUrl;

/// How long a reload waits for the exchange of another, and how often it looks.
const PATIENCE: Duration = Duration::from_secs(12);
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// `GET …/oauth/start?scope=&return_to=`: sends the browser to WeChat's page.
pub(crate) async fn start(call: &Call<'_>) -> Result<HttpResponse, Problem> {
    let scope = match call.request.parameter("scope").as_deref() {
        None | Some("" | "snsapi_base") => Scope::Base,
        Some("snsapi_userinfo") => Scope::UserInfo,
        Some(_) => {
            let rule = "must be snsapi_base or snsapi_userinfo";
            return Err(problem::invalid("scope", rule));
        }
    };
    let return_to = call.request.parameter("return_to").unwrap_or_default();
    call.site(&return_to)?;
    if let Some(page) = notice::elsewhere(call) {
        return Ok(page);
    }
    set_out(call, scope, return_to, false).await
}

async fn set_out(
    call: &Call<'_>,
    scope: Scope,
    return_to: String,
    again: bool,
) -> Result<HttpResponse, Problem> {
    let journey = journey(call, return_to, SignIn { scope, again })?;
    let app_id = call.account.app_id();
    let (state, cookie) = journey.set_out(&call.state_key().await?, app_id);
    let back = page::url("oauth", "/callback", &Reminder::fields(&journey));
    let back = call.own_url(&back);
    let page = AuthorizePage::new(app_id.clone(), &back, scope, &state);
    Ok(leave(page.url(call.context.base.as_deref())?).with_cookie(cookie))
}

/// A journey that begins now.
pub(crate) fn journey<T>(
    call: &Call<'_>,
    return_to: String,
    asked: T,
) -> Result<Journey<T>, Problem> {
    Ok(Journey {
        nonce: call.context.random::<16>()?,
        ends_s: call.context.clock.now().as_secs() + JOURNEY_S,
        return_to,
        asked,
    })
}

/// The journey this browser comes back from with that state; `Err` in it tells why it is not believed.
pub(crate) async fn come_back<T: Serialize + DeserializeOwned>(
    call: &Call<'_>,
    state: &str,
) -> Result<Result<Journey<T>, StateError>, Problem> {
    let (key, now) = (call.state_key().await?, call.context.clock.now());
    let (app_id, now_s) = (call.account.app_id(), now.as_secs());
    let cookie = |name: &str| call.request.cookie(name);
    Ok(Journey::come_back(&key, app_id, state, cookie, now_s))
}

/// `GET …/oauth/callback?code=&state=`: finds out who came back and sends the browser on to the
/// site, with a one-time `login` or with an `error`.
///
/// A visitor who refuses comes back with `state` and without `code` (网页授权,
/// Wechat_webpage_authorization.html).
pub(crate) async fn callback(call: &Call<'_>) -> Result<HttpResponse, Problem> {
    let state = call.request.parameter("state").unwrap_or_default();
    let code = call.request.parameter("code").unwrap_or_default();
    let journey = match come_back::<SignIn>(call, &state).await? {
        Ok(journey) => journey,
        Err(error) => return astray(call, error, code.is_empty()).await,
    };
    // What is configured may have changed since.
    call.site(&journey.return_to)?;
    if code.is_empty() {
        return to_site(&journey.return_to, &[("error", "access_denied")]);
    }
    let (asked, return_to) = (&journey.asked, &journey.return_to);
    match once(call, &journey.nonce, &code, exchange(call, &code)).await {
        Ok(Some(visitor)) => match hand_over(call, &*visitor).await {
            Ok(login) => to_site(return_to, &[("login", &login)]),
            Err(problem) => unavailable(call, return_to, &problem),
        },
        // The code was used up by a try that came to nothing: asking anew is silent, once.
        Ok(None) if !asked.again => set_out(call, asked.scope, journey.return_to, true).await,
        Ok(None) => to_site(return_to, &[("error", "server_error")]),
        Err(problem) => unavailable(call, return_to, &problem),
    }
}

/// Files what a journey came to under a one-time code for the site, which comes back.
pub(crate) async fn hand_over<T: Outcome>(call: &Call<'_>, found: &T) -> Result<String, Problem> {
    let (code, app_id) = (call.context.random::<32>()?, call.account.app_id());
    let (logins, now) = (&call.context.logins, call.context.clock.now());
    logins.hand_over(app_id, &code, found, now).await?;
    Ok(code)
}

/// A browser that cannot be told from a stranger's: the code it brings is left alone, for it may be
/// somebody else's. Its own journey begins anew, silently and once, as if it had never set out; a
/// browser that keeps no cookies would go round for ever.
async fn astray(
    call: &Call<'_>,
    error: StateError,
    refused: bool,
) -> Result<HttpResponse, Problem> {
    let known = Reminder::read(|name| call.request.parameter(name));
    let Some(known) = known.filter(|known| call.site(&known.return_to).is_ok()) else {
        return Err(error.into());
    };
    if refused {
        return to_site(&known.return_to, &[("error", "access_denied")]);
    }
    if known.again || !error.is_a_loss() {
        return Err(error.into());
    }
    if let Some(page) = notice::elsewhere(call) {
        return Ok(page);
    }
    let account = &call.account.name;
    tracing::info!(%account, reason = error.error_type(), "login anew");
    set_out(call, known.scope, known.return_to, true).await
}

/// The site hears that it does not work right now.
pub(crate) fn unavailable(
    call: &Call<'_>,
    return_to: &str,
    problem: &Problem,
) -> Result<HttpResponse, Problem> {
    let account = &call.account.name;
    tracing::error!(%account, outcome = problem.error_type(), detail = %problem, "journey");
    to_site(return_to, &[("error", "temporarily_unavailable")])
}

/// On to the site, which learns these.
pub(crate) fn to_site(return_to: &str, fields: &[(&str, &str)]) -> Result<HttpResponse, Problem> {
    let page = PageUrl::parse("return_to", return_to)?;
    Ok(leave(page.with_query(fields)))
}

/// On to another page, which does not learn where from.
pub(crate) fn leave(url: String) -> HttpResponse {
    HttpResponse::redirect(url).with("referrer-policy", "no-referrer")
}

/// Does `work` with what the browser brought back from a journey, or waits for the request that does: a
/// reload, and a callback that brings something else, find what the first one found. None where the work
/// came to nothing.
pub(crate) async fn once<T: Outcome>(
    call: &Call<'_>,
    nonce: &str,
    brought: &str,
    work: impl Future<Output = Result<Option<T>, Problem>>,
) -> Result<Option<Box<T>>, Problem> {
    let (logins, app_id) = (&call.context.logins, call.account.app_id());
    let (me, brought) = (call.context.random::<16>()?, digest(brought));
    let give_up = call.context.clock.now() + PATIENCE;
    loop {
        let now = call.context.clock.now();
        let login = logins.bid(app_id, nonce, &brought, &me, now).await?;
        match login.step(&me) {
            Step::Done(found) => return Ok(Some(found)),
            Step::Exchange => break,
            Step::Wait if now >= give_up => return Err(problem::slow()),
            Step::Wait => call.context.clock.wait_until(now + LOOK_AGAIN).await,
        }
    }
    match work.await {
        Ok(Some(found)) => {
            logins.finish(app_id, nonce, &me, &found).await?;
            Ok(Some(Box::new(found)))
        }
        outcome => {
            // When this fails too, the lease runs out by itself.
            drop(logins.release(app_id, nonce, &me).await);
            outcome.map(|_| None)
        }
    }
}

/// The visitor; none when WeChat does not take the code.
async fn exchange(call: &Call<'_>, code: &str) -> Result<Option<Visitor>, Problem> {
    let (token_refresh, account) = (&call.context.token_refresh, &call.account.name);
    let Some(token) = token_refresh.exchange(account, code.into()).await? else {
        return Ok(None);
    };
    Ok(Some(visitor(call, token).await))
}

/// With name and picture where they may be read. The code is used up by now: when they cannot be
/// had, the login goes on without, and the site may refresh it.
pub(crate) async fn visitor(call: &Call<'_>, token: WebToken) -> Visitor {
    if !token.has_profile() {
        return Visitor::new(token, None);
    }
    let request = GetWebUserInfo {
        access_token: token.access_token.clone(),
        openid: token.openid.clone(),
        lang: Language::SimplifiedChinese,
    };
    let info = call.context.clients.of(call.account).call(&request).await;
    if let Err(error) = &info {
        let account = &call.account.name;
        tracing::warn!(%account, outcome = error.error_type(), detail = %error, "no profile");
    }
    Visitor::new(token, info.ok())
}
