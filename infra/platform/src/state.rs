//! Everything the platform remembers, and the control functions over it.

use crate::{
    account::{Account, AccountChange, AccountSetup, AccountView, Keys},
    behind::Behind,
    call_log::{CallFilter, CallLog, CallRecord},
    clock::Clock,
    events::Events,
    faults::{FaultSpec, FaultView, Faults},
    log::Log,
    messages::Messages,
    phone::{Phones, Shown},
    push::{PushReport, Pushes},
    random::token_value,
    refusal::Refusal,
    sender::Sender,
    timers::Timers,
};
use serde::Deserialize;
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// The first id of a message.
const FIRST_MSGID: u64 = 3_671_893_450_012_213_248;

/// The platform's memory. Each part has its own lock, and none is held across a wait.
#[derive(Default)]
pub struct State {
    clock: Clock,
    sender: Sender,
    timers: Timers,
    msgids: AtomicU64,
    accounts: Mutex<BTreeMap<String, Account>>,
    faults: Mutex<Faults>,
    call_log: Mutex<CallLog>,
    pushes: Mutex<Pushes>,
    phones: Mutex<Phones>,
    messages: Mutex<Messages>,
    events: Events,
    log: Mutex<Log>,
    behind: OnceLock<Behind>,
}

/// How somebody else makes an account's tokens worthless.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Revocation {
    /// Every living token is void at once.
    #[default]
    Invalidate,
    /// Another system fetches a classic token: the former classic one ends after the overlap.
    ClassicFetch,
}

fn lock<T>(part: &Mutex<T>) -> MutexGuard<'_, T> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    /// The clock behind every decision of the platform.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Registers an account. Refused when a field breaks a rule or the app id is taken.
    pub fn add_account(&self, setup: AccountSetup) -> Result<AccountView, Refusal> {
        let account = Account::new(setup)?;
        let view = account.view();
        let mut accounts = lock(&self.accounts);
        if accounts.contains_key(&view.app_id) {
            return Err(Refusal::Exists {
                what: "account",
                name: view.app_id,
            });
        }
        accounts.insert(view.app_id.clone(), account);
        drop(accounts);
        self.tell_settings();
        Ok(view)
    }

    /// Changes an account. Refused when it is unknown or a field breaks a rule.
    pub fn change_account(
        &self,
        app_id: &str,
        change: AccountChange,
    ) -> Result<AccountView, Refusal> {
        let changed = self.with_account(app_id, |account| {
            account.change(change).map(|()| account.view())
        })?;
        self.tell_settings();
        changed
    }

    /// Goes on with these accounts and no others; those that were there before keep what they have. Refused as a whole
    /// when a field of one breaks a rule, or two have one app id.
    pub fn set_accounts(&self, setups: Vec<AccountSetup>) -> Result<(), Refusal> {
        let mut next = BTreeMap::new();
        for setup in setups {
            let account = Account::new(setup)?;
            let app_id = account.setup.app_id.clone();
            if next.insert(app_id.clone(), account).is_some() {
                let (what, name) = ("account", app_id);
                return Err(Refusal::Exists { what, name });
            }
        }
        let mut accounts = lock(&self.accounts);
        for (app_id, account) in &mut next {
            if let Some(mut before) = accounts.remove(app_id) {
                before.setup = AccountSetup {
                    ip_whitelist: before.setup.ip_whitelist,
                    ..account.setup.clone()
                };
                before.keys = account.keys.clone();
                *account = before;
            }
        }
        *accounts = next;
        drop(accounts);
        self.tell_settings();
        Ok(())
    }

    /// Every account.
    pub fn accounts(&self) -> Vec<AccountView> {
        lock(&self.accounts).values().map(Account::view).collect()
    }

    /// Makes the account's tokens worthless, as another system or an administrator does.
    pub fn revoke_tokens(&self, app_id: &str, how: Revocation) -> Result<(), Refusal> {
        let now_ms = self.clock.now_ms();
        self.with_account(app_id, |account| {
            let lives = account.lifetimes();
            match how {
                Revocation::Invalidate => account.tokens.revoke(now_ms),
                Revocation::ClassicFetch => {
                    drop(account.tokens.fetch_classic(token_value(), lives, now_ms))
                }
            }
        })
    }

    /// Switches a fault on. Refused when a field its kind needs is missing.
    pub fn add_fault(&self, spec: FaultSpec) -> Result<FaultView, Refusal> {
        let added = self.faults().add(spec);
        self.tell_settings();
        added
    }

    /// The faults switched on.
    pub fn list_faults(&self) -> Vec<FaultView> {
        self.faults().list()
    }

    /// Switches one fault off, or all. Refused when there is none of that id.
    pub fn clear_faults(&self, id: Option<u64>) -> Result<(), Refusal> {
        let cleared = self.faults().clear(id);
        self.tell_settings();
        cleared
    }

    /// Calls to the WeChat API, oldest first.
    pub fn calls(&self, filter: &CallFilter) -> Vec<CallRecord> {
        self.call_log().list(filter)
    }

    /// Empties the list of calls.
    pub fn clear_calls(&self) {
        self.call_log().clear();
    }

    /// Every push made so far, oldest first.
    pub fn list_pushes(&self) -> Vec<PushReport> {
        self.pushes().list()
    }

    /// One push. Refused when there is none of that id.
    pub fn push_report(&self, push_id: &str) -> Result<PushReport, Refusal> {
        self.pushes().get(push_id)
    }

    /// What a user's phone shows of an account, in order. Refused when the account is unknown.
    pub fn phone(&self, app_id: &str, openid: &str) -> Result<Vec<Shown>, Refusal> {
        self.with_account(app_id, |_| ())?;
        Ok(self.phones().screen(app_id, openid))
    }

    /// What the console knows at this moment.
    pub(crate) fn console(&self, app_id: &str) -> Result<(AccountSetup, Keys), Refusal> {
        self.with_account(app_id, |account| {
            (account.setup.clone(), account.keys.clone())
        })
    }

    pub(crate) fn with_account<T>(
        &self,
        app_id: &str,
        act: impl FnOnce(&mut Account) -> T,
    ) -> Result<T, Refusal> {
        let mut accounts = lock(&self.accounts);
        accounts
            .get_mut(app_id)
            .map(act)
            .ok_or_else(|| Refusal::account(app_id))
    }

    /// The first account for which `find` gives something.
    pub(crate) fn find_account<T>(&self, find: impl FnMut(&Account) -> Option<T>) -> Option<T> {
        lock(&self.accounts).values().find_map(find)
    }

    pub(crate) fn sender(&self) -> &Sender {
        &self.sender
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    pub(crate) fn call_log(&self) -> MutexGuard<'_, CallLog> {
        lock(&self.call_log)
    }

    pub(crate) fn pushes(&self) -> MutexGuard<'_, Pushes> {
        lock(&self.pushes)
    }

    pub(crate) fn messages(&self) -> MutexGuard<'_, Messages> {
        lock(&self.messages)
    }

    pub(crate) fn timers(&self) -> &Timers {
        &self.timers
    }

    /// An id as messages have them today: 19 digits, never the same twice.
    pub(crate) fn new_msgid(&self) -> u64 {
        FIRST_MSGID + self.msgids.fetch_add(1, Ordering::Relaxed)
    }

    /// Puts something on a user's phone.
    pub(crate) fn show(&self, app_id: &str, openid: &str, shown: Shown) {
        let tell = |shown: &Shown| {
            let told = json!({"app_id": app_id, "openid": openid, "shown": shown});
            self.events.tell("shown", &told);
        };
        self.phones().show(app_id, openid, shown, tell);
    }

    /// Takes down a line that a function behind the callbacks wrote; `instance` is 0 for what is said about it.
    pub fn take_down(&self, function: &str, instance: u64, text: &str) {
        let now_ms = self.clock.now_ms();
        let line = self.log().add(now_ms, function, instance, text);
        self.events.tell("log", &line);
    }

    /// Tells the page who answers the pushes here, once.
    pub fn stand_behind(&self, behind: Behind) {
        drop(self.behind.set(behind));
        self.tell_settings();
    }

    pub(crate) fn behind(&self) -> Option<&Behind> {
        self.behind.get()
    }

    pub(crate) fn events(&self) -> &Events {
        &self.events
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        lock(&self.log)
    }

    pub(crate) fn phones(&self) -> MutexGuard<'_, Phones> {
        lock(&self.phones)
    }
}
