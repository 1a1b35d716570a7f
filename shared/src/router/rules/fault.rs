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
#[derive(Debug)]
pub(super) struct Faults<'t> {
    text: &'t str,
    found: Vec<(usize, String)>,
}

impl<'t> Faults<'t> {
    /// None so far in this text.
    pub(super) fn of(text: &'t str) -> Self {
        let found = Vec::new();
        Self { text, found }
    }

    /// Notes what is wrong with what stands at `span`.
    pub(super) fn at(&mut self, span: &Range<usize>, english: impl fmt::Display, chinese: &str) {
        let reason = format!("{english} （{chinese}）");
        self.found.push((span.start, reason));
    }

    /// Where a part of what stands at `span` begins, when it is written there as it reads.
    pub(super) fn within(&self, span: &Range<usize>, part: &str) -> Range<usize> {
        let written = self.text.get(span.clone()).unwrap_or_default();
        let start = span.start + written.find(part).unwrap_or_default();
        start..span.end
    }

    /// The line and character of that byte, from 1.
    pub(super) fn position(&self, offset: usize) -> (usize, usize) {
        position(self.text, offset)
    }

    pub(super) fn count(&self) -> usize {
        self.found.len()
    }

    /// `found`, when nothing is wrong.
    pub(super) fn or<T>(self, found: T, file: &str) -> Result<T, RulesError> {
        let fault = |(offset, reason)| {
            let (line, column) = position(self.text, offset);
            Fault {
                line,
                column,
                reason,
            }
        };
        let mut faults: Vec<Fault> = self.found.into_iter().map(fault).collect();
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
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rsplit_once('\n').map_or(before, |(_, line)| line);
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}
