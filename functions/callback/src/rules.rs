//! The rules this bundle answers by: code first, then `rules.toml`.

use shared::router::{Router, RulesError, RulesFile, Surroundings};
use std::fmt;
use thiserror::Error;

/// The rules as shipped; the build has checked them.
const SHIPPED: &str = include_str!("../rules.toml");

/// Rules that cannot be used; the function does not start with them.
#[derive(Error)]
pub(crate) enum Faulty {
    #[error(transparent)]
    Rules(#[from] RulesError),
    #[error("{file}: {source}")]
    File {
        file: String,
        source: std::io::Error,
    },
}

/// As it is displayed: `main` ends with it, and prints the debug form.
impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Rules written as code, in front of those from the file:
/// `Router::new().on_keyword("price", |push: &Push<'_>| …)`.
fn code() -> Router {
    Router::new()
}

/// All rules; `file` takes the place of the shipped `rules.toml`. Functions that rules forward to
/// begin with `function_prefix`.
pub(crate) fn load(file: Option<&str>, function_prefix: &str) -> Result<Router, Faulty> {
    let (name, text) = match file {
        None => ("rules.toml", SHIPPED.as_bytes().to_owned()),
        Some(path) => (path, read(path)?),
    };
    let around = Surroundings {
        accounts: None,
        function_prefix: Some(function_prefix),
    };
    Ok(code().with_file(RulesFile::read(name, &text, &around)?))
}

fn read(path: &str) -> Result<Vec<u8>, Faulty> {
    std::fs::read(path).map_err(|source| Faulty::File {
        file: path.to_owned(),
        source,
    })
}
