//! What a refresh is about.

use super::error::RefreshError;
use crate::{
    account::{Account, AccountError, TokenApi},
    time::Timestamp,
    token::{Kind, Terms, Why},
};

/// A token or ticket that somebody asks for, and why.
#[derive(Debug, Clone, Copy)]
pub(super) struct Task<'a> {
    pub(super) account: &'a Account,
    pub(super) kind: Kind,
    pub(super) why: Why<'a>,
    pub(super) terms: Terms,
}

impl<'a> Task<'a> {
    pub(super) fn new(
        account: &'a Account,
        kind: Kind,
        why: Why<'a>,
    ) -> Result<Self, AccountError> {
        let terms = match (kind, account.token_api.get()?) {
            (Kind::AccessToken, TokenApi::Stable) => Terms::Stable,
            (Kind::AccessToken, TokenApi::Classic) => Terms::Classic,
            (Kind::JsapiTicket | Kind::WxCardTicket, _) => Terms::Ticket,
        };
        Ok(Self {
            account,
            kind,
            why,
            terms,
        })
    }

    pub(super) fn spent(&self, until: Timestamp) -> RefreshError {
        let terms = self.terms;
        RefreshError::Spent { terms, until }
    }
}
