//! What a function wrote that a person should read at once.

use owo_colors::OwoColorize as _;
use sam_local::LogLine;
use serde_json::{Map, Value};

/// A line of its own for a warning, an error, and what is no log line: a panic, or what a handler prints.
pub(crate) fn of(line: &LogLine) -> Option<String> {
    let (mark, text) = match serde_json::from_str(&line.text) {
        Ok(Value::Object(entry)) => said(&entry)?,
        _ if line.text.trim().is_empty() => return None,
        _ => (Mark::Said, line.text.clone()),
    };
    let mark = match mark {
        Mark::Said => "·".dimmed().to_string(),
        Mark::Warning => "!".yellow().bold().to_string(),
        Mark::Error => "✗".red().bold().to_string(),
    };
    // What strangers put into a request must not write lines of its own.
    let text = text.replace(char::is_control, "\u{fffd}");
    Some(format!("{mark} {} {text}", line.function.bold()))
}

enum Mark {
    Said,
    Warning,
    Error,
}

/// What stands in a line of JSON. What has no level and is no failure is a handler's own.
fn said(entry: &Map<String, Value>) -> Option<(Mark, String)> {
    let mark = match text(entry, "level").to_lowercase().as_str() {
        "warn" => Mark::Warning,
        "error" => Mark::Error,
        "" => return unlevelled(entry),
        _ => return None,
    };
    let nothing = Map::new();
    let fields = entry.get("fields").and_then(Value::as_object);
    let fields = fields.unwrap_or(&nothing);
    let reasons = ["detail", "reason", "outcome"].map(|name| text(fields, name));
    let reason = reasons.into_iter().find(|reason| !reason.is_empty());
    let parts = [
        text(fields, "account"),
        text(fields, "message"),
        reason.unwrap_or_default(),
    ];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    Some((mark, parts.join(": ")))
}

fn unlevelled(entry: &Map<String, Value>) -> Option<(Mark, String)> {
    if entry.contains_key("_aws") {
        return None;
    }
    match text(entry, "errorMessage") {
        "" => Some((Mark::Said, Value::Object(entry.clone()).to_string())),
        message => Some((Mark::Error, message.to_owned())),
    }
}

fn text<'e>(entry: &'e Map<String, Value>, name: &str) -> &'e str {
    entry.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Option<String> {
        let line = LogLine {
            function: "Send".to_owned(),
            instance: 1,
            text: text.to_owned(),
        };
        let told = of(&line).map(|told| anstream::adapter::strip_str(&told).to_string());
        assert!(
            told.iter().all(|told| told.lines().count() == 1),
            "{told:?}"
        );
        told
    }

    #[test]
    fn what_went_wrong_is_one_line_and_the_rest_is_none() {
        for (text, expected) in [
            (r#"{"level":"INFO","fields":{"message":"push"}}"#, None),
            (r#"{"_aws":{},"OriginsUnknown":1}"#, None),
            ("", None),
            (
                r#"{"level":"ERROR","fields":{"message":"token","outcome":"x","detail":"errcode 40164","account":"demo","ms":3}}"#,
                Some("✗ Send demo: token: errcode 40164"),
            ),
            (
                r#"{"level":"WARN","fields":{"message":"no list","outcome":"late"}}"#,
                Some("! Send no list: late"),
            ),
            (
                r#"{"errorType":"Sandbox.Timedout","errorMessage":"Task timed out"}"#,
                Some("✗ Send Task timed out"),
            ),
            ("seen plain", Some("· Send seen plain")),
            ("a\u{1b}[2J\rb", Some("· Send a\u{fffd}[2J\u{fffd}b")),
            (r#"{"mine":1}"#, Some(r#"· Send {"mine":1}"#)),
            ("[1]", Some("· Send [1]")),
        ] {
            assert_eq!(told(text).as_deref(), expected, "{text}");
        }
    }
}
