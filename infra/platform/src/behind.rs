//! Who answers the pushes: what the page can ask and show of them.

use serde_json::Value;
use std::{future::Future, pin::Pin, sync::Arc};

/// Makes a signed request: method, path with query, body; status and JSON of the answer, or why there is none.
pub type SignedRoutes = Arc<
    dyn Fn(
            String,
            String,
            Value,
        ) -> Pin<Box<dyn Future<Output = Result<(u16, Value), String>> + Send>>
        + Send
        + Sync,
>;

/// The product behind the callbacks, where it runs on this machine too.
#[derive(Clone)]
pub struct Behind {
    /// Its signed routes.
    pub routes: SignedRoutes,
    /// Its OpenAPI document.
    pub document: Arc<dyn Fn() -> Value + Send + Sync>,
}
