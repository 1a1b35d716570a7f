//! Asks WeChat for a token or a ticket.

use super::{RefreshError, Refresher, Secrets, Task};
use crate::{
    account::{Account, TokenApi},
    clock::Clock,
    token::{FetchError, Grant, Kind, Why},
};
use secrecy::SecretString;
use std::{future::Future, pin::Pin};
use wechat_oa::api::{
    Client, TokenSource,
    client::{Hosts, Tokenless},
    error::Cause,
    ticket::GetTicket,
    token::{GetAccessToken, GetStableAccessToken},
};

impl<S: Secrets, C: Clock> Refresher<S, C> {
    /// One token or ticket; an access token with force where `forced`.
    pub(super) async fn ask(&self, task: Task<'_>, forced: bool) -> Result<Grant, RefreshError> {
        let asked = self.clock.now();
        let (value, expires_in_s) = match task.kind.ticket() {
            None => self.ask_token(task.account, forced).await?,
            Some(kind) => {
                let refresher = self;
                let client = self.client(task.account, OwnTokens { refresher, task });
                let ticket = client.call(&GetTicket { kind }).await;
                let ticket = ticket.map_err(FetchError::of)?;
                (ticket.ticket, ticket.expires_in)
            }
        };
        if expires_in_s == 0 {
            return Err(FetchError::Lifeless.into());
        }
        Ok(Grant {
            value,
            expires_in_s,
            asked,
            forced,
        })
    }

    async fn ask_token(
        &self,
        account: &Account,
        forced: bool,
    ) -> Result<(SecretString, u32), RefreshError> {
        let secret = self.secrets.app_secret(account).await;
        let secret = secret.map_err(RefreshError::Secret)?;
        let client = self.client(account, Tokenless);
        let app_id = account.app_id().clone();
        let token = match account.token_api.get()? {
            TokenApi::Classic => client.call(&GetAccessToken::new(app_id, &secret)).await,
            TokenApi::Stable => {
                let mut request = GetStableAccessToken::new(app_id, &secret);
                request.force_refresh = forced;
                client.call(&request).await
            }
        };
        let token = token.map_err(FetchError::of)?;
        Ok((token.access_token, token.expires_in))
    }

    fn client<T: TokenSource>(&self, account: &Account, tokens: T) -> Client<T> {
        let hosts = Hosts::new(account.hosts(), self.base.as_deref());
        Client::new(self.http.clone(), hosts, tokens)
    }
}

/// The access token a ticket call goes out with.
struct OwnTokens<'a, S, C> {
    refresher: &'a Refresher<S, C>,
    task: Task<'a>,
}

impl<S: Secrets, C: Clock> OwnTokens<'_, S, C> {
    /// Boxed, for a ticket's refresh contains a token's.
    fn get<'b>(
        &'b self,
        why: Why<'b>,
    ) -> Pin<Box<dyn Future<Output = Result<SecretString, Cause>> + Send + 'b>> {
        Box::pin(async move {
            let account = self.task.account;
            let refreshed = self.refresher.get(account, Kind::AccessToken, why).await?;
            Ok(refreshed.current.value)
        })
    }
}

impl<S: Secrets, C: Clock> TokenSource for OwnTokens<'_, S, C> {
    async fn token(&self) -> Result<SecretString, Cause> {
        self.get(Why::Need).await
    }

    async fn refused(&self, token: &SecretString) -> Result<SecretString, Cause> {
        self.get(Why::Refused(token)).await
    }
}
