//! Tokens over HTTP, for the team's other systems.

use crate::context::Context;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use shared::{
    invocation::Granted,
    lambda::{HttpRequest, HttpResponse, Route},
    problem::Problem,
    routes,
    token::{Kind, Why},
};

/// The body of a reported token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reported {
    refused: SecretString,
}

/// A token to read, with the one that WeChat refused, or why a request asks for none.
type Asked = Result<(Kind, Option<SecretString>), Problem>;

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
pub(crate) async fn answer(context: &Context, request: &HttpRequest) -> HttpResponse {
    match granted(context, request).await {
        Ok(granted) => HttpResponse::json(200, &json!(granted)),
        Err(problem) => (&problem).into(),
    }
}

async fn granted(context: &Context, request: &HttpRequest) -> Result<Granted, Problem> {
    let unknown = |_| Problem::new("unknown_route", 404, "no such route");
    let read = Route::handler(ROUTES, request).map_err(unknown)?;
    let (kind, reported) = read(request)?;
    let why = reported.as_ref().map_or(Why::Need, Why::Refused);
    let account = request.path_parameter("account");
    let account = context.accounts.get(account).await?;
    context.granted(&account, kind, why).await
}

fn ticket(request: &HttpRequest) -> Asked {
    match request.path_parameter("kind") {
        "jsapi" => Ok((Kind::JsapiTicket, None)),
        "wx_card" => Ok((Kind::WxCardTicket, None)),
        _ => {
            let why = "kind: must be jsapi or wx_card";
            Err(Problem::new("unknown_ticket", 404, why))
        }
    }
}

fn reported(request: &HttpRequest) -> Asked {
    let malformed = |rule: &str| Problem::new("malformed_body", 400, rule);
    let body = request.body().map_err(|e| malformed(&e.to_string()))?;
    let wanted = "the body must be {\"refused\": \"the token WeChat refused\"}";
    let reported: Reported = serde_json::from_slice(&body).map_err(|_| malformed(wanted))?;
    Ok((Kind::AccessToken, Some(reported.refused)))
}
