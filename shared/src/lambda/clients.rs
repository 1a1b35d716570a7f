//! A client of WeChat's API for each account, with its token in memory.

use super::{Remote, TokenRefresh};
use crate::{
    account::{Account, AccountName},
    clock::SharedClock,
    store::Tokens,
    token::{Cached, Kind},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use wechat_oa::{
    api::{Client, Http, client::Hosts},
    ids::AppId,
};

/// How long a refresh of the token may take.
pub(super) const REFRESH_PATIENCE: Duration = Duration::from_secs(30);

/// A client whose token comes from the table and from `token-refresh`.
pub type AccountClient = Client<Cached<Remote, SharedClock>>;

/// A ticket from the table and from `token-refresh`, in memory until it nears its end.
pub type AccountTicket = Cached<Remote, SharedClock>;

/// The clients of all accounts; they share their connections.
#[derive(Debug)]
pub struct Clients {
    http: Http,
    base: Option<String>,
    tokens: Tokens,
    token_refresh: TokenRefresh,
    clock: SharedClock,
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
    /// Clients over those connections; `base`, where there is one, stands for all of WeChat's hosts.
    pub fn new(
        http: Http,
        base: Option<String>,
        tokens: Tokens,
        token_refresh: TokenRefresh,
        clock: SharedClock,
    ) -> Self {
        Self {
            http,
            base,
            tokens,
            token_refresh,
            clock,
            known: Mutex::default(),
        }
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
        let cached = |kind| Cached::new(kind, self.origin(account), Arc::clone(&self.clock));
        let hosts = Hosts::new(account.hosts(), self.base.as_deref());
        let client = Client::new(self.http.clone(), hosts, cached(Kind::AccessToken));
        let fresh = Known {
            app_id: account.app_id().clone(),
            hosts: account.hosts().to_vec(),
            client: Arc::new(client),
            jsapi_ticket: Arc::new(cached(Kind::JsapiTicket)),
        };
        known.insert(account.name.clone(), fresh.clone());
        fresh
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
