//! Why an account cannot be had.

use crate::{account::AccountError, problem::Classified};
use std::time::Duration;
use thiserror::Error;

/// An account that cannot be had.
#[derive(Debug, Error)]
pub enum AccountsError {
    /// No parameter of that name.
    #[error("no account '{0}'")]
    Unknown(String),
    /// A parameter that does not describe an account.
    #[error("parameter {parameter}: {source}")]
    Malformed {
        /// The parameter's name.
        parameter: String,
        /// The rule it breaks.
        source: AccountError,
    },
    /// A setting that is needed and wrong, of an account that works otherwise.
    #[error(transparent)]
    Setting(#[from] AccountError),
    /// A known account without its secret.
    #[error("parameter {0} does not exist; store the app secret there, as wechat-doctor init does")]
    NoSecret(String),
    /// Too many names that no account has; this one was not looked up.
    #[error("account '{0}' not looked up: too many unknown names were asked for; try again")]
    TooManyUnknown(String),
    /// Parameter Store did not answer.
    #[error("parameter {parameter}: {reason}")]
    Unavailable {
        /// The parameter's name.
        parameter: String,
        /// What the SDK said.
        reason: String,
    },
}

impl Classified for AccountsError {
    fn error_type(&self) -> &str {
        match self {
            Self::Unknown(_) => "unknown_account",
            Self::Malformed { .. } | Self::Setting(_) => "malformed_parameter",
            Self::NoSecret(_) => "missing_parameter",
            Self::TooManyUnknown(_) => "too_many_unknown_accounts",
            Self::Unavailable { .. } => "parameter_store_unavailable",
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::Unknown(_) => 404,
            Self::TooManyUnknown(_) => 429,
            _ => 500,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        let waits_for_a_person = matches!(self, Self::Malformed { .. } | Self::Setting(_));
        waits_for_a_person.then_some(Duration::from_secs(60))
    }
}
