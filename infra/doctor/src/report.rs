//! What was found, and how people read it.

use schemars::JsonSchema;
use serde::Serialize;
use std::{
    collections::BTreeMap,
    io::{self, Write},
};

/// What advice calls this program; who started it otherwise is told that way.
const NAME: &str = "wechat-doctor";

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
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
    /// What to do, where something has to be or may have to be done.
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

    /// As it should be, and yet there is something to know.
    pub(crate) fn advised(self, advice: impl Into<String>) -> Self {
        Self {
            advice: Some(advice.into()),
            ..self
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

/// What the checks of an account came to.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Outcome {
    /// The account's name.
    pub(crate) account: String,
    /// Whether none of its checks failed.
    pub(crate) ok: bool,
    /// How many did.
    pub(crate) failed: usize,
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

    /// What the checks of each account came to, by name.
    pub(crate) fn accounts(&self) -> Vec<Outcome> {
        let mut failed = BTreeMap::new();
        for check in &self.checks {
            if let Some(account) = &check.account {
                *failed.entry(account).or_insert(0) += usize::from(check.state == State::Failed);
            }
        }
        let outcome = |(account, failed): (&String, usize)| Outcome {
            account: account.clone(),
            ok: failed == 0,
            failed,
        };
        failed.into_iter().map(outcome).collect()
    }

    /// Lines for people, an account after the other; `command` is how this program was called.
    pub(crate) fn write_text(
        &self,
        to: &mut dyn Write,
        colour: bool,
        command: &str,
    ) -> io::Result<()> {
        let labels = self
            .checks
            .iter()
            .map(|check| check.label().chars().count());
        let width = labels.max().unwrap_or(0);
        let mut of = None;
        for check in &self.checks {
            let whose = check.account.as_deref().unwrap_or("all accounts");
            if of != Some(whose) {
                let gap = if of.is_some() { "\n" } else { "" };
                writeln!(to, "{gap}{whose}")?;
                of = Some(whose);
            }
            let (word, label, finding) = (word(check.state, colour), check.label(), &check.finding);
            writeln!(to, "  {word}  {label:width$}  {finding}")?;
            if let Some(advice) = &check.advice {
                writeln!(to, "  {:9}→ {}", "", advice.replace(NAME, command))?;
            }
        }
        self.write_summary(to)
    }

    fn write_summary(&self, to: &mut dyn Write) -> io::Result<()> {
        let accounts = self.accounts();
        writeln!(to)?;
        if accounts.len() > 1 {
            let ill = accounts.iter().filter(|account| !account.ok);
            let ill: Vec<String> = ill
                .map(|ill| format!("{} ({})", ill.account, ill.failed))
                .collect();
            let well = accounts.len() - ill.len();
            match ill.as_slice() {
                [] => writeln!(to, "{well} accounts, all of them well.")?,
                ill => {
                    let all = accounts.len();
                    writeln!(
                        to,
                        "{well} of {all} accounts are well; not so: {}.",
                        ill.join(", ")
                    )?;
                }
            }
        }
        let failed = self.checks.iter().filter(|c| c.state == State::Failed);
        match failed.count() {
            0 => writeln!(to, "All well."),
            1 => writeln!(to, "1 check failed."),
            n => writeln!(to, "{n} checks failed."),
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
        report().write_text(&mut text, false, NAME).unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "all accounts\n  ok       table Inbox  active\n\ndemo\n  ok       account      safe mode\n  \
             FAILED   clock        90 s behind\n           → Set it.\n\n1 check failed.\n"
        );
    }

    #[test]
    fn only_colour_differs() {
        let (mut plain, mut coloured) = (Vec::new(), Vec::new());
        report().write_text(&mut plain, false, NAME).unwrap();
        report().write_text(&mut coloured, true, NAME).unwrap();
        let mut coloured = String::from_utf8(coloured).unwrap();
        for code in ["32", "31;1", "33", "0"] {
            coloured = coloured.replace(&format!("\u{1b}[{code}m"), "");
        }
        assert_eq!(coloured.as_bytes(), plain);
    }

    #[test]
    fn several_accounts_are_summed_up_and_commands_are_those_one_came_by() {
        let mut report = report();
        let advice = "Store it: wechat-doctor init.";
        report.checks.push(Check::ok("clock", "in time").of("a"));
        report
            .checks
            .push(Check::failed("account", "no account of that name", advice).of("b"));
        let mut text = Vec::new();
        report
            .write_text(&mut text, false, "cargo run --bin wechat-doctor --")
            .unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(
            text.contains("→ Store it: cargo run --bin wechat-doctor -- init.\n"),
            "{text}"
        );
        let summary = "\n\n1 of 3 accounts are well; not so: b (1), demo (1).\n2 checks failed.\n";
        assert!(text.ends_with(summary), "{text}");
    }
}
