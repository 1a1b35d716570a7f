//! Pictures and voices: what a follower sends is put where the product finds it, and both sides can be looked at.

use super::{Answer, Platform, Refused, ok, query};
use crate::{account_data::Media, random::media_id, refusal::Refusal, state::State};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State as Shared},
    http::{Uri, header},
    response::IntoResponse,
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// The largest picture a user sends.
const MAX_BYTES: usize = 10 * 1024 * 1024;

/// What a browser may show: nothing in which a script could stand.
const SHOWN: [(&str, &str, &str); 7] = [
    ("image", "png", "image/png"),
    ("image", "jpg", "image/jpeg"),
    ("image", "jpeg", "image/jpeg"),
    ("image", "gif", "image/gif"),
    ("image", "bmp", "image/bmp"),
    ("voice", "amr", "audio/amr"),
    ("voice", "mp3", "audio/mp3"),
];

pub(super) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/_control/media/{app_id}", post(add))
        .route("/_control/media/{app_id}/{media_id}", get(show))
        .layer(DefaultBodyLimit::max(MAX_BYTES))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    kind: String,
    name: String,
}

async fn add(
    Shared(state): Platform,
    Path(app_id): Path<String>,
    uri: Uri,
    bytes: Bytes,
) -> Answer {
    let file: File = query(&uri)?;
    let ending = file.name.rsplit('.').next().unwrap_or_default();
    let ending = ending.to_ascii_lowercase();
    let fits = |(kind, known, _): &&(&str, &str, &str)| *kind == file.kind && *known == ending;
    let content_type = SHOWN
        .iter()
        .find(fits)
        .map(|(.., content_type)| *content_type);
    let content_type = content_type.ok_or_else(|| {
        let rule = "must be an image named png, jpg, jpeg, gif or bmp, or a voice named amr or mp3";
        Refusal::field("name", rule)
    })?;
    if bytes.is_empty() {
        return Err(Refusal::field("body", "must be the file").into());
    }
    let id = media_id();
    let media = Media {
        kind: file.kind,
        name: file.name,
        content_type,
        bytes,
        title: String::new(),
        introduction: String::new(),
        created_ms: state.clock().now_ms(),
    };
    state.with_account(&app_id, |account| {
        account.data.library.temporary.insert(id.clone(), media)
    })?;
    ok(&json!({"media_id": id}))
}

async fn show(Shared(state): Platform, Path((app_id, media_id)): Path<(String, String)>) -> Answer {
    let now_ms = state.clock().now_ms();
    let found = state.with_account(&app_id, |account| {
        account.data.library.file(&media_id, now_ms).cloned()
    })?;
    let shown = |media: &Media| SHOWN.iter().any(|(.., known)| *known == media.content_type);
    let media = found.filter(shown).ok_or(Refused(Refusal::Unknown {
        what: "picture or voice",
        name: media_id,
    }))?;
    let headers = [
        (header::CONTENT_TYPE, media.content_type),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox",
        ),
    ];
    Ok((headers, media.bytes).into_response())
}
