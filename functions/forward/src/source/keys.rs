//! Keys and secrets of the team's, in memory for some minutes.

use super::failure::Failure;
use secrecy::SecretString;
use shared::{clock::SharedClock, lambda::Accounts, time::Timestamp};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// A changed key works within it; one that is refused is read anew at once.
const FRESH: Duration = Duration::from_secs(300);

/// Parameters that were read, by their names.
pub(super) struct Keys {
    accounts: Accounts,
    clock: SharedClock,
    read: Mutex<HashMap<String, (Timestamp, SecretString)>>,
}

impl Keys {
    pub(super) fn new(accounts: Accounts, clock: SharedClock) -> Self {
        Self {
            accounts,
            clock,
            read: Mutex::default(),
        }
    }

    /// The value of a parameter; `None` where there is none.
    pub(super) async fn get(&self, parameter: &str) -> Result<Option<SecretString>, Failure> {
        let now = self.clock.now();
        let found = self.read().get(parameter).cloned();
        if let Some((_, key)) = found.filter(|(read, _)| now.since(*read) < FRESH) {
            return Ok(Some(key));
        }
        let unavailable = |error| Failure::of("unavailable", format!("{error}"));
        let key = self.accounts.secret(parameter).await.map_err(unavailable)?;
        if let Some(key) = &key {
            self.read().insert(parameter.to_owned(), (now, key.clone()));
        }
        Ok(key)
    }

    /// Has a parameter read anew the next time.
    pub(super) fn forget(&self, parameter: &str) {
        self.read().remove(parameter);
    }

    fn read(&self) -> MutexGuard<'_, HashMap<String, (Timestamp, SecretString)>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
