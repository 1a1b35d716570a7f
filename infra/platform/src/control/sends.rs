//! Control of single messages: what arrived, how they are treated, what their receivers do.

use super::{Answer, Platform, query, read, shown};
use crate::{account_data::FollowerChange, messages::MessageFilter, state::State};
use axum::{
    Router,
    body::Bytes,
    extract::{Path, State as Shared},
    http::Uri,
    routing::get,
};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/_control/messages", get(messages).delete(clear_messages))
        .route("/_control/messages/count", get(count))
        .route(
            "/_control/sends/{app_id}",
            get(settings).post(change_settings),
        )
        .route(
            "/_control/followers/{app_id}",
            get(followers).post(change_followers),
        )
}

async fn messages(Shared(state): Platform, uri: Uri) -> Answer {
    shown(&json!({"messages": state.list_messages(&query::<MessageFilter>(&uri)?)}))
}

async fn count(Shared(state): Platform, uri: Uri) -> Answer {
    shown(&json!({"count": state.count_messages(&query::<MessageFilter>(&uri)?)}))
}

async fn clear_messages(Shared(state): Platform) -> Answer {
    state.clear_messages();
    shown(&json!({}))
}

async fn settings(Shared(state): Platform, Path(app_id): Path<String>) -> Answer {
    shown(&state.send_settings(&app_id)?)
}

async fn change_settings(
    Shared(state): Platform,
    Path(app_id): Path<String>,
    body: Bytes,
) -> Answer {
    shown(&state.change_send_settings(&app_id, read(&body)?)?)
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Which {
    openid: String,
}

async fn followers(Shared(state): Platform, Path(app_id): Path<String>, uri: Uri) -> Answer {
    let which: Which = query(&uri)?;
    shown(&json!({"followers": state.followers(&app_id, &which.openid)?}))
}

async fn change_followers(
    Shared(state): Platform,
    Path(app_id): Path<String>,
    body: Bytes,
) -> Answer {
    state.change_followers(&app_id, &read::<FollowerChange>(&body)?)?;
    shown(&json!({}))
}
