//! Why a stack does not start.

use crate::{
    aws::DynamoDbError, functions::BuildError, lambda::InvokeError, lambda::Unstarted,
    state::StateError, template::TemplateError,
};
use std::{io, net::SocketAddr};
use texts::text;
use thiserror::Error as ThisError;

pub(crate) type Result<T> = std::result::Result<T, Error>;

/// A stack that could not be started, or a function that could not be reached. Nothing is left running.
#[derive(Debug, ThisError)]
pub enum Error {
    /// The port is taken.
    #[error("{address} is in use; choose another with {flag}")]
    PortInUse {
        /// The address asked for.
        address: SocketAddr,
        /// The flag that changes it.
        flag: &'static str,
    },
    /// The port cannot be had for another reason.
    #[error("{address}: {source}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The template is refused.
    #[error("template refused: {0}")]
    Template(#[from] TemplateError),
    /// The functions are not there.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The database is not there.
    #[error(transparent)]
    DynamoDb(#[from] DynamoDbError),
    /// What earlier runs kept cannot be had.
    #[error(transparent)]
    State(#[from] StateError),
    /// Functions that did not come up to their first poll, each with what it said.
    #[error("{}", lines(.0))]
    Functions(Vec<Unstarted>),
    /// The data directory, or the file of rights, cannot be made.
    #[error("{path}: {source}")]
    File {
        /// The directory or file.
        path: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// No schedule of that name.
    #[error("no schedule {0} in the template")]
    NoSchedule(String),
    /// The function could not be reached.
    #[error(transparent)]
    Invoke(#[from] InvokeError),
}

impl Error {
    /// What it says in the language of the process, with what to do next.
    pub fn told(&self) -> String {
        match self {
            Self::PortInUse { address, flag } => {
                text!("stack.port_in_use", address = address, flag = flag)
            }
            Self::Listen { address, source } => {
                text!("error.file", path = address, reason = texts::reason(source))
            }
            Self::Template(TemplateError::Read { path, source }) | Self::File { path, source } => {
                text!("error.file", path = path, reason = texts::reason(source))
            }
            Self::Template(error) => text!("stack.template", reason = error),
            Self::Build(error) => error.told(),
            Self::State(error) => error.told(),
            Self::Functions(unstarted) => {
                let told: Vec<String> = unstarted.iter().map(Unstarted::told).collect();
                told.join("\n")
            }
            Self::DynamoDb(_) | Self::NoSchedule(_) | Self::Invoke(_) => self.to_string(),
        }
    }
}

fn lines(unstarted: &[Unstarted]) -> String {
    let lines: Vec<String> = unstarted.iter().map(Unstarted::to_string).collect();
    lines.join("\n")
}
