//! Schemas by name and by type.

use serde_json::{Value, json};

/// A schema by its name.
pub(crate) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}
