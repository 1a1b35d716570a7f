//! What can go wrong between the core and a table.

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use thiserror::Error;

/// A request to a table that did not do its work.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The table did not answer in time, or could not be reached.
    #[error("{operation}: table out of reach: {reason}")]
    Unreachable {
        /// The operation asked for.
        operation: &'static str,
        /// What the SDK said.
        reason: String,
    },
    /// The table has more to do than it can.
    #[error("{operation}: throttled: {reason}")]
    Throttled {
        /// The operation asked for.
        operation: &'static str,
        /// What the SDK said.
        reason: String,
    },
    /// The table refused: a missing table or permission, or a fault of ours.
    #[error("{operation}: refused: {reason}")]
    Refused {
        /// The operation asked for.
        operation: &'static str,
        /// What the SDK said.
        reason: String,
    },
    /// An item that does not have the attributes it should.
    #[error("{operation}: item does not read: {reason}")]
    Malformed {
        /// The operation asked for.
        operation: &'static str,
        /// The attribute and the rule.
        reason: String,
    },
}

impl StoreError {
    /// The failure in one word, for logs, metrics and alarms.
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "table_unreachable",
            Self::Throttled { .. } => "table_throttled",
            Self::Refused { .. } => "table_refused",
            Self::Malformed { .. } => "table_malformed",
        }
    }

    /// Sorts an SDK error into one of the kinds above.
    pub(super) fn of<E>(operation: &'static str, error: &SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        const THROTTLES: [&str; 3] = [
            "ThrottlingException",
            "ProvisionedThroughputExceededException",
            "RequestLimitExceeded",
        ];
        let reason = DisplayErrorContext(error).to_string();
        match error
            .as_service_error()
            .map(|e| e.code().unwrap_or_default())
        {
            Some(code) if THROTTLES.contains(&code) => Self::Throttled { operation, reason },
            Some(_) => Self::Refused { operation, reason },
            None => Self::Unreachable { operation, reason },
        }
    }
}
