//! A line of a function's output, and how people read it.

use serde_json::{Map, Value};
use std::fmt;

/// One line of a function's output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Logical id of the function.
    pub function: String,
    /// Which of its processes: 1, 2, …; 0 for lines of the stack itself.
    pub instance: u64,
    /// The line, without its line end.
    pub text: String,
}

/// The function, the process, and the fields of a JSON log line, or the line as it is.
impl fmt::Display for LogLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instance = match self.instance {
            0 => self.function.clone(),
            n => format!("{}#{n}", self.function),
        };
        let text = fields(&self.text).or_else(|| metrics(&self.text));
        let text = text.unwrap_or_else(|| self.text.clone());
        // What strangers put into a request must not write lines of its own.
        let text = text.replace(char::is_control, "\u{fffd}");
        write!(f, "{instance:<16} {text}")
    }
}

fn fields(text: &str) -> Option<String> {
    let mut line: Value = serde_json::from_str(text).ok()?;
    let level = line.get("level")?.as_str()?.to_lowercase();
    let fields = line.get_mut("fields")?.as_object_mut()?;
    let message = fields.remove("message").unwrap_or_default();
    let message = message.as_str().unwrap_or_default();
    Some(format!("{level} {message} {}", pairs(fields)))
}

/// A line that CloudWatch reads metrics from.
fn metrics(text: &str) -> Option<String> {
    let mut line: Value = serde_json::from_str(text).ok()?;
    let values = line.as_object_mut()?;
    values.remove("_aws")?;
    values.retain(|name, _| !["level", "timestamp"].contains(&name.as_str()));
    Some(format!("metrics {}", pairs(values)))
}

fn pairs(fields: &Map<String, Value>) -> String {
    let shown = fields
        .iter()
        .filter(|(_, value)| value.as_str() != Some(""));
    let shown: Vec<String> = shown
        .map(|(name, value)| match value.as_str() {
            Some(text) => format!("{name}={text}"),
            None => format!("{name}={value}"),
        })
        .collect();
    shown.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_line_is_shown_by_its_fields() {
        let text = r#"{"timestamp":"2025-01-01T00:00:00Z","level":"INFO","requestId":"r","fields":{"message":"push","shop":"north","ms":6,"x":""}}"#;
        assert_eq!(fields(text).unwrap(), "info push shop=north ms=6");
        assert_eq!(fields("panicked"), None);
        let text = r#"{"OrdersRepeated":1.0,"_aws":{"Timestamp":1},"shop":"north","level":"INFO","timestamp":"2025-01-01T00:00:00Z"}"#;
        assert_eq!(
            metrics(text).unwrap(),
            "metrics OrdersRepeated=1.0 shop=north"
        );
    }
}
