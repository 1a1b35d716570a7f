//! The report as JSON, and its published schema.

use crate::report::{Check, Outcome, Report};
use schemars::{JsonSchema, schema_for};
use serde::Serialize;
use serde_json::Value;
use std::io::{self, Write};

/// What `wechat-doctor --json` prints.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "Report of wechat-doctor")]
struct Document {
    /// Whether nothing failed; the exit code is 0 then, else 1.
    ok: bool,
    /// The accounts looked at, by name.
    accounts: Vec<Outcome>,
    /// Everything looked at, in the order of looking.
    checks: Vec<Check>,
}

/// The JSON schema of what `--json` prints.
pub(crate) fn schema() -> Value {
    schema_for!(Document).to_value()
}

impl Document {
    fn of(report: &Report) -> Self {
        Self {
            ok: report.is_ok(),
            accounts: report.accounts(),
            checks: report.checks.clone(),
        }
    }
}

/// One JSON document, as [`schema`] describes it.
pub(crate) fn write_json(report: &Report, to: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *to, &Document::of(report))?;
    writeln!(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_says_whether_all_is_well() {
        let mut text = Vec::new();
        let report = Report {
            checks: vec![
                Check::ok("table", "active").about("Inbox"),
                Check::failed("clock", "90 s behind", "Set it.").of("demo"),
            ],
        };
        write_json(&report, &mut text).unwrap();
        let document: serde_json::Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(document["ok"], false);
        assert_eq!(document["checks"][1]["state"], "failed");
        assert_eq!(document["checks"][0].get("advice"), None);
        let demo = serde_json::json!({"account": "demo", "ok": false, "failed": 1});
        assert_eq!(document["accounts"], serde_json::json!([demo]));
    }
}
