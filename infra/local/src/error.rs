//! Why a bundle does not start.

use shared::{account::AccountError, router::RulesError};
use std::io;
use thiserror::Error;

/// A bundle that could not be started. Nothing is left running.
#[derive(Debug, Error)]
pub enum BundleError {
    /// The stack did not start.
    #[error(transparent)]
    Stack(#[from] sam_local::Error),
    /// The accounts file is refused.
    #[error("accounts file refused: {0}")]
    Accounts(#[from] AccountError),
    /// The rules are refused.
    #[error("rules refused:\n{0}")]
    Rules(#[from] RulesError),
    /// The rules cannot be read.
    #[error("{path}: {source}")]
    RulesFile {
        /// The file.
        path: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// The simulated WeChat did not start.
    #[error("simulated WeChat: {0}")]
    Wechat(String),
}

impl From<sam_local::template::TemplateError> for BundleError {
    fn from(error: sam_local::template::TemplateError) -> Self {
        Self::Stack(error.into())
    }
}
