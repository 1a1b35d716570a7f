//! What a person sees on the terminal.

use crate::Bundle;
use crate::logs::LogLine;
use crate::progress::Progress;
use indicatif::MultiProgress;
use serde_json::{Map, Value};
use std::io::Write as _;
use std::sync::LazyLock;
use tokio::sync::broadcast::error::RecvError;

/// The bars at the foot of the process's one terminal; none are drawn when standard error is no terminal.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Prints a line above the bars. That nobody reads it any more ends nothing.
pub fn print(line: &str) {
    let _ = BARS.suspend(|| writeln!(std::io::stdout(), "{line}"));
}

/// Where everything is, in a few lines.
pub fn addresses(bundle: &Bundle) -> String {
    let gateway = bundle.gateway_url();
    let mut lines = vec![format!("gateway          {gateway}")];
    if let Some(callback) = bundle
        .routes()
        .iter()
        .find(|p| p.contains("{account}") && p.starts_with("/callback"))
    {
        for listed in &bundle.accounts().accounts {
            let path = callback.replace("{account}", listed.account.name.as_str());
            lines.push(format!("callback         {gateway}{path}"));
        }
    }
    lines.push(format!("WeChat           {}", bundle.platform_url()));
    lines.push(format!(
        "AWS              {}   key local, secret local, region {}",
        bundle.aws_url(),
        bundle.stack().region
    ));
    lines.push("Log lines of the functions follow. Ctrl-C ends everything.".to_owned());
    lines.join("\n")
}

/// Prints every log line, and a bar for each campaign, until the bundle is gone.
pub async fn follow(mut logs: tokio::sync::broadcast::Receiver<LogLine>) {
    let mut progress = Progress::default();
    loop {
        match logs.recv().await {
            Ok(line) => {
                print(&show(&line));
                progress.see(&line, &BARS);
            }
            Err(RecvError::Lagged(lost)) => print(&format!("({lost} log lines not shown)")),
            Err(RecvError::Closed) => return,
        }
    }
}

/// The fields of a function's JSON log line, or the line as it is.
fn show(line: &LogLine) -> String {
    let instance = match line.instance {
        0 => line.function.clone(),
        n => format!("{}#{n}", line.function),
    };
    let text = fields(&line.text).or_else(|| metrics(&line.text));
    let text = text.unwrap_or_else(|| line.text.clone());
    // What strangers put into a request must not write lines of its own.
    let text = text.replace(char::is_control, "\u{fffd}");
    format!("    {instance:<16} {text}")
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
        let text = r#"{"timestamp":"2025-01-01T00:00:00Z","level":"INFO","requestId":"r","fields":{"message":"push","account":"demo","ms":6,"x":""}}"#;
        assert_eq!(fields(text).unwrap(), "info push account=demo ms=6");
        assert_eq!(fields("panicked"), None);
        let text = r#"{"PushesRepeated":1.0,"_aws":{"Timestamp":1},"account":"demo","level":"INFO","timestamp":"2025-01-01T00:00:00Z"}"#;
        assert_eq!(
            metrics(text).unwrap(),
            "metrics PushesRepeated=1.0 account=demo"
        );
    }
}
