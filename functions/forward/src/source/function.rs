//! A function of the team's.

use super::Failure;
use serde_json::Value;
use shared::lambda::Functions;

/// What that function answers to an event.
pub(super) async fn call(
    functions: &Functions,
    name: &str,
    event: &Value,
) -> Result<Vec<u8>, Failure> {
    let failed = |reason: String| {
        let why = format!("the function '{name}' failed: {reason}");
        Failure::of("function_failed", why)
    };
    let invoked = functions.call(name, event.to_string());
    let invoked = invoked.await.map_err(failed)?;
    let Some(kind) = &invoked.function_error else {
        return Ok(invoked.payload);
    };
    // The message of its error may hold what the user wrote.
    let error_type = invoked.error_member("errorType").unwrap_or_default();
    let error_type: String = error_type.chars().take(100).collect();
    Err(failed(format!("{kind} {error_type}")))
}
