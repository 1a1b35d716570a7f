//! Why a bundle does not start.

use crate::aws::DynamoDbError;
use crate::functions::BuildError;
use crate::lambda::Unstarted;
use crate::template::TemplateError;
use shared::account::AccountError;
use shared::router::RulesError;
use std::net::SocketAddr;

/// A bundle that could not be started. Nothing is left running.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
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
        source: std::io::Error,
    },
    /// The template is refused.
    #[error("template refused: {0}")]
    Template(#[from] TemplateError),
    /// The accounts file is refused.
    #[error("accounts file refused: {0}")]
    Accounts(#[from] AccountError),
    /// The functions are not there.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The database is not there.
    #[error(transparent)]
    DynamoDb(#[from] DynamoDbError),
    /// Functions that did not come up to their first poll, each with what it said.
    #[error("{}", lines(.0))]
    Functions(Vec<Unstarted>),
    /// The rules are refused.
    #[error("rules refused:\n{0}")]
    Rules(#[from] RulesError),
    /// The rules cannot be read.
    #[error("{path}: {source}")]
    RulesFile {
        /// The file.
        path: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The data directory cannot be made.
    #[error("{path}: {source}")]
    Data {
        /// The directory.
        path: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The simulated WeChat did not start.
    #[error("simulated WeChat: {0}")]
    Wechat(String),
    /// No schedule of that name.
    #[error("no schedule {0} in the template")]
    NoSchedule(String),
    /// The function could not be reached.
    #[error(transparent)]
    Invoke(#[from] crate::lambda::InvokeError),
}

fn lines(unstarted: &[Unstarted]) -> String {
    let lines: Vec<String> = unstarted.iter().map(Unstarted::to_string).collect();
    lines.join("\n")
}
