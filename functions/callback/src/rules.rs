//! The rules this bundle answers by: code first, then `rules.toml`.

use shared::{
    problem::Problem,
    router::{Router, RulesFile, Surroundings},
};

/// The rules as shipped; the build has checked them.
const SHIPPED: &str = include_str!("../rules.toml");

/// Rules written as code, in front of those from the file:
/// `Router::new().on_keyword("price", |asked: &Asked<'_>| …)`.
fn code() -> Router {
    Router::new()
}

/// All rules; `file` takes the place of the shipped `rules.toml`. Functions that rules forward to
/// begin with `function_prefix`.
///
/// # Errors
/// Rules that cannot be used; the function does not start with them.
pub(crate) fn load(file: Option<&str>, function_prefix: &str) -> Result<Router, Problem> {
    let unusable = |why| Problem::new("unusable_rules", 500, why);
    let (name, text) = match file {
        None => ("rules.toml", SHIPPED.as_bytes().to_owned()),
        Some(path) => {
            let read = std::fs::read(path);
            (path, read.map_err(|e| unusable(format!("{path}: {e}")))?)
        }
    };
    let around = Surroundings {
        function_prefix: Some(function_prefix),
        ..Surroundings::default()
    };
    let rules = RulesFile::read(name, &text, &around);
    Ok(code().with_file(rules.map_err(|e| unusable(e.to_string()))?))
}
