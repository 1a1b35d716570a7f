//! Why a request is not done, and how that is told: nothing of the request is repeated.

use serde_json::json;
use shared::{
    lambda::{AccountsError, AskError, BodyError, Classified as _, HttpResponse},
    store::StoreError,
    web::journey::StateError,
};
use thiserror::Error;
use wechat_oa::api::{Error, Invalid, error::Cause};

/// A request that is not done.
#[derive(Debug, Error)]
pub(crate) enum Refusal {
    #[error(transparent)]
    Account(#[from] AccountsError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Body(#[from] BodyError),
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    State(#[from] StateError),
    #[error("{0}: its domain is not among the account's web.domains")]
    Domain(&'static str),
    #[error("no ticket: {0}")]
    Ticket(Cause),
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error(transparent)]
    Call(#[from] Error),
    #[error("no random numbers: {0}")]
    Random(#[from] getrandom::Error),
    #[error("another request exchanges the code, and is not done")]
    Slow,
    #[error("no such {0}, or it was used before, or it is too old")]
    Absent(&'static str),
}

impl Refusal {
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Account(AccountsError::Unknown(_)) | Self::Absent(_) => 404,
            Self::Account(AccountsError::TooManyUnknown(_)) => 429,
            Self::Account(_) | Self::Random(_) => 500,
            Self::Body(_) | Self::Invalid(_) | Self::State(_) => 400,
            Self::Call(Error::Invalid { .. }) => 400,
            Self::Domain(_) => 403,
            Self::Call(_) => 502,
            Self::Store(_) | Self::Ticket(_) | Self::Ask(_) | Self::Slow => 503,
        }
    }

    pub(crate) fn error_type(&self) -> &str {
        match self {
            Self::Account(error) => error.error_type(),
            Self::Store(error) => error.error_type(),
            Self::Body(_) => "malformed_body",
            Self::Invalid(_) => "invalid_field",
            Self::State(error) => error.error_type(),
            Self::Domain(_) => "foreign_domain",
            Self::Ticket(_) => "no_ticket",
            Self::Ask(error) => error.error_type(),
            Self::Call(error) => error.error_type(),
            Self::Random(_) => "no_random_numbers",
            Self::Slow => "not_in_time",
            Self::Absent(_) => "not_found",
        }
    }

    /// What the asker learns; what went wrong on our side is told in the log alone.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Account(AccountsError::Unknown(_) | AccountsError::TooManyUnknown(_)) => {
                "no such account".to_owned()
            }
            _ if self.status() < 500 => self.to_string(),
            _ => "not to be had right now; ask again".to_owned(),
        }
    }

    /// `{"error": {"type", "message"}}`.
    pub(crate) fn response(&self) -> HttpResponse {
        let error = json!({ "type": self.error_type(), "message": self.message() });
        HttpResponse::json(self.status(), &json!({ "error": error }))
    }
}
