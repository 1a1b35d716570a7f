//! `GET /MP_verify_….txt`, `GET /WW_verify_….txt`: whose the domain is.

use crate::{context::Context, problem};
use shared::{
    lambda::{HttpRequest, HttpResponse, Problem},
    web::verify::is_file_name,
};

/// How long the files are remembered, in milliseconds: names nobody has cost one look a minute.
const FRESH_MS: i64 = 60_000;

/// The file of that name.
pub(crate) async fn answer(
    context: &Context,
    request: &HttpRequest,
) -> Result<HttpResponse, Problem> {
    let name = request.path_parameter("file");
    if !is_file_name(name) {
        return Err(problem::absent("file"));
    }
    let mut known = context.verify_files.lock().await;
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
