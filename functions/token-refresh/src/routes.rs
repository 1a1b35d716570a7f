//! Tokens over HTTP, for the team's other systems.

use crate::handler::{Failure, Handler, written};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use shared::{
    lambda::{AccountsError, HttpRequest, HttpResponse},
    token::{Kind, RefreshError, Why},
};

/// The body of a reported token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reported {
    refused: SecretString,
}

/// Answers a request; the gateway has checked who asks.
pub(crate) async fn answer(handler: &Handler, request: &HttpRequest) -> HttpResponse {
    let account = request.path_parameter("account");
    let (kind, reported) = match request.route() {
        "GET /v1/accounts/{account}/access-token" => (Kind::AccessToken, None),
        "GET /v1/accounts/{account}/tickets/{kind}" => match ticket(request.path_parameter("kind"))
        {
            Some(kind) => (kind, None),
            None => return refuse(404, "unknown_ticket", "kind: must be jsapi or wx_card"),
        },
        "POST /v1/accounts/{account}/access-token/refresh" => match reported(request) {
            Ok(reported) => (Kind::AccessToken, Some(reported.refused)),
            Err(rule) => return refuse(400, "malformed_body", &rule),
        },
        _ => return refuse(404, "unknown_route", "no such route"),
    };
    let why = reported.as_ref().map_or(Why::Need, Why::Refused);
    match handler.token(account, kind, why).await {
        Ok(refreshed) => HttpResponse::json(200, &written(kind, &refreshed.current)),
        Err(Failure::Refresh(error)) => none(&error),
        Err(failure) => refuse(status(&failure), failure.error_type(), &failure.to_string()),
    }
}

fn ticket(kind: &str) -> Option<Kind> {
    match kind {
        "jsapi" => Some(Kind::JsapiTicket),
        "wx_card" => Some(Kind::WxCardTicket),
        _ => None,
    }
}

fn reported(request: &HttpRequest) -> Result<Reported, String> {
    let body = request.body().map_err(|e| e.to_string())?;
    let wanted = "the body must be {\"refused\": \"the token WeChat refused\"}";
    serde_json::from_slice(&body).map_err(|_| wanted.to_owned())
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
