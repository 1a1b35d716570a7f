//! Why no rules are imported.

use crate::{options::FileError, report::Check};
use std::{
    io,
    path::{Path, PathBuf},
};
use thiserror::Error;

/// Why no rules are imported.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The accounts file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is not clear which account is meant.
    #[error("name the account with --account; there are: {known}")]
    Which {
        /// The names there are.
        known: String,
    },
    /// The account, the stack or WeChat does not let it be.
    #[error("{}. {}", .0.finding, .0.advice.as_deref().unwrap_or_default())]
    Failed(Box<Check>),
    /// A file of that name is there.
    #[error("{path} is there already; --force writes over it, --output names another file")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("{path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Nobody reads the output.
    #[error("cannot write the result: {0}")]
    Output(#[from] io::Error),
}

impl From<Box<Check>> for ImportError {
    fn from(check: Box<Check>) -> Self {
        Self::Failed(check)
    }
}

impl ImportError {
    pub(super) fn exists(path: &Path) -> Self {
        Self::Exists {
            path: path.to_owned(),
        }
    }

    pub(super) fn write(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::AlreadyExists => Self::exists(path),
            _ => Self::Write {
                path: path.to_owned(),
                source,
            },
        }
    }
}
