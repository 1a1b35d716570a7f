//! Whether a push comes from one of WeChat's addresses, for accounts that take none from elsewhere.

use crate::metrics::count;
use shared::{
    account::Account,
    callback_ips::{CallbackIps, Origin},
    lambda::{Context, clock},
    problem::Problem,
    store::Tokens,
    time::Timestamp,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use wechat_oa::ids::AppId;

/// How long a list is not read again, be it there or not: `token-refresh` renews it each hour.
const FRESH: Duration = Duration::from_secs(60);
/// How long a push waits for a list; what is not there by then holds nobody up.
const PATIENCE: Duration = Duration::from_millis(300);

/// The lists of WeChat's addresses, in memory for a minute.
pub(crate) struct Origins {
    tokens: Tokens,
    known: Mutex<HashMap<AppId, (Timestamp, Arc<CallbackIps>)>>,
}

impl Origins {
    pub(crate) fn new(context: &mut Context) -> Self {
        Self {
            tokens: context.tokens(),
            known: Mutex::default(),
        }
    }

    /// Refuses a push from elsewhere where the account wants none. Without a list of today everything
    /// passes: a push that is refused by mistake is lost.
    pub(crate) async fn check(
        &self,
        account: &Account,
        address: &str,
        now: Timestamp,
    ) -> Result<(), Problem> {
        if !matches!(account.only_from_wechat.get(), Ok(true)) {
            return Ok(());
        }
        let list = self.list(account.app_id(), now).await;
        let name = account.name.as_str();
        match list.origin(address, now) {
            Origin::Wechat => Ok(()),
            Origin::Unknown => {
                let outcome = "origin_unknown";
                tracing::warn!(account = name, outcome, "no list of WeChat's addresses");
                count(name, &["OriginsUnknown"], now);
                Ok(())
            }
            Origin::Elsewhere => {
                count(name, &["PushesFromElsewhere"], now);
                let why = format!("{address} is none of WeChat's addresses (only_from_wechat)");
                Err(Problem::new("not_from_wechat", 403, why))
            }
        }
    }

    /// The list as it was read last; an empty one where there is none.
    async fn list(&self, app_id: &AppId, now: Timestamp) -> Arc<CallbackIps> {
        let before = self.known().get(app_id).cloned();
        let (read_at, before) = before.unwrap_or_default();
        if now < read_at + FRESH {
            return before;
        }
        let read = clock::within(PATIENCE, self.tokens.callback_ips(app_id)).await;
        let list = match read {
            Some(Ok(Some(list))) => Arc::new(list),
            Some(Ok(None)) => before,
            failed => {
                let why = failed.and_then(Result::err).map(|error| error.to_string());
                let (outcome, detail) = (
                    "origin_unread",
                    why.as_deref().unwrap_or("no answer in time"),
                );
                tracing::warn!(outcome, detail, "list of WeChat's addresses not read");
                before
            }
        };
        self.known()
            .insert(app_id.clone(), (now, Arc::clone(&list)));
        list
    }

    fn known(&self) -> MutexGuard<'_, HashMap<AppId, (Timestamp, Arc<CallbackIps>)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
