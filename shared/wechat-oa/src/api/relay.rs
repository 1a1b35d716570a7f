//! A call somebody else made up, to be passed on with this account's access token.

use super::{body::Content, endpoint::Meta};
use std::fmt;

/// A call to pass on; see [`Client::pass`](super::Client::pass).
#[derive(Clone)]
pub struct Relay {
    /// What the catalog says about it, or what is assumed of a call that is not there.
    pub meta: Meta,
    /// The path, with its leading slash.
    pub path: String,
    /// Names and values, not escaped.
    pub query: Vec<(String, String)>,
    /// What a POST carries.
    pub content: Content,
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Relay({:?} {})", self.meta.method, self.path)
    }
}
