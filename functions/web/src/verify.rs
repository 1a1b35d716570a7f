//! `GET /MP_verify_….txt`, `GET /WW_verify_….txt`: whose the domain is.

use crate::{context::Context, problem};
use shared::{
    lambda::{HttpRequest, HttpResponse, Problem},
    web::verify::is_file_name,
};
use std::collections::BTreeMap;
use tokio::sync::Mutex;

/// How long the files are remembered, in milliseconds: names nobody has cost one look a minute.
const FRESH_MS: i64 = 60_000;

/// The files of all accounts. A file does not name its account, and only `token-refresh` may list
/// the accounts.
#[derive(Debug, Default)]
pub(crate) struct VerifyFiles(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    files: BTreeMap<String, String>,
    read_ms: i64,
}

/// The file of that name.
pub(crate) async fn answer(
    context: &Context,
    request: &HttpRequest,
) -> Result<HttpResponse, Problem> {
    let name = request.path_parameter("file");
    if !is_file_name(name) {
        return Err(problem::absent("file"));
    }
    let mut known = context.verify_files.0.lock().await;
    let now_ms = context.clock.now_ms();
    if now_ms.saturating_sub(known.read_ms) >= FRESH_MS {
        known.files = context.token_refresh.verify_files().await?;
        known.read_ms = now_ms;
    }
    let content = known
        .files
        .get(name)
        .ok_or_else(|| problem::absent("file"))?;
    Ok(HttpResponse::text(200, content.clone()))
}
