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
    /// There is no such table. Nobody looks for it at start, which would cost every cold start of
    /// the callback a request; the first request that needs it says so.
    #[error("{operation}: {variable} names table '{table}', which does not exist here")]
    Missing {
        /// The operation asked for.
        operation: &'static str,
        /// The environment variable that names the table.
        variable: String,
        /// The table.
        table: String,
    },
    /// The table refused: a missing permission, or a fault of ours.
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
            Self::Missing { .. } => "table_missing",
            Self::Refused { .. } => "table_refused",
            Self::Malformed { .. } => "table_malformed",
        }
    }

    /// Sorts an SDK error into one of the kinds above.
    pub(super) fn of<E>(operation: &'static str, table: &str, error: &SdkError<E>) -> Self
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
            Some("ResourceNotFoundException") => Self::Missing {
                operation,
                variable: variable_of(operation),
                table: table.to_owned(),
            },
            Some(_) => Self::Refused { operation, reason },
            None => Self::Unreachable { operation, reason },
        }
    }
}

/// Operations begin with their table: that of `inbox.file` is named by `INBOX_TABLE`.
fn variable_of(operation: &str) -> String {
    let table = operation.split('.').next().unwrap_or(operation);
    format!("{}_TABLE", table.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use crate::{
        account::AppId,
        store::{Tokens, emulated::EmulatedTable},
        token::Kind,
    };

    #[tokio::test]
    async fn a_table_that_does_not_exist_is_named_with_its_variable() {
        let table = EmulatedTable::create(&["app_id", "kind"]).await;
        let tokens = Tokens::new(table.client.clone(), "no-such-table");
        let app_id = AppId::try_from("wx5f2c8a1d9e3b7046").unwrap();
        let error = tokens.read(&app_id, Kind::AccessToken).await.unwrap_err();
        assert_eq!(error.error_type(), "table_missing");
        assert_eq!(
            error.to_string(),
            "tokens.read: TOKENS_TABLE names table 'no-such-table', which does not exist here"
        );
    }
}
