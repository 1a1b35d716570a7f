//! Control of customer service and comments.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State as Shared};
use axum::routing::post;
use serde_json::json;

use super::{Answer, Platform, read, shown};
use crate::state::State;

pub(super) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/_control/desk/{app_id}", post(change))
        .route("/_control/comments/{app_id}", post(comment))
}

async fn change(Shared(state): Platform, Path(app_id): Path<String>, body: Bytes) -> Answer {
    state.change_desk(&app_id, &read(&body)?)?;
    shown(&json!({}))
}

async fn comment(Shared(state): Platform, Path(app_id): Path<String>, body: Bytes) -> Answer {
    let id = state.comment(&app_id, &read(&body)?)?;
    shown(&json!({"user_comment_id": id}))
}
