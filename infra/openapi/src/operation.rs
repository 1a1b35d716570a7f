//! What is said of one route, and the pieces that it is said with.

use crate::refusals::Refused;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

/// What is said of a route. Its method and path stand in the function's table of routes, by the id.
pub(crate) struct Operation {
    pub(crate) id: &'static str,
    pub(crate) summary: &'static str,
    /// The group that clients put it in.
    pub(crate) tag: &'static str,
    pub(crate) query: Vec<Value>,
    pub(crate) body: Option<Value>,
    /// Status, description, content.
    pub(crate) answers: Vec<(u16, &'static str, Value)>,
    /// What is refused beside what every route refuses.
    pub(crate) refusals: Vec<Refused>,
}

impl Operation {
    /// A route without query and body.
    pub(crate) fn new(tag: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self {
            id,
            summary,
            tag,
            query: Vec::new(),
            body: None,
            answers: Vec::new(),
            refusals: Vec::new(),
        }
    }
}

pub(crate) fn json_of<T: JsonSchema>(schemas: &mut SchemaGenerator) -> Value {
    json_body(&json!(schemas.subschema_for::<T>()))
}

pub(crate) fn json_body(schema: &Value) -> Value {
    json!({ "application/json": { "schema": schema } })
}

pub(crate) fn query(name: &str, description: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "query", "description": description, "schema": schema })
}

pub(crate) fn flag(name: &str, description: &str) -> Value {
    query(
        name,
        description,
        &json!({ "type": "boolean", "default": false }),
    )
}
