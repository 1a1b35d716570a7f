//! The page at the root: what happens here, to look at and to play with. It sends nothing outside the machine.

mod guard;
mod snapshot;
mod stream;

pub(crate) use guard::{Guard, guarded};

use crate::state::State;
use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State as Shared},
    http::{Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use serde_json::{Value, json};
use std::sync::Arc;

/// Nothing but our own files, and no script inside a page.
const POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";
/// The largest body of a signed route.
const MAX_BODY: usize = 10 * 1024 * 1024;

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const ICON: &str = "image/svg+xml";

macro_rules! files {
    ($($name:literal $kind:ident)*) => {
        &[$(($name, $kind, include_str!(concat!("../window/", $name)))),*]
    };
}

/// The files of the page, by name.
const FILES: &[(&str, &str, &str)] = files!(
    "index.html" HTML "docs.html" HTML "icon.svg" ICON "style.css" STYLE "parts.css" STYLE
    "main.js" SCRIPT "stream.js" SCRIPT "store.js" SCRIPT "dom.js" SCRIPT "words.js" SCRIPT "ask.js" SCRIPT
    "text.js" SCRIPT "phone.js" SCRIPT "bubble.js" SCRIPT "actions.js" SCRIPT "wire.js" SCRIPT
    "ledger.js" SCRIPT "switches.js" SCRIPT "log.js" SCRIPT "docs.js" SCRIPT
);

/// The page, its files and its stream.
pub(crate) fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/", get(|| async { file("index.html") }))
        .route("/docs", get(|| async { file("docs.html") }))
        .route(
            "/window/{name}",
            get(|Path(name): Path<String>| async move { file(&name) }),
        )
        .route("/_control/events", get(stream::events))
        .route("/_control/document", get(document))
        .route("/_control/behind/{*path}", any(behind))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(state)
}

fn file(name: &str) -> Response {
    match FILES.iter().find(|(known, ..)| *known == name) {
        Some((_, kind, text)) => (
            [
                (header::CONTENT_TYPE, *kind),
                (header::CONTENT_SECURITY_POLICY, POLICY),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (header::REFERRER_POLICY, "no-referrer"),
                (header::CACHE_CONTROL, "no-cache"),
            ],
            *text,
        )
            .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The OpenAPI document of the product; nothing runs behind a simulator that stands alone.
async fn document(Shared(state): Shared<Arc<State>>) -> Response {
    match state.behind() {
        Some(behind) => Json((behind.document)()).into_response(),
        None => nobody_behind(),
    }
}

/// Passes a request on to a signed route of the product.
async fn behind(
    Shared(state): Shared<Arc<State>>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> Response {
    let Some(behind) = state.behind() else {
        return nobody_behind();
    };
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    let path = path.trim_start_matches("/_control/behind").to_owned();
    let body = match serde_json::from_slice(&body) {
        Ok(body) => body,
        Err(_) if body.is_empty() => Value::Null,
        Err(error) => return refused(StatusCode::BAD_REQUEST, "body", &error.to_string()),
    };
    match (behind.routes)(method.to_string(), path, body).await {
        Ok((status, answer)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            (status, Json(answer)).into_response()
        }
        Err(reason) => refused(StatusCode::BAD_GATEWAY, "behind", &reason),
    }
}

fn nobody_behind() -> Response {
    let rule = "nothing runs behind this simulator; `cargo run` starts it with the functions";
    refused(StatusCode::NOT_FOUND, "behind", rule)
}

fn refused(status: StatusCode, field: &str, rule: &str) -> Response {
    (
        status,
        Json(json!({"error": {"field": field, "rule": rule}})),
    )
        .into_response()
}
