//! Who calls: read from the access key, which is a function's logical id or `local`.

use axum::http::HeaderMap;

/// The access key of tests and people.
pub(super) const LOCAL: &str = "local";

/// The maker of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A test or a person: may do everything.
    Local,
    /// A function, by logical id.
    Function(String),
}

impl Caller {
    /// Reads `Authorization: AWS4-HMAC-SHA256 Credential=<key>/…`. None means the request is not signed.
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let authorization = headers.get("authorization")?.to_str().ok()?;
        let (_, credential) = authorization.split_once("Credential=")?;
        let (key, _) = credential.split_once('/')?;
        Some(match key {
            LOCAL => Self::Local,
            function => Self::Function(function.to_owned()),
        })
    }

    /// Name for log lines and `SenderId`.
    pub fn name(&self) -> &str {
        match self {
            Self::Local => LOCAL,
            Self::Function(id) => id,
        }
    }
}
