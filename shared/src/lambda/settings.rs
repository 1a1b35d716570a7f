//! Settings of a function: environment variables, read once at start.

use std::{collections::BTreeMap, fmt, str::FromStr};
use thiserror::Error;

/// A function that cannot start as it was set up.
#[derive(Clone, PartialEq, Eq, Error)]
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
        rule: &'static str,
    },
}

/// As it is displayed: `main` ends with it, and what Lambda logs of that is the debug form.
impl fmt::Debug for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The variables a function asked for.
#[derive(Debug, Clone)]
pub struct Settings(BTreeMap<&'static str, String>);

impl Settings {
    /// Reads the variables a function cannot do without; an empty value counts as missing.
    ///
    /// # Errors
    /// All that are missing, in one message; or the first with a value that cannot be one.
    pub fn require(names: &[&'static str]) -> Result<Self, SettingsError> {
        let mut found = BTreeMap::new();
        let mut missing = Vec::new();
        for name in names {
            match Self::optional(name)? {
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
    ///
    /// # Errors
    /// A value that cannot be one.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the edge where settings come in"
    )]
    pub fn optional(name: &'static str) -> Result<Option<String>, SettingsError> {
        match std::env::var(name) {
            Ok(value) if !value.is_empty() => check(name, value).map(Some),
            Ok(_) | Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => Err(SettingsError::Wrong {
                name,
                rule: "must be UTF-8",
            }),
        }
    }

    /// A number that may be absent.
    ///
    /// # Errors
    /// Anything that is no such number; it never counts as absent.
    pub fn number<N: FromStr>(name: &'static str) -> Result<Option<N>, SettingsError> {
        let rule = "must be a whole number, 0 or more";
        let number = |value: String| {
            value
                .parse()
                .map_err(|_| SettingsError::Wrong { name, rule })
        };
        Self::optional(name)?.map(number).transpose()
    }

    /// A variable that was required; empty for one that was not.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}

/// The value, when it can be one by the variable's name. What it names may still not be there: that
/// is asked for when it is needed, not once a start.
fn check(name: &'static str, value: String) -> Result<String, SettingsError> {
    let of = |marks: &[u8]| {
        value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || marks.contains(&b))
    };
    let is_url = ["http://", "https://"]
        .iter()
        .any(|scheme| value.starts_with(scheme) && value.len() > scheme.len())
        && value.bytes().all(|b| b.is_ascii_graphic());
    let (fits, rule) = match name {
        "PARAMETER_PREFIX" => (
            value.len() <= 64 && of(b"_.-"),
            "must be 1 to 64 letters, digits, '_', '.' or '-', without a slash",
        ),
        "LOG_LEVEL" | "AWS_LAMBDA_LOG_LEVEL" => (
            ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].contains(&value.as_str()),
            "must be TRACE, DEBUG, INFO, WARN, ERROR or FATAL",
        ),
        "AWS_LAMBDA_LOG_FORMAT" => (
            ["JSON", "Text"].contains(&value.as_str()),
            "must be JSON or Text",
        ),
        _ if name.ends_with("_TABLE") => (
            value.len() >= 3 && of(b"_.-:/"),
            "must be the name or ARN of a table",
        ),
        _ if name.ends_with("_FUNCTION") => (of(b"_-:$"), "must be the name or ARN of a function"),
        _ if name.ends_with("_URL") || name.ends_with("_BASE") => {
            (is_url, "must begin with http:// or https://")
        }
        _ => (true, ""),
    };
    if fits {
        Ok(value)
    } else {
        Err(SettingsError::Wrong { name, rule })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_missing_names_are_told_at_once() {
        let error = Settings::require(&["PATH", "NOT_SET_A", "NOT_SET_B"]).unwrap_err();
        assert_eq!(
            format!("{error:?}"),
            "environment variables not set: NOT_SET_A, NOT_SET_B"
        );
        assert!(!Settings::require(&["PATH"]).unwrap().get("PATH").is_empty());
    }

    #[test]
    fn a_value_that_cannot_be_one_is_no_default() {
        for (name, good, wrong) in [
            ("PARAMETER_PREFIX", "wechat", "/wechat"),
            ("AWS_LAMBDA_LOG_LEVEL", "WARN", "LOUD"),
            ("AWS_LAMBDA_LOG_FORMAT", "JSON", "YAML"),
            ("INBOX_TABLE", "stack-Inbox-1X", "my table"),
            (
                "FORWARD_FUNCTION",
                "arn:aws:lambda:eu-west-1:1:function:f",
                "f!",
            ),
            (
                "SEND_QUEUE_URL",
                "https://sqs.eu-west-1.amazonaws.com/1/q.fifo",
                "q.fifo",
            ),
            (
                "WECHAT_API_BASE",
                "http://127.0.0.1:9100",
                "api.weixin.qq.com",
            ),
        ] {
            assert_eq!(check(name, good.to_owned()).as_deref(), Ok(good));
            let error = check(name, wrong.to_owned()).unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
        }
        assert_eq!(
            Settings::number::<i64>("PATH").unwrap_err().to_string(),
            "environment variable PATH: must be a whole number, 0 or more"
        );
        assert_eq!(Settings::number::<i64>("NOT_SET_A"), Ok(None));
    }
}
