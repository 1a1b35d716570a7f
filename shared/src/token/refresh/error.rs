//! Why a token could not be had.

use crate::{
    account::AccountError,
    store::StoreError,
    time::Timestamp,
    token::{Advice, FetchError, Pause, Terms, advice},
};
use thiserror::Error;
use wechat_oa::api::error::{Cause, Error, Failure};

/// A token that could not be had.
#[derive(Debug, Error)]
pub enum RefreshError {
    /// A setting of the account that a fetch needs.
    #[error(transparent)]
    Setting(#[from] AccountError),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The account's secret could not be read; the cause names the parameter.
    #[error("app secret: {0}")]
    Secret(#[source] Cause),
    /// WeChat gave none.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// WeChat gave none a moment ago and is not asked again yet.
    #[error("the last fetch failed ({}); no other one for a moment", .0.detail.as_ref().unwrap_or(&.0.failure))]
    Paused(Pause),
    /// No token is good, and another fetch is not allowed yet.
    #[error("{}", match .terms {
        Terms::Classic => "the access token was fetched a moment ago, or too often today; cgi-bin/token is called 30 s apart, 1,000 times a day",
        _ => "force_refresh is used up: 20 a day, 30 s apart",
    })]
    Spent {
        /// What is used up.
        terms: Terms,
        /// When the next may be.
        until: Timestamp,
    },
    /// Another one is fetching, and took too long.
    #[error("another refresh is under way")]
    Busy,
}

impl RefreshError {
    /// The failure in one word, for logs, metrics and alarms.
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::Setting(_) => "malformed_parameter",
            Self::Store(error) => error.error_type(),
            Self::Secret(_) => "app_secret_unreadable",
            Self::Fetch(error) => error.error_type(),
            Self::Paused(_) => "refresh_paused",
            Self::Spent {
                terms: Terms::Classic,
                ..
            } => "token_fetches_spent",
            Self::Spent { .. } => "force_refresh_spent",
            Self::Busy => "refresh_busy",
        }
    }

    /// What helps.
    pub fn advice(&self) -> Advice {
        match self {
            Self::Paused(pause) => advice(&pause.failure),
            other => advice(other.error_type()),
        }
    }

    /// When it makes sense to ask again, where that is known.
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            Self::Paused(Pause { until, .. }) | Self::Spent { until, .. } => Some(*until),
            _ => None,
        }
    }

    /// Whether WeChat may have made a token before this happened.
    pub(super) fn may_have_made_one(&self) -> bool {
        match self {
            Self::Secret(_) | Self::Setting(_) => false,
            Self::Fetch(FetchError::Call(error)) => !matches!(
                error,
                Error::Api(_)
                    | Error::Transport {
                        failure: Failure::Connect,
                        ..
                    }
            ),
            Self::Fetch(FetchError::Lifeless | FetchError::TooSlow) => true,
            _ => false,
        }
    }
}
