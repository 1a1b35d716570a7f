//! `GET /MP_verify_….txt`, `GET /WW_verify_….txt`: whose the domain is.

use crate::{context::Context, problem};
use shared::{
    lambda::{HttpRequest, HttpResponse},
    problem::Problem,
    web::verify::is_file_name,
};
use std::time::Duration;

/// How long the files are remembered: names nobody has cost one look a minute.
const FRESH: Duration = Duration::from_secs(60);

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
    let now = context.clock.now();
    if now.since(known.read) >= FRESH {
        known.files = context.token_refresh.verify_files().await?;
        known.read = now;
    }
    let content = known.files.get(name);
    let content = content.ok_or_else(|| problem::absent("file"))?;
    Ok(HttpResponse::text(200, content.clone()))
}
