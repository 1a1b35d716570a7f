//! What is wrong in a rules file, and where.

use std::{fmt, ops::Range};
use thiserror::Error;

/// One thing that is wrong, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    pub line: usize,
    /// The character of the line, from 1.
    pub column: usize,
    /// What is wrong and what to do, in English and Chinese.
    pub reason: String,
}

/// A rules file that cannot be used, with everything that is wrong in it, from top to bottom.
///
/// Each fault is displayed on a line of its own, as `file:line:column: reason`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct RulesError {
    /// The file, as it was named.
    pub file: String,
    /// At least one.
    pub faults: Vec<Fault>,
}

impl fmt::Display for RulesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, fault) in self.faults.iter().enumerate() {
            let end = if n == 0 { "" } else { "\n" };
            let Fault {
                line,
                column,
                reason,
            } = fault;
            write!(f, "{end}{}:{line}:{column}: {reason}", self.file)?;
        }
        Ok(())
    }
}

/// The faults found so far, by where they stand in the text.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<(usize, String)>);

impl Faults {
    /// Notes what is wrong with what stands at `span`.
    pub(super) fn at(&mut self, span: &Range<usize>, english: impl fmt::Display, chinese: &str) {
        self.note(span, format!("{english} （{chinese}）"));
    }

    /// As [`at`](Self::at), with a reason that has both languages.
    pub(super) fn note(&mut self, span: &Range<usize>, reason: String) {
        self.0.push((span.start, reason));
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// `found`, when nothing is wrong.
    pub(super) fn or<T>(self, found: T, file: &str, text: &str) -> Result<T, RulesError> {
        let fault = |(offset, reason)| {
            let (line, column) = position(text, offset);
            Fault {
                line,
                column,
                reason,
            }
        };
        let mut faults: Vec<Fault> = self.0.into_iter().map(fault).collect();
        if faults.is_empty() {
            return Ok(found);
        }
        faults.sort();
        Err(RulesError {
            file: file.to_owned(),
            faults,
        })
    }
}

/// Line and character of a byte of the text, both from 1.
pub(super) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rsplit_once('\n').map_or(before, |(_, line)| line);
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}
