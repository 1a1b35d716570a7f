//! What every event needs: accounts, and who fetches tokens for them.

use shared::{
    account::Account,
    clock::SharedClock,
    invocation::Granted,
    lambda::{self, Accounts},
    problem::Problem,
    store::Tokens,
    time::millis,
    token::{Kind, Refreshed, Refresher, Secrets, Why},
};
use wechat_oa::{
    api::{Http, client::Timing, error::Cause},
    ids::AppSecret,
};

/// Reads app secrets where only this function may.
pub(crate) struct ParameterSecrets(Accounts);

impl Secrets for ParameterSecrets {
    async fn app_secret(&self, account: &Account) -> Result<AppSecret, Cause> {
        Ok(self.0.app_secret(&account.name).await?)
    }
}

/// What every event needs.
pub struct Context {
    pub(crate) accounts: Accounts,
    pub(crate) refresher: Refresher<ParameterSecrets, SharedClock>,
    pub(crate) tokens: Tokens,
    pub(crate) http: Http,
    /// In place of WeChat's hosts.
    pub(crate) base: Option<String>,
    pub(crate) clock: SharedClock,
}

impl Context {
    /// What there is in these surroundings.
    pub fn new(context: &mut lambda::Context) -> Self {
        let accounts = context.accounts();
        let (http, base) = (context.http(Timing::default()), context.api_base());
        let tokens = context.tokens();
        Self {
            refresher: Refresher::new(
                tokens.clone(),
                http.clone(),
                base.clone(),
                ParameterSecrets(accounts.clone()),
                context.clock(),
            ),
            accounts,
            tokens,
            http,
            base,
            clock: context.clock(),
        }
    }

    /// The accounts, to be renewed beside the work.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// A token of that account; writes its one log line.
    pub(crate) async fn token(
        &self,
        account: &Account,
        kind: Kind,
        why: Why<'_>,
    ) -> Result<Refreshed, Problem> {
        let started = self.clock.now();
        let got = self.refresher.get(account, kind, why).await;
        let ms = millis(self.clock.now().since(started));
        let (account, kind) = (&account.name, kind.as_str());
        match &got {
            Ok(refreshed) => {
                tracing::info!(%account, kind, fetched = refreshed.fetched, ms, "token")
            }
            Err(error) => {
                tracing::error!(%account, kind, outcome = error.error_type(), detail = %error, ms, "token")
            }
        }
        Ok(got?)
    }

    /// The token as other functions and systems read it.
    pub(crate) async fn granted(
        &self,
        account: &Account,
        kind: Kind,
        why: Why<'_>,
    ) -> Result<Granted, Problem> {
        let refreshed = self.token(account, kind, why).await?;
        Ok(Granted::of(kind, refreshed.current, self.clock.now()))
    }
}
