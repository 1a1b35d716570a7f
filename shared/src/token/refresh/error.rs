//! Why a token could not be had.

use crate::{api::error::Cause, store::StoreError, token::FetchError};
use thiserror::Error;

/// A token that could not be had.
#[derive(Debug, Error)]
pub enum RefreshError {
    /// The table.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The account's secret could not be read; the cause names the parameter.
    #[error("app secret: {0}")]
    Secret(#[source] Cause),
    /// WeChat gave none.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// WeChat gave none a moment ago and is not asked again yet.
    #[error("the last fetch failed ({failure}); no other one for a moment")]
    Paused {
        /// Why it failed, in one word.
        failure: String,
        /// When the next fetch may be, in milliseconds since 1970.
        until_ms: i64,
    },
    /// WeChat insists on the token it refused, and a forced refresh is not allowed yet.
    #[error("force_refresh is used up: 20 a day, 30 s apart")]
    Spent {
        /// When the next may be, in milliseconds since 1970.
        until_ms: i64,
    },
    /// Another one is fetching, and took too long.
    #[error("another refresh is under way")]
    Busy,
}

impl RefreshError {
    /// The failure in one word, for logs, metrics and alarms.
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::Store(error) => error.error_type(),
            Self::Secret(_) => "app_secret_unreadable",
            Self::Fetch(error) => error.error_type(),
            Self::Paused { .. } => "refresh_paused",
            Self::Spent { .. } => "force_refresh_spent",
            Self::Busy => "refresh_busy",
        }
    }
}
