//! Settings of a function: environment variables, read once at start.

use std::collections::BTreeMap;
use thiserror::Error;

/// A function that cannot start as it was set up.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// Variables that are not set, all of them.
    #[error("environment variables not set: {0}")]
    Missing(String),
    /// A variable with a value that means nothing.
    #[error("environment variable {name}: {rule}")]
    Wrong {
        /// The variable.
        name: &'static str,
        /// The rule its value breaks.
        rule: String,
    },
}

/// The variables a function asked for.
#[derive(Debug, Clone)]
pub struct Settings(BTreeMap<&'static str, String>);

impl Settings {
    /// Reads the variables a function cannot do without; an empty value counts as missing.
    ///
    /// # Errors
    /// All that are missing, in one message.
    pub fn require(names: &[&'static str]) -> Result<Self, SettingsError> {
        let mut found = BTreeMap::new();
        let mut missing = Vec::new();
        for name in names {
            match Self::optional(name) {
                Some(value) => drop(found.insert(*name, value)),
                None => missing.push(*name),
            }
        }
        if missing.is_empty() {
            Ok(Self(found))
        } else {
            Err(SettingsError::Missing(missing.join(", ")))
        }
    }

    /// A variable that may be absent; an empty value counts as absent.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the edge where settings come in"
    )]
    pub fn optional(name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    /// A variable that was required; empty for one that was not.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_missing_names_are_told_at_once() {
        let error = Settings::require(&["PATH", "NOT_SET_A", "NOT_SET_B"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "environment variables not set: NOT_SET_A, NOT_SET_B"
        );
        assert!(!Settings::require(&["PATH"]).unwrap().get("PATH").is_empty());
    }
}
