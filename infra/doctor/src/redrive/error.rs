//! Why dead letters are not looked at or run again.

use crate::{aws, report::Check};
use shared::{lambda::QueueError, store::StoreError};
use std::io;
use thiserror::Error;

/// Why letters are not run again.
#[derive(Debug, Error)]
pub enum RedriveError {
    /// The stack does not read.
    #[error("stack {stack}: {finding}. {advice}")]
    Stack {
        /// Its name.
        stack: String,
        /// What was seen.
        finding: String,
        /// What to do.
        advice: String,
    },
    /// The stack lacks what is needed.
    #[error("stack {stack} has no {missing}: name the stack of template.yaml, not one beside it")]
    Lacks {
        /// Its name.
        stack: String,
        /// The logical id of what is missing.
        missing: &'static str,
    },
    /// AWS refused, or was not reached.
    #[error("{action}: {reason}. {advice}", advice = aws::ADVICE)]
    Aws {
        /// The permission that the call needs.
        action: &'static str,
        /// What AWS said.
        reason: String,
    },
    /// A row of the table of messages is not read or not changed.
    #[error("{0}. {advice}", advice = aws::ADVICE)]
    Store(#[from] StoreError),
    /// The queue of messages does not take one.
    #[error("{0}. {advice}", advice = aws::ADVICE)]
    Queue(#[from] QueueError),
    /// Nobody reads the output, or no answer can be read.
    #[error("cannot write the result: {0}")]
    Output(#[from] io::Error),
}

impl RedriveError {
    pub(super) fn stack(stack: &str, check: Check) -> Self {
        Self::Stack {
            stack: stack.to_owned(),
            finding: check.finding,
            advice: check.advice.unwrap_or_default(),
        }
    }

    pub(super) fn aws(action: &'static str, error: &dyn std::error::Error) -> Self {
        let reason = aws::reason(error);
        Self::Aws { action, reason }
    }
}
