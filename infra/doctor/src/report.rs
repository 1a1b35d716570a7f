//! What was found, for people and as JSON.

use serde::Serialize;
use std::io::{self, Write};

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Ok,
    /// Something has to be done.
    Failed,
    /// Not made, for a reason the finding gives.
    Skipped,
}

/// One thing looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// The account; absent where it concerns all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// What was looked at; these names stay the same.
    pub check: &'static str,
    /// Which of several: a path, a table, a queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// How it ended.
    pub state: State,
    /// What was seen. Never a secret, a token or a key.
    pub finding: String,
    /// What to do, where something has to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// WeChat's code, where WeChat refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errcode: Option<i64>,
}

impl Check {
    fn new(check: &'static str, state: State, finding: impl Into<String>) -> Self {
        Self {
            account: None,
            check,
            subject: None,
            state,
            finding: finding.into(),
            advice: None,
            errcode: None,
        }
    }

    pub(crate) fn ok(check: &'static str, finding: impl Into<String>) -> Self {
        Self::new(check, State::Ok, finding)
    }

    pub(crate) fn skipped(check: &'static str, finding: impl Into<String>) -> Self {
        Self::new(check, State::Skipped, finding)
    }

    pub(crate) fn failed(
        check: &'static str,
        finding: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            advice: Some(advice.into()),
            ..Self::new(check, State::Failed, finding)
        }
    }

    pub(crate) fn about(self, subject: impl Into<String>) -> Self {
        Self {
            subject: Some(subject.into()),
            ..self
        }
    }

    pub(crate) fn of(self, account: &str) -> Self {
        Self {
            account: Some(account.to_owned()),
            ..self
        }
    }

    fn label(&self) -> String {
        match &self.subject {
            Some(subject) => format!("{} {subject}", self.check),
            None => self.check.to_owned(),
        }
    }
}

/// Everything looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// In the order of looking.
    pub checks: Vec<Check>,
}

impl Report {
    /// Whether nothing failed.
    pub fn is_ok(&self) -> bool {
        self.checks.iter().all(|check| check.state != State::Failed)
    }

    /// One JSON document: `ok` and `checks`.
    pub(crate) fn write_json(&self, to: &mut dyn Write) -> io::Result<()> {
        let document = serde_json::json!({ "ok": self.is_ok(), "checks": self.checks });
        writeln!(to, "{document:#}")
    }

    /// Lines for people, an account after the other.
    pub(crate) fn write_text(&self, to: &mut dyn Write, colour: bool) -> io::Result<()> {
        let labels = self
            .checks
            .iter()
            .map(|check| check.label().chars().count());
        let width = labels.max().unwrap_or(0);
        let mut of = None;
        for check in &self.checks {
            let whose = check.account.as_deref().unwrap_or("stack");
            if of != Some(whose) {
                let gap = if of.is_some() { "\n" } else { "" };
                writeln!(to, "{gap}{whose}")?;
                of = Some(whose);
            }
            let (word, label, finding) = (word(check.state, colour), check.label(), &check.finding);
            writeln!(to, "  {word}  {label:width$}  {finding}")?;
            if let Some(advice) = &check.advice {
                writeln!(to, "  {:9}→ {advice}", "")?;
            }
        }
        let failed = self.checks.iter().filter(|c| c.state == State::Failed);
        match failed.count() {
            0 => writeln!(to, "\nAll well."),
            1 => writeln!(to, "\n1 check failed."),
            n => writeln!(to, "\n{n} checks failed."),
        }
    }
}

/// Seven columns, coloured or not.
fn word(state: State, colour: bool) -> String {
    let (word, code) = match state {
        State::Ok => ("ok     ", "32"),
        State::Failed => ("FAILED ", "31;1"),
        State::Skipped => ("skipped", "33"),
    };
    match colour {
        true => format!("\u{1b}[{code}m{word}\u{1b}[0m"),
        false => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        Report {
            checks: vec![
                Check::ok("table", "active").about("Inbox"),
                Check::ok("account", "safe mode").of("demo"),
                Check::failed("clock", "90 s behind", "Set it.").of("demo"),
            ],
        }
    }

    #[test]
    fn lines_are_aligned_and_the_advice_stands_below() {
        let mut text = Vec::new();
        report().write_text(&mut text, false).unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "stack\n  ok       table Inbox  active\n\ndemo\n  ok       account      safe mode\n  \
             FAILED   clock        90 s behind\n           → Set it.\n\n1 check failed.\n"
        );
    }

    #[test]
    fn only_colour_differs() {
        let (mut plain, mut coloured) = (Vec::new(), Vec::new());
        report().write_text(&mut plain, false).unwrap();
        report().write_text(&mut coloured, true).unwrap();
        let mut coloured = String::from_utf8(coloured).unwrap();
        for code in ["32", "31;1", "33", "0"] {
            coloured = coloured.replace(&format!("\u{1b}[{code}m"), "");
        }
        assert_eq!(coloured.as_bytes(), plain);
    }

    #[test]
    fn the_document_says_whether_all_is_well() {
        let mut text = Vec::new();
        report().write_json(&mut text).unwrap();
        let document: serde_json::Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(document["ok"], false);
        assert_eq!(document["checks"][2]["state"], "failed");
        assert_eq!(document["checks"][0].get("advice"), None);
    }
}
