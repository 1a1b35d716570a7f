//! Settings of a function: environment variables, read once at start.

use std::{ffi::OsString, fmt, str::FromStr};
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
    /// A parameter of Parameter Store that a variable names, and that does not give what it is for.
    #[error("environment variable {name}: parameter {parameter} {reason}")]
    Parameter {
        /// The variable.
        name: &'static str,
        /// Its value.
        parameter: String,
        /// What is wrong with the parameter, and the next step.
        reason: String,
    },
}

/// As it is displayed: `main` ends with it, and what Lambda logs of that is the debug form.
impl fmt::Debug for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where variables stand: the value of one by its name.
pub type Variables = Box<dyn Fn(&str) -> Option<OsString> + Send>;

/// The variables of a function, read as they are asked for. What is missing or wrong is remembered
/// until [`check`](Self::check); until then an empty text stands for it.
pub struct Settings {
    variables: Variables,
    missing: Vec<&'static str>,
    wrong: Option<SettingsError>,
}

impl Settings {
    /// The environment of this process.
    pub fn of_process() -> Self {
        Self::of(Box::new(|name| std::env::var_os(name)))
    }

    /// Those variables.
    pub fn of(variables: Variables) -> Self {
        Self {
            variables,
            missing: Vec::new(),
            wrong: None,
        }
    }

    /// A variable that a function cannot do without; an empty value counts as missing.
    pub fn required(&mut self, name: &'static str) -> String {
        let value = self.optional(name);
        if value.is_none() {
            self.missing.push(name);
        }
        value.unwrap_or_default()
    }

    /// A variable that may be absent; an empty value counts as absent.
    pub fn optional(&mut self, name: &'static str) -> Option<String> {
        let value = (self.variables)(name).filter(|value| !value.is_empty())?;
        let rule = match value.into_string() {
            Ok(value) => match broken_rule(name, &value) {
                None => return Some(value),
                Some(rule) => rule,
            },
            Err(_) => "must be UTF-8",
        };
        self.is_wrong(name, rule);
        None
    }

    /// A number that may be absent; anything that is no such number never counts as absent.
    pub fn number<N: FromStr>(&mut self, name: &'static str) -> Option<N> {
        let number = self.optional(name)?.parse().ok();
        if number.is_none() {
            self.is_wrong(name, "must be a whole number, 0 or more");
        }
        number
    }

    /// Remembers that the value of a variable breaks a rule.
    pub fn is_wrong(&mut self, name: &'static str, rule: &'static str) {
        self.refuse(SettingsError::Wrong { name, rule });
    }

    /// Remembers that the function cannot start like this.
    pub fn refuse(&mut self, error: SettingsError) {
        self.wrong.get_or_insert(error);
    }

    /// Whether all that was asked for is there.
    ///
    /// # Errors
    /// The first value that cannot be one, or all variables that are missing, in one message.
    pub fn check(self) -> Result<(), SettingsError> {
        match (self.wrong, self.missing.is_empty()) {
            (Some(wrong), _) => Err(wrong),
            (None, true) => Ok(()),
            (None, false) => Err(SettingsError::Missing(self.missing.join(", "))),
        }
    }
}

/// The rule that a value breaks, by the variable's name. What it names may still not be there: that
/// is asked for when it is needed, not once a start.
fn broken_rule(name: &str, value: &str) -> Option<&'static str> {
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
            ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].contains(&value),
            "must be TRACE, DEBUG, INFO, WARN, ERROR or FATAL",
        ),
        "AWS_LAMBDA_LOG_FORMAT" => (["JSON", "Text"].contains(&value), "must be JSON or Text"),
        "METRICS_NAMESPACE" => (
            value.len() <= 255 && of(b"_.-/#:") && !value.starts_with("AWS/"),
            "must be 1 to 255 letters, digits or '_.-/#:', and not begin with AWS/",
        ),
        "ACCOUNT_METRICS" => (["on", "off"].contains(&value), "must be on or off"),
        "FORWARD_FUNCTION_PREFIX" => (
            value.len() <= 48 && of(b"_-"),
            "must be 1 to 48 letters, digits, '_' or '-'",
        ),
        "PUBLIC_DOMAIN" => (of(b".-:"), "must be a domain name, as wx.example.com"),
        _ if name.ends_with("_TABLE") => (
            value.len() >= 3 && of(b"_.-:/"),
            "must be the name or ARN of a table",
        ),
        _ if name.ends_with("_FUNCTION") => (of(b"_-:$"), "must be the name or ARN of a function"),
        _ if name.ends_with("_PARAMETER") => (
            value.starts_with('/') && of(b"/_.-"),
            "must be the name of an SSM parameter, as /wechat/proxy",
        ),
        _ if name.ends_with("_URL") || name.ends_with("_BASE") => {
            (is_url, "must begin with http:// or https://")
        }
        _ => (true, ""),
    };
    (!fits).then_some(rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings::of(Box::new(|name| match name {
            "SET" => Some("yes".into()),
            "EMPTY" => Some(OsString::new()),
            _ => None,
        }))
    }

    #[test]
    fn all_missing_names_are_told_at_once() {
        let mut settings = settings();
        assert_eq!(settings.required("SET"), "yes");
        assert_eq!(settings.optional("NOT_SET_C"), None);
        let empty = ["NOT_SET_A", "EMPTY"].map(|name| settings.required(name));
        assert_eq!(empty, [String::new(), String::new()]);
        assert_eq!(
            format!("{:?}", settings.check().unwrap_err()),
            "environment variables not set: NOT_SET_A, EMPTY"
        );
    }

    #[test]
    fn a_value_that_cannot_be_one_is_no_default() {
        for (name, good, wrong) in [
            ("PARAMETER_PREFIX", "wechat", "/wechat"),
            ("AWS_LAMBDA_LOG_LEVEL", "WARN", "LOUD"),
            ("AWS_LAMBDA_LOG_FORMAT", "JSON", "YAML"),
            ("METRICS_NAMESPACE", "WeChatFunctions/shop-1", "AWS/Lambda"),
            ("ACCOUNT_METRICS", "off", "yes"),
            ("FORWARD_FUNCTION_PREFIX", "wechat-handler-", "arn:aws:"),
            ("PUBLIC_DOMAIN", "wx.example.com", "https://wx.example.com"),
            ("INBOX_TABLE", "stack-Inbox-1X", "my table"),
            (
                "WECHAT_PROXY_PARAMETER",
                "/wechat/proxy",
                "http://u:p@host:1",
            ),
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
            assert_eq!(broken_rule(name, good), None);
            let mut settings = Settings::of(Box::new(|_| Some(wrong.into())));
            assert_eq!(settings.required(name), "");
            let error = settings.check().unwrap_err().to_string();
            assert!(error.starts_with(&format!("environment variable {name}: must be")));
        }
        let mut settings = settings();
        assert_eq!(settings.number::<i64>("NOT_SET_A"), None);
        assert_eq!(settings.number::<i64>("SET"), None);
        assert_eq!(
            settings.check().unwrap_err().to_string(),
            "environment variable SET: must be a whole number, 0 or more"
        );
    }
}
