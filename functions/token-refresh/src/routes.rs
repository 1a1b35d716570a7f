//! Tokens over HTTP, for the team's other systems.

use crate::context::Context;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use shared::{
    invocation::Granted,
    lambda::{HttpRequest, HttpResponse, Problem},
    token::{Kind, Why},
};

/// The body of a reported token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reported {
    refused: SecretString,
}

/// Answers a request; the gateway has checked who asks.
pub(crate) async fn answer(context: &Context, request: &HttpRequest) -> HttpResponse {
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
    match granted(context, request.path_parameter("account"), kind, why).await {
        Ok(granted) => HttpResponse::json(200, &json!(granted)),
        Err(problem) => problem.response(),
    }
}

async fn granted(
    context: &Context,
    account: &str,
    kind: Kind,
    why: Why<'_>,
) -> Result<Granted, Problem> {
    let account = context.accounts.get(account).await?;
    context.granted(&account, kind, why).await
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

fn refuse(status: u16, error_type: &'static str, message: &str) -> HttpResponse {
    Problem::new(error_type, status, message).response()
}
