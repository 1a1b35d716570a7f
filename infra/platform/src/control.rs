//! The control API: every route calls one function of [`State`].

mod description;
mod kf;
mod mass;
mod media;
mod sends;

use crate::{
    account::{AccountChange, AccountSetup},
    call_log::CallFilter,
    clock::ClockMove,
    faults::FaultSpec,
    push::PushRequest,
    refusal::Refusal,
    state::{Revocation, State},
};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, Request, State as Shared},
    http::{Method, StatusCode, Uri},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use std::sync::Arc;

type Answer = Result<Response, Refused>;
type Platform = Shared<Arc<State>>;

/// The control routes; everything below `/_control/` that is none of them answers 404.
pub(crate) fn router(state: Arc<State>) -> Router {
    let told = middleware::from_fn_with_state(Arc::clone(&state), tell_after);
    Router::new()
        .route("/_control", get(describe))
        .route("/_control/", get(describe))
        .route("/_control/accounts", get(accounts).post(add_account))
        .route("/_control/accounts/{app_id}", post(change_account))
        .route("/_control/verify", post(verify))
        .route("/_control/pushes", get(pushes).post(push))
        .route("/_control/pushes/{push_id}", get(push_report))
        .route("/_control/calls", get(calls).delete(clear_calls))
        .route("/_control/phone/{app_id}/{openid}", get(phone))
        .route("/_control/clock", get(clock).post(move_clock))
        .route(
            "/_control/faults",
            get(faults).post(add_fault).delete(clear_faults),
        )
        .route("/_control/faults/{id}", axum::routing::delete(clear_fault))
        .route("/_control/tokens/{app_id}/revoke", post(revoke))
        .route("/_control/comments/{app_id}", post(comment))
        .route("/_control/autoreply/{app_id}", post(set_autoreply))
        .merge(sends::routes())
        .merge(mass::routes())
        .merge(media::routes())
        .merge(kf::routes())
        .route("/_control/{*route}", axum::routing::any(unknown))
        .layer(told)
        .with_state(state)
}

/// Tells those who watch what a change has come to.
async fn tell_after(Shared(state): Platform, request: Request, next: Next) -> Response {
    let is_change = request.method() != Method::GET;
    let response = next.run(request).await;
    if is_change {
        state.tell_settings();
    }
    response
}

async fn describe() -> Answer {
    ok(&description::description())
}

async fn accounts(Shared(state): Platform) -> Answer {
    ok(&json!({"accounts": state.accounts()}))
}

async fn add_account(Shared(state): Platform, body: Bytes) -> Answer {
    ok(&state.add_account(read::<AccountSetup>(&body)?)?)
}

async fn change_account(
    Shared(state): Platform,
    Path(app_id): Path<String>,
    body: Bytes,
) -> Answer {
    ok(&state.change_account(&app_id, read::<AccountChange>(&body)?)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Verify {
    app_id: String,
}

async fn verify(Shared(state): Platform, body: Bytes) -> Answer {
    ok(&state.verify(&read::<Verify>(&body)?.app_id).await?)
}

async fn pushes(Shared(state): Platform) -> Answer {
    ok(&json!({"pushes": state.list_pushes()}))
}

/// Goes on when whoever asked for it is gone, as a page that is read again: WeChat would.
async fn push(Shared(state): Platform, body: Bytes) -> Answer {
    let request = read::<PushRequest>(&body)?;
    let pushed = tokio::spawn(async move { state.push(request).await }).await;
    let given_up = |_| Refusal::field("push", "was given up");
    ok(&pushed.map_err(given_up)??)
}

async fn push_report(Shared(state): Platform, Path(push_id): Path<String>) -> Answer {
    ok(&state.push_report(&push_id)?)
}

async fn calls(Shared(state): Platform, uri: Uri) -> Answer {
    ok(&json!({"calls": state.calls(&query::<CallFilter>(&uri)?)}))
}

async fn clear_calls(Shared(state): Platform) -> Answer {
    state.clear_calls();
    ok(&json!({}))
}

async fn phone(Shared(state): Platform, Path((app_id, openid)): Path<(String, String)>) -> Answer {
    ok(&json!({"shown": state.phone(&app_id, &openid)?}))
}

async fn clock(Shared(state): Platform) -> Answer {
    ok(&state.clock().view())
}

async fn move_clock(Shared(state): Platform, body: Bytes) -> Answer {
    ok(&state.clock().shift(&read::<ClockMove>(&body)?)?)
}

async fn faults(Shared(state): Platform) -> Answer {
    ok(&json!({"faults": state.list_faults()}))
}

async fn add_fault(Shared(state): Platform, body: Bytes) -> Answer {
    ok(&state.add_fault(read::<FaultSpec>(&body)?)?)
}

async fn clear_faults(Shared(state): Platform) -> Answer {
    state.clear_faults(None)?;
    ok(&json!({}))
}

async fn clear_fault(Shared(state): Platform, Path(id): Path<String>) -> Answer {
    let id = id
        .parse()
        .map_err(|_| Refusal::field("id", "must be a number"))?;
    state.clear_faults(Some(id))?;
    ok(&json!({}))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Revoke {
    how: Revocation,
}

async fn revoke(Shared(state): Platform, Path(app_id): Path<String>, body: Bytes) -> Answer {
    state.revoke_tokens(&app_id, read::<Revoke>(&body)?.how)?;
    ok(&json!({}))
}

async fn comment(Shared(state): Platform, Path(app_id): Path<String>, body: Bytes) -> Answer {
    let id = state.comment(&app_id, &read(&body)?)?;
    ok(&json!({"user_comment_id": id}))
}

/// The console's reply rules from now on, whole and in WeChat's own form.
async fn set_autoreply(Shared(state): Platform, Path(app_id): Path<String>, body: Bytes) -> Answer {
    let rules = read::<Map<String, Value>>(&body)?;
    state.with_account(&app_id, |account| account.data.autoreply = Some(rules))?;
    ok(&json!({}))
}

async fn unknown(uri: Uri) -> Answer {
    Err(Refused(Refusal::Unknown {
        what: "route",
        name: uri.path().to_owned(),
    }))
}

/// Reads the parameters of an address.
fn query<T: DeserializeOwned>(uri: &Uri) -> Result<T, Refusal> {
    let read = Query::<T>::try_from_uri(uri);
    read.map(|Query(read)| read)
        .map_err(|error| Refusal::field("query", error.body_text()))
}

/// Reads a body; an empty one stands for `{}`.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let body = if body.is_empty() { b"{}" } else { body };
    let mut json = serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        // What is wrong with the whole has no path.
        let path = error.path().to_string();
        let field = if path == "?" || path == "." {
            "body".to_owned()
        } else {
            path
        };
        Refusal::field(field, error.inner().to_string())
    })
}

fn ok(value: &impl Serialize) -> Answer {
    Ok((StatusCode::OK, Json(value)).into_response())
}

/// A refusal as an HTTP answer.
struct Refused(Refusal);

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0.status(), Json(self.0.to_json())).into_response()
    }
}
