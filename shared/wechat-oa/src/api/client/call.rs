//! A call ready to leave, of a typed endpoint or of a path alone.

use crate::api::{
    body::{Body, Content},
    catalog,
    endpoint::{Endpoint, Invalid, Meta, Method},
    error::{Cause, Error, Failure},
};
use serde_json::Value;

/// Longest JSON answer taken, in bytes.
const JSON_LIMIT: usize = 10 << 20;
/// Longest download taken, in bytes; videos may have 10 MB.
pub(super) const DOWNLOAD_LIMIT: usize = 32 << 20;

/// What is sent, and how the answer is to be read.
pub(super) struct Call<'a> {
    pub(super) meta: Meta,
    pub(super) path: &'a str,
    pub(super) body: Body,
    pub(super) has_id: bool,
    pub(super) binary: bool,
}

impl<'a> Call<'a> {
    pub(super) fn of<E: Endpoint>(request: &E, binary: bool) -> Result<Self, Error> {
        Ok(Self {
            meta: E::META,
            path: E::META.path,
            body: Body::of(request)?,
            has_id: request.repeat_id().is_some(),
            binary,
        })
    }

    pub(super) fn raw(method: Method, path: &'a str, body: Option<&Value>) -> Result<Self, Error> {
        let wrong = |source| Error::Invalid {
            endpoint: path_alone(path).to_owned(),
            source,
        };
        check_path(path).map_err(wrong)?;
        let encoding = |source| Error::Encode {
            endpoint: path_alone(path).to_owned(),
            source,
        };
        let json = body.map(serde_json::to_vec).transpose().map_err(encoding)?;
        let content = match method {
            Method::Get => Content::None,
            Method::Post => Body::json(json.unwrap_or_default()).content,
        };
        Ok(Self {
            meta: catalog::find(method, path_alone(path))
                .copied()
                .unwrap_or(Meta::unlisted(method)),
            path,
            body: Body {
                query: Vec::new(),
                content,
            },
            has_id: false,
            binary: false,
        })
    }

    pub(super) fn endpoint(&self) -> &'a str {
        path_alone(self.path)
    }

    pub(super) fn limit(&self) -> usize {
        if self.binary {
            DOWNLOAD_LIMIT
        } else {
            JSON_LIMIT
        }
    }

    /// The URL goes: it carries the token.
    pub(super) fn transport(&self, error: reqwest::Error) -> Error {
        let failure = if error.is_connect() {
            Failure::Connect
        } else if error.is_timeout() {
            Failure::Timeout
        } else {
            Failure::Broken
        };
        Error::Transport {
            endpoint: self.endpoint().to_owned(),
            failure,
            source: error.without_url().into(),
        }
    }

    pub(super) fn unconnected(&self, source: Cause) -> Error {
        Error::Transport {
            endpoint: self.endpoint().to_owned(),
            failure: Failure::Connect,
            source,
        }
    }
}

/// A raw path stays on WeChat's host and brings no token of its own.
fn check_path(path: &str) -> Result<(), Invalid> {
    let letters = |c: char| c.is_ascii_graphic() && c != '#' && c != '\\';
    let fits = path.starts_with('/') && path.len() <= 2048 && path.chars().all(letters);
    Invalid::unless(
        fits,
        "path",
        "must start with '/' and be at most 2,048 visible ASCII letters without '#'",
    )?;
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let own = query
        .split('&')
        .any(|pair| pair.starts_with("access_token="));
    Invalid::unless(!own, "path", "must not carry an access_token; it is added")
}

pub(super) fn path_alone(path: &str) -> &str {
    path.split_once('?').map_or(path, |(path, _)| path)
}
