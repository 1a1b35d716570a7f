//! Why a bundle does not start.

use sam_local::template::TemplateError;
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
    #[error("accounts file refused: {source}")]
    Accounts {
        /// The file, as people find it from where they are.
        file: String,
        /// Line and character of the field, from 1, where it stands in the file.
        position: Option<(usize, usize)>,
        /// The rule that is broken.
        source: AccountError,
    },
    /// The file of assistants is refused.
    #[error("assistants refused:\n{0}")]
    Assistants(RulesError),
    /// An assistant is the simulator's, and there is no simulator.
    #[error("assistant '{0}' is the simulator's, and --platform starts none; name its url")]
    NoSimulator(String),
    /// A handler plays a function that no rule may name.
    #[error(
        "--handler {name}=…: the name must begin with '{prefix}', the stack's ForwardFunctionPrefix; write \
         --handler {prefix}{name}=…"
    )]
    Handler {
        /// The function's name, as it was given.
        name: String,
        /// What it must begin with.
        prefix: String,
    },
    /// The rules are refused.
    #[error("rules refused:\n{0}")]
    Rules(#[from] RulesError),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// There is no template where this program looks for it.
    #[error(
        "{0} is not there; start wechat-functions in the folder of a release, keep the checkout that it was installed from, or \
         name a template with --template"
    )]
    NoTemplate(String),
    /// The simulated WeChat did not start.
    #[error("simulated WeChat: {0}")]
    Wechat(String),
}

impl From<TemplateError> for BundleError {
    fn from(error: TemplateError) -> Self {
        match error {
            TemplateError::Read { path, source } if source.kind() == io::ErrorKind::NotFound => {
                Self::NoTemplate(path)
            }
            other => Self::Stack(other.into()),
        }
    }
}
