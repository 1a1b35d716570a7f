//! Rules as data: `[[rule]]` entries of a TOML text.

mod fault;
mod fit;
mod names;
mod outcome;
mod reach;
mod reply;
mod source;
mod surroundings;
mod table;
mod tags;
mod written;

pub use fault::{Fault, RulesError};
pub use surroundings::Surroundings;

/// The names that stand in a rules file, for what describes one.
pub mod words {
    pub use super::{
        fit::CONDITIONS,
        names::KINDS,
        reply::{ARTICLE, REPLIES},
        written::{fields, happens},
    };
}

use super::Rule;
use fault::Faults;
use table::{Fields, wrong_type};
use toml::de::{DeTable, DeValue};
use written::Written;

/// A rules file that can be used.
#[derive(Default)]
pub struct RulesFile {
    rules: Vec<Rule>,
    functions: Vec<Forwarded>,
}

/// A function that a rule forwards to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forwarded {
    /// The line of its name, from 1.
    pub line: usize,
    /// The character of the line, from 1.
    pub column: usize,
    pub function: String,
}

impl RulesFile {
    /// Reads a file; `name` is how it is called where something is wrong with it.
    ///
    /// # Errors
    /// Everything that is wrong, each with the line and column of the key or value at fault.
    pub fn read(name: &str, text: &[u8], around: &Surroundings<'_>) -> Result<Self, RulesError> {
        let text = match std::str::from_utf8(text) {
            Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
            Err(error) => {
                let (good, _) = text.split_at(error.valid_up_to());
                let good = std::str::from_utf8(good).unwrap_or_default();
                let mut faults = Faults::of(good);
                let english = "this is no UTF-8: save the file as UTF-8";
                faults.at(
                    &(good.len()..good.len()),
                    english,
                    "不是 UTF-8：请把文件存为 UTF-8",
                );
                return faults.or(Self::default(), name);
            }
        };
        let mut faults = Faults::of(text);
        let written = rules(text, around, &mut faults);
        reach::check(&written, &mut faults);
        let functions = written.iter().filter_map(|rule| forwarded(rule, &faults));
        let functions = functions.collect();
        let rules = written.into_iter().map(Rule::from).collect();
        faults.or(Self { rules, functions }, name)
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The functions that rules forward to, as the file has them.
    pub fn functions(&self) -> &[Forwarded] {
        &self.functions
    }

    pub(super) fn into_rules(self) -> Vec<Rule> {
        self.rules
    }
}

fn forwarded(rule: &Written, faults: &Faults<'_>) -> Option<Forwarded> {
    let function = rule.outcome.function()?.to_owned();
    let (line, column) = faults.position(rule.forward.as_ref()?.start);
    Some(Forwarded {
        line,
        column,
        function,
    })
}

impl From<Written> for Rule {
    fn from(written: Written) -> Self {
        Self {
            handler: written.outcome.into_handler(&written.conditions),
            account: written.account,
            conditions: written.conditions,
            collect: written.collect,
        }
    }
}

/// Every `[[rule]]` of the text in which nothing is wrong. A text that is no TOML has none.
fn rules(text: &str, around: &Surroundings<'_>, faults: &mut Faults<'_>) -> Vec<Written> {
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = error.span().unwrap_or_default();
        faults.at(&at, error.message(), "TOML 语法有误");
    }
    if !errors.is_empty() {
        return Vec::new();
    }
    let file = Fields::of(document.get_ref(), &["rule"], faults);
    let Some(rules) = file.value("rule") else {
        return Vec::new();
    };
    let Some(rules) = rules.get_ref().as_array() else {
        let english = "a rule is written [[rule]], with two brackets";
        faults.at(&rules.span(), english, "规则要写成 [[rule]]，两层方括号");
        return Vec::new();
    };
    let mut read = Vec::new();
    for rule in rules {
        match rule.get_ref() {
            DeValue::Table(table) => {
                read.extend(written::read(table, &rule.span(), around, faults));
            }
            _ => wrong_type(faults, "rule", rule, "a table", "表"),
        }
    }
    read
}

#[cfg(test)]
mod tests;
