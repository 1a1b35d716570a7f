//! Logins: to WeChat's page and back, then on to the site with a one-time code.

use crate::{
    handler::{Call, random},
    refusal::Refusal,
};
use shared::{
    api::{
        Invalid,
        oauth::{AuthorizePage, GetWebUserInfo, Scope, WebToken},
        user::Language,
    },
    lambda::{HttpResponse, clock},
    web::{
        address::PageUrl,
        digest,
        journey::{JOURNEY_S, Journey, StateError},
        login::{Step, Visitor},
    },
};

/// How long a reload waits for the exchange of another, and how often it looks, in milliseconds.
const PATIENCE_MS: i64 = 12_000;
const LOOK_AGAIN_MS: i64 = 250;

/// `GET …/oauth/start?scope=&return_to=`: sends the browser to WeChat's page.
pub(crate) async fn start(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let scope = match call.request.parameter("scope").as_deref() {
        None | Some("" | "snsapi_base") => Scope::Base,
        Some("snsapi_userinfo") => Scope::UserInfo,
        Some(_) => {
            let rule = "must be snsapi_base or snsapi_userinfo";
            return Err(Invalid {
                field: "scope".into(),
                rule: rule.into(),
            }
            .into());
        }
    };
    let return_to = call.request.parameter("return_to").unwrap_or_default();
    if !PageUrl::parse("return_to", &return_to)?.belongs_to(&call.web()?.domains) {
        return Err(Refusal::Domain("return_to"));
    }
    set_out(call, scope, return_to, false).await
}

async fn set_out(
    call: &Call<'_>,
    scope: Scope,
    return_to: String,
    again: bool,
) -> Result<HttpResponse, Refusal> {
    let journey = Journey {
        nonce: random::<16>()?,
        ends_s: clock::now_ms() / 1000 + JOURNEY_S,
        scope,
        return_to,
        again,
    };
    let app_id = &call.account.app_id;
    let (state, cookie) = journey.set_out(&call.state_key().await?, app_id);
    let back = call.own_url("oauth/callback");
    let page = AuthorizePage::new(app_id.clone(), &back, scope, &state);
    let url = page.url(call.handler.base.as_deref())?;
    Ok(HttpResponse::redirect(url)
        .with_cookie(cookie)
        .with("referrer-policy", "no-referrer"))
}

/// `GET …/oauth/callback?code=&state=`: finds out who came back and sends the browser on to the
/// site, with a one-time `login` or with an `error`.
pub(crate) async fn callback(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let state = call.request.parameter("state").unwrap_or_default();
    let journey = Journey::come_back(
        &call.state_key().await?,
        &call.account.app_id,
        &state,
        |name| call.request.cookie(name),
        clock::now_ms() / 1000,
    )?;
    // What is configured may have changed since.
    if !PageUrl::parse("return_to", &journey.return_to)?.belongs_to(&call.web()?.domains) {
        return Err(Refusal::Domain("return_to"));
    }
    let code = call.request.parameter("code").unwrap_or_default();
    if code.is_empty() {
        return to_site(&journey, "error", "access_denied");
    }
    match identify(call, &journey, &code).await {
        Ok(Outcome::Known(visitor)) => {
            let login = random::<32>()?;
            let app_id = &call.account.app_id;
            let logins = &call.handler.logins;
            let handed = logins.hand_over(app_id, &login, &visitor, clock::now_ms());
            match handed.await {
                Ok(()) => to_site(&journey, "login", &login),
                Err(error) => unavailable(call, &journey, &error.into()),
            }
        }
        // The code was used up by a try that came to nothing: asking anew is silent, once.
        Ok(Outcome::Refused) if !journey.again => {
            set_out(call, journey.scope, journey.return_to, true).await
        }
        Ok(Outcome::Refused) => to_site(&journey, "error", "server_error"),
        Err(refusal @ Refusal::State(_)) => Err(refusal),
        Err(refusal) => unavailable(call, &journey, &refusal),
    }
}

fn unavailable(
    call: &Call<'_>,
    journey: &Journey,
    refusal: &Refusal,
) -> Result<HttpResponse, Refusal> {
    let account = &call.account.name;
    tracing::error!(%account, outcome = refusal.error_type(), detail = %refusal, "login");
    to_site(journey, "error", "temporarily_unavailable")
}

fn to_site(journey: &Journey, name: &str, value: &str) -> Result<HttpResponse, Refusal> {
    let page = PageUrl::parse("return_to", &journey.return_to)?;
    Ok(HttpResponse::redirect(page.with_query(&[(name, value)]))
        .with("referrer-policy", "no-referrer"))
}

enum Outcome {
    Known(Box<Visitor>),
    /// WeChat does not take the code.
    Refused,
}

/// Exchanges the code, or waits for the request that does: a reload finds what the first one found.
async fn identify(call: &Call<'_>, journey: &Journey, code: &str) -> Result<Outcome, Refusal> {
    let (logins, app_id) = (&call.handler.logins, &call.account.app_id);
    let (me, code_digest) = (random::<16>()?, digest(code));
    let give_up_ms = clock::now_ms() + PATIENCE_MS;
    loop {
        let now_ms = clock::now_ms();
        let login = logins
            .bid(app_id, &journey.nonce, &code_digest, &me, now_ms)
            .await?;
        match login.step(&code_digest, &me) {
            Step::Done(visitor) => return Ok(Outcome::Known(visitor)),
            Step::Another => return Err(StateError::Used.into()),
            Step::Exchange => break,
            Step::Wait if now_ms >= give_up_ms => return Err(Refusal::Slow),
            Step::Wait => clock::wait_until(now_ms + LOOK_AGAIN_MS).await,
        }
    }
    match exchange(call, code).await {
        Ok(Some(visitor)) => {
            logins.finish(app_id, &journey.nonce, &me, &visitor).await?;
            Ok(Outcome::Known(Box::new(visitor)))
        }
        outcome => {
            // When this fails too, the lease runs out by itself.
            drop(logins.release(app_id, &journey.nonce, &me).await);
            outcome.map(|_| Outcome::Refused)
        }
    }
}

/// The visitor; none when WeChat does not take the code.
async fn exchange(call: &Call<'_>, code: &str) -> Result<Option<Visitor>, Refusal> {
    let (token_refresh, account) = (&call.handler.token_refresh, &call.account.name);
    match token_refresh.exchange(account, code.into()).await? {
        Some(token) => Ok(Some(visitor(call, token).await)),
        None => Ok(None),
    }
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
    let info = call.handler.clients.of(call.account).call(&request).await;
    if let Err(error) = &info {
        let account = &call.account.name;
        tracing::warn!(%account, outcome = error.error_type(), detail = %error, "no profile");
    }
    Visitor::new(token, info.ok())
}
