//! Control of customer service.

use super::{Answer, Platform, read, shown};
use crate::state::State;
use axum::{
    Router,
    body::Bytes,
    extract::{Path, State as Shared},
    routing::post,
};
use serde_json::json;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<State>> {
    Router::new().route("/_control/desk/{app_id}", post(change))
}

async fn change(Shared(state): Platform, Path(app_id): Path<String>, body: Bytes) -> Answer {
    state.change_kf(&app_id, &read(&body)?)?;
    shown(&json!({}))
}
