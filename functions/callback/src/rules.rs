//! The rules this bundle answers by: code first, then `rules.toml`.

use shared::callback::{Router, RulesError};
use std::path::Path;
use thiserror::Error;

/// The rules as shipped.
const SHIPPED: &str = include_str!("../rules.toml");

/// Rules that cannot be used; the function does not start with them.
#[derive(Debug, Error)]
pub(crate) enum Faulty {
    #[error("{file}: {source}")]
    Rule { file: String, source: RulesError },
    #[error("{file}: {source}")]
    File {
        file: String,
        source: std::io::Error,
    },
}

/// Rules written as code, in front of those from the file:
/// `Router::new().on_keyword("price", |push: &Push<'_>| …)`.
fn code() -> Router {
    Router::new()
}

/// All rules; `file` takes the place of the shipped `rules.toml`.
pub(crate) fn load(file: Option<&str>) -> Result<Router, Faulty> {
    let (name, text) = match file {
        None => ("rules.toml", SHIPPED.to_owned()),
        Some(path) => (path, read(path)?),
    };
    code().with_toml(&text).map_err(|source| Faulty::Rule {
        file: name.to_owned(),
        source,
    })
}

fn read(path: &str) -> Result<String, Faulty> {
    std::fs::read_to_string(Path::new(path)).map_err(|source| Faulty::File {
        file: path.to_owned(),
        source,
    })
}
