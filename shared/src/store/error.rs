//! What can go wrong between the core and a table.

use crate::problem::Classified;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
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
        let reason = sdk_reason(error);
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

/// What an AWS service said, or what kept it from being asked, in one line. The SDK's own long form
/// holds the debug form of the whole answer.
pub fn sdk_reason<E, R>(error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    if let Some(refusal) = error.as_service_error() {
        let code = refusal.code().unwrap_or("no code");
        return match refusal.message() {
            Some(message) => format!("{code}: {message}"),
            None => code.to_owned(),
        };
    }
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let said = cause.to_string();
        // Some repeat the words of their cause.
        if !words.contains(&said) {
            words.push_str(": ");
            words.push_str(&said);
        }
        source = cause.source();
    }
    words
}

/// Operations begin with their table: that of `inbox.file` is named by `INBOX_TABLE`.
fn variable_of(operation: &str) -> String {
    let table = operation.split('.').next().unwrap_or(operation);
    format!("{}_TABLE", table.to_ascii_uppercase())
}

impl Classified for StoreError {
    fn error_type(&self) -> &str {
        self.error_type()
    }

    fn status(&self) -> u16 {
        503
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        store::{Tokens, emulated::EmulatedTable},
        token::Kind,
    };
    use aws_sdk_dynamodb::config::{Credentials, Region, retry::RetryConfig};
    use wechat_oa::ids::AppId;

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

    #[tokio::test]
    async fn what_keeps_a_table_from_being_asked_is_said_in_words() {
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version_latest()
            .credentials_provider(Credentials::new("local", "local", None, None, "tests"))
            .region(Region::from_static("us-east-1"))
            .endpoint_url("http://127.0.0.1:9")
            .retry_config(RetryConfig::disabled())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        let tokens = Tokens::new(aws_sdk_dynamodb::Client::from_conf(config), "t");
        let app_id = AppId::try_from("wx5f2c8a1d9e3b7046").unwrap();
        let error = tokens.read(&app_id, Kind::AccessToken).await.unwrap_err();
        assert_eq!(error.error_type(), "table_unreachable");
        let said = error.to_string();
        assert!(
            said.contains("onnection refused") && !said.contains('{'),
            "{said}"
        );
    }
}
