//! A client of WeChat's API for each account, with its token in memory.

use super::{Aws, Remote, Settings, SettingsError, TokenRefresh, clock::SystemClock};
use crate::{
    account::{Account, AccountName},
    store::Tokens,
    token::{Cached, Kind},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use wechat_oa::{
    api::{
        Client, Http,
        client::{Hosts, NoProxy, Timing},
    },
    ids::AppId,
};

/// How long a refresh of the token may take.
const REFRESH_PATIENCE: Duration = Duration::from_secs(30);

/// The variable that names the proxy between the functions and WeChat.
const PROXY: &str = "WECHAT_PROXY";

/// Connections to WeChat with that timing, through the proxy of `WECHAT_PROXY` where it is set.
///
/// # Errors
/// A value that names no proxy.
pub fn connections(timing: Timing) -> Result<Http, SettingsError> {
    let wrong = |NoProxy| SettingsError::Wrong {
        name: PROXY,
        rule: NoProxy::RULE,
    };
    match Settings::optional(PROXY)? {
        Some(proxy) => Http::through(timing, &proxy).map_err(wrong),
        None => Ok(Http::new(timing)),
    }
}

/// A client whose token comes from the table and from `token-refresh`.
pub type AccountClient = Client<Cached<Remote, SystemClock>>;

/// A ticket from the table and from `token-refresh`, in memory until it nears its end.
pub type AccountTicket = Cached<Remote, SystemClock>;

/// The clients of all accounts; they share their connections.
#[derive(Debug)]
pub struct Clients {
    http: Http,
    base: Option<String>,
    tokens: Tokens,
    token_refresh: TokenRefresh,
    known: Mutex<HashMap<AccountName, Known>>,
}

#[derive(Debug, Clone)]
struct Known {
    /// What the client was made of.
    app_id: AppId,
    hosts: Vec<String>,
    client: Arc<AccountClient>,
    jsapi_ticket: Arc<AccountTicket>,
}

impl Clients {
    /// Clients over those [`connections`], tokens from that table, and from `function` when WeChat
    /// refuses one. `WECHAT_API_BASE`, where set, stands for all of WeChat's hosts.
    ///
    /// # Errors
    /// A `WECHAT_API_BASE` that is no URL.
    pub fn new(
        aws: &Aws,
        http: Http,
        tokens: Tokens,
        function: impl Into<String>,
    ) -> Result<Self, SettingsError> {
        Ok(Self {
            http,
            base: Settings::optional("WECHAT_API_BASE")?,
            tokens,
            token_refresh: TokenRefresh::new(aws, function, REFRESH_PATIENCE),
            known: Mutex::default(),
        })
    }

    /// The client of that account; a new one when its id or hosts changed.
    pub fn of(&self, account: &Account) -> Arc<AccountClient> {
        self.known(account).client
    }

    /// The JS-SDK ticket of that account.
    pub fn jsapi_ticket(&self, account: &Account) -> Arc<AccountTicket> {
        self.known(account).jsapi_ticket
    }

    fn known(&self, account: &Account) -> Known {
        let same =
            |known: &&Known| &known.app_id == account.app_id() && known.hosts == account.hosts();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(&account.name).filter(same) {
            return known.clone();
        }
        let ticket = Cached::of(Kind::JsapiTicket, self.origin(account), SystemClock);
        let fresh = Known {
            app_id: account.app_id().clone(),
            hosts: account.hosts().to_vec(),
            client: Arc::new(self.client(account)),
            jsapi_ticket: Arc::new(ticket),
        };
        known.insert(account.name.clone(), fresh.clone());
        fresh
    }

    fn client(&self, account: &Account) -> AccountClient {
        Client::new(
            self.http.clone(),
            Hosts::new(account.hosts(), self.base.as_deref()),
            Cached::new(self.origin(account), SystemClock),
        )
    }

    fn origin(&self, account: &Account) -> Remote {
        Remote {
            tokens: self.tokens.clone(),
            token_refresh: self.token_refresh.clone(),
            account: account.name.clone(),
            app_id: account.app_id().clone(),
        }
    }
}
