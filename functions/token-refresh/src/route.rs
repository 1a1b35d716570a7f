//! Tokens over HTTP, for the team's other systems.

use crate::handler::{Failure, Handler, written};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use shared::{
    lambda::{AccountsError, HttpRequest, HttpResponse, Route},
    routes,
    token::{Kind, RefreshError, Why},
};

/// The body of a reported token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reported {
    refused: SecretString,
}

/// A token to read, with the one that WeChat refused, or the answer to a request that asks for none.
type Asked = Result<(Kind, Option<SecretString>), HttpResponse>;

type Read = fn(&HttpRequest) -> Asked;

static ROUTES: &[(Route, Read)] = &routes! {
    GET "/v1/accounts/{account}/access-token" readAccessToken => |_| Ok((Kind::AccessToken, None)),
    POST "/v1/accounts/{account}/access-token/refresh" refreshAccessToken => reported,
    GET "/v1/accounts/{account}/tickets/{kind}" readTicket => ticket,
};

/// The routes that are served.
pub fn routes() -> impl Iterator<Item = Route> {
    ROUTES.iter().map(|(route, _)| *route)
}

/// Answers a request; the gateway has checked who asks.
pub(crate) async fn answer(handler: &Handler, request: &HttpRequest) -> HttpResponse {
    let asked = match Route::handler(ROUTES, request) {
        Ok(read) => read(request),
        Err(_) => Err(refuse(404, "unknown_route", "no such route")),
    };
    let (kind, reported) = match asked {
        Ok(asked) => asked,
        Err(refused) => return refused,
    };
    let why = reported.as_ref().map_or(Why::Need, Why::Refused);
    let account = request.path_parameter("account");
    match handler.token(account, kind, why).await {
        Ok(refreshed) => HttpResponse::json(200, &written(kind, &refreshed.current)),
        Err(Failure::Refresh(error)) => none(&error),
        Err(failure) => refuse(status(&failure), failure.error_type(), &failure.to_string()),
    }
}

fn ticket(request: &HttpRequest) -> Asked {
    match request.path_parameter("kind") {
        "jsapi" => Ok((Kind::JsapiTicket, None)),
        "wx_card" => Ok((Kind::WxCardTicket, None)),
        _ => Err(refuse(
            404,
            "unknown_ticket",
            "kind: must be jsapi or wx_card",
        )),
    }
}

fn reported(request: &HttpRequest) -> Asked {
    let malformed = |rule: &str| refuse(400, "malformed_body", rule);
    let body = request.body().map_err(|e| malformed(&e.to_string()))?;
    let wanted = "the body must be {\"refused\": \"the token WeChat refused\"}";
    let reported: Reported = serde_json::from_slice(&body).map_err(|_| malformed(wanted))?;
    Ok((Kind::AccessToken, Some(reported.refused)))
}

fn status(failure: &Failure) -> u16 {
    match failure {
        Failure::Account(AccountsError::Unknown(_)) => 404,
        Failure::Account(AccountsError::TooManyUnknown(_)) => 429,
        Failure::Account(_) => 500,
        Failure::Call(_) => 502,
        Failure::Refresh(_) => 503,
    }
}

/// No good token is to be had: why, what kind of trouble it is, and what to do.
fn none(error: &RefreshError) -> HttpResponse {
    let advice = error.advice();
    let told = json!({
        "type": error.error_type(),
        "message": error.to_string(),
        "class": advice.class,
        "advice": { "en": advice.en, "zh": advice.zh },
        "retry_at": error.until_ms().map(|until_ms| until_ms / 1000),
    });
    HttpResponse::json(503, &json!({ "error": told }))
}

fn refuse(status: u16, error_type: &str, message: &str) -> HttpResponse {
    HttpResponse::json(
        status,
        &json!({ "error": { "type": error_type, "message": message } }),
    )
}
