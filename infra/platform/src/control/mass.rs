//! Control of mass sends: who got what, how they are treated, what the administrator says.

use super::{Answer, Platform, query, read, shown};
use crate::{account_data::Admin, state::State};
use axum::{
    Router,
    body::Bytes,
    extract::{Path, State as Shared},
    http::Uri,
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/_control/mass", get(mass))
        .route(
            "/_control/mass/{app_id}",
            get(settings).post(change_settings),
        )
        .route("/_control/mass/{app_id}/{msg_id}", post(administrate))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    account: String,
    openid: Option<String>,
}

async fn mass(Shared(state): Platform, uri: Uri) -> Answer {
    let which: Which = query(&uri)?;
    shown(&state.mass(&which.account, which.openid.as_deref())?)
}

async fn settings(Shared(state): Platform, Path(app_id): Path<String>) -> Answer {
    shown(&state.mass_settings(&app_id)?)
}

async fn change_settings(
    Shared(state): Platform,
    Path(app_id): Path<String>,
    body: Bytes,
) -> Answer {
    shown(&state.change_mass_settings(&app_id, read(&body)?)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    admin: Admin,
}

async fn administrate(
    Shared(state): Platform,
    Path((app_id, msg_id)): Path<(String, u64)>,
    body: Bytes,
) -> Answer {
    state.administrate(&app_id, msg_id, read::<Decision>(&body)?.admin)?;
    shown(&json!({}))
}
