//! Why the control API refuses a request.

use axum::http::StatusCode;
use serde_json::{Value, json};

/// A control request that cannot be done, with the field and the rule it breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A field is missing, unknown or breaks a rule (HTTP 400).
    #[error("{field}: {rule}")]
    Field {
        /// The field, as a path from the body's root.
        field: String,
        /// The rule it breaks.
        rule: String,
    },
    /// There is no such account, push or fault (HTTP 404).
    #[error("unknown {what}: {name}")]
    Unknown {
        /// What kind of thing was asked for.
        what: &'static str,
        /// The name that is not known.
        name: String,
    },
    /// The thing exists already (HTTP 409).
    #[error("{what} exists already: {name}")]
    Exists {
        /// What kind of thing was to be made.
        what: &'static str,
        /// The name taken.
        name: String,
    },
}

impl Refusal {
    /// A field that breaks a rule.
    pub fn field(field: impl Into<String>, rule: impl Into<String>) -> Self {
        Self::Field {
            field: field.into(),
            rule: rule.into(),
        }
    }

    /// An account that is not registered.
    pub fn account(app_id: impl Into<String>) -> Self {
        Self::Unknown {
            what: "account",
            name: app_id.into(),
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Field { .. } => StatusCode::BAD_REQUEST,
            Self::Unknown { .. } => StatusCode::NOT_FOUND,
            Self::Exists { .. } => StatusCode::CONFLICT,
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::Field { field, rule } => json!({"error": {"field": field, "rule": rule}}),
            Self::Unknown { what, name } => json!({"error": {"unknown": what, "name": name}}),
            Self::Exists { what, name } => json!({"error": {"exists": what, "name": name}}),
        }
    }
}
