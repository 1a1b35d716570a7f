//! What goes back for a call, before faults of the wire.

use axum::{
    body::Bytes,
    http::{HeaderName, StatusCode, header},
};
use serde_json::Value;
use std::borrow::Cow;

/// What a handler answers with.
pub(super) enum Reply {
    Json(Value),
    File {
        name: String,
        content_type: &'static str,
        bytes: Bytes,
    },
    /// A page in the user's browser.
    Page(String),
    /// The user's browser goes on to this address.
    Redirect(String),
    NotFound,
}

/// An answer as it goes on the wire.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) content_type: &'static str,
    pub(super) header: Option<(HeaderName, String)>,
    /// What the answer's JSON says; 0 when it says nothing.
    pub(super) errcode: i64,
    pub(super) bytes: Cow<'static, [u8]>,
}

impl Answer {
    /// A body of that type with a status.
    pub(super) fn of(
        status: StatusCode,
        content_type: &'static str,
        bytes: impl Into<Cow<'static, [u8]>>,
    ) -> Self {
        Self {
            status,
            content_type,
            header: None,
            errcode: 0,
            bytes: bytes.into(),
        }
    }

    pub(super) fn json(value: &Value) -> Self {
        let json = "application/json; encoding=utf-8";
        let errcode = value.get("errcode").and_then(Value::as_i64);
        Self {
            errcode: errcode.unwrap_or_default(),
            ..Self::of(StatusCode::OK, json, value.to_string().into_bytes())
        }
    }

    fn with(self, name: HeaderName, value: String) -> Self {
        Self {
            header: Some((name, value)),
            ..self
        }
    }
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        match reply {
            Reply::Json(value) => Self::json(&value),
            Reply::File {
                name,
                content_type,
                bytes,
            } => Self::of(StatusCode::OK, content_type, bytes.to_vec()).with(
                header::CONTENT_DISPOSITION,
                format!("attachment; filename=\"{name}\""),
            ),
            Reply::Page(html) => Self::of(
                StatusCode::OK,
                "text/html; charset=utf-8",
                html.into_bytes(),
            ),
            Reply::Redirect(to) => {
                Self::of(StatusCode::FOUND, "text/html", Vec::new()).with(header::LOCATION, to)
            }
            Reply::NotFound => Self::of(StatusCode::NOT_FOUND, "text/html", Vec::new()),
        }
    }
}
