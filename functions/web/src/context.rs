//! What a request is answered with, and a request of an account that exists.

use crate::problem;
use shared::{
    account::{Account, Web},
    clock::SharedClock,
    lambda::{self, Accounts, AccountsError, Clients, HttpRequest, TokenRefresh},
    problem::Problem,
    random::SharedRandom,
    store::{Consents, Logins},
    time::Timestamp,
    web::{journey::StateKey, login::Outcome},
};
use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};
use tokio::sync::Mutex;
use wechat_oa::page_url::{self, PageUrl};
use wechat_oa::{api::client::Timing, ids::AppId};

/// Everything a request needs, built once.
pub struct Context {
    pub(crate) accounts: Accounts,
    pub(crate) clients: Clients,
    pub(crate) logins: Logins,
    pub(crate) consents: Consents,
    pub(crate) token_refresh: TokenRefresh,
    pub(crate) verify_files: Mutex<VerifyFiles>,
    /// In place of WeChat's hosts.
    pub(crate) base: Option<String>,
    /// In place of the host of a request, which behind a CDN is the gateway's.
    pub(crate) public_domain: Option<String>,
    pub(crate) clock: SharedClock,
    random: SharedRandom,
    keys: Mutex<HashMap<AppId, StateKey>>,
}

/// The files of all accounts. A file does not name its account, and only `token-refresh` may list
/// the accounts.
#[derive(Debug, Default)]
pub(crate) struct VerifyFiles {
    pub(crate) files: BTreeMap<String, String>,
    pub(crate) read: Timestamp,
}

/// A request of an account that exists.
pub(crate) struct Call<'a> {
    pub(crate) context: &'a Context,
    pub(crate) account: &'a Account,
    pub(crate) request: &'a HttpRequest,
}

impl Context {
    /// What there is in these surroundings.
    pub fn new(context: &mut lambda::Context) -> Self {
        Self {
            accounts: context.accounts(),
            clients: context.clients(timing()),
            logins: context.logins(),
            consents: context.sends().consents(),
            token_refresh: context.token_refresh(TokenRefresh::CALL_PATIENCE),
            verify_files: Mutex::default(),
            base: context.api_base(),
            public_domain: context.public_domain(),
            clock: context.clock(),
            random: context.random(),
            keys: Mutex::default(),
        }
    }

    /// The accounts, to be read at the start and renewed beside the work.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// Random bytes nobody guesses, as hexadecimal letters.
    pub(crate) fn random<const N: usize>(&self) -> Result<String, Problem> {
        let mut bytes = [0; N];
        let filled = self.random.fill(&mut bytes);
        filled.map_err(problem::no_random_numbers)?;
        Ok(hex::encode(bytes))
    }
}

impl Call<'_> {
    /// The settings of the pages.
    pub(crate) fn web(&self) -> Result<&Web, Problem> {
        Ok(self.account.web.get().map_err(AccountsError::from)?)
    }

    /// The page to come to in the end, which is one of the account's own site.
    pub(crate) fn site<'u>(&self, return_to: &'u str) -> Result<PageUrl<'u>, Problem> {
        let page = PageUrl::parse("return_to", return_to)?;
        match page.belongs_to(&self.web()?.domains) {
            true => Ok(page),
            false => Err(problem::foreign_domain("return_to")),
        }
    }

    /// The key that signs this account's states: one write a process.
    pub(crate) async fn state_key(&self) -> Result<StateKey, Problem> {
        let app_id = self.account.app_id();
        let mut keys = self.context.keys.lock().await;
        if let Some(key) = keys.get(app_id) {
            return Ok(key.clone());
        }
        let fresh = self.context.random::<32>()?;
        let key = self.context.logins.key(app_id, &fresh).await?;
        keys.insert(app_id.clone(), key.clone());
        Ok(key)
    }

    /// What stands behind the one-time code of a journey, which is used up then.
    pub(crate) async fn redeemed<T: Outcome>(&self, code: &str) -> Result<Option<T>, Problem> {
        let (app_id, me) = (self.account.app_id(), self.context.random::<16>()?);
        let (logins, now) = (&self.context.logins, self.context.clock.now());
        Ok(logins.redeem::<T>(app_id, code, &me, now).await?)
    }

    /// A page of ours, as browsers reach it.
    pub(crate) fn own_url(&self, path: &str) -> String {
        let public = self.context.public_domain.as_deref();
        let domain = public.unwrap_or_else(|| self.request.domain());
        let scheme = scheme(domain);
        format!("{scheme}://{domain}/web/{}/{path}", self.account.name)
    }
}

/// How a domain is reached: only this very machine does without TLS.
pub(crate) fn scheme(domain: &str) -> &'static str {
    match page_url::is_loopback(domain) {
        true => "http",
        false => "https",
    }
}

/// Short, for a visitor's browser waits.
fn timing() -> Timing {
    Timing {
        call: Duration::from_secs(5),
        repeats: 1,
        ..Timing::default()
    }
}
