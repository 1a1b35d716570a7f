//! Accounts as Parameter Store holds them, in memory before anybody asks.
//!
//! What is in memory is served as it is; it is renewed beside the work and never before it. A name
//! that is not in memory is looked up: at once when the list of all names has it, within a small
//! budget when it has not, for it may be made up.

mod error;
mod listing;
mod misses;
mod parameters;
mod shelf;

pub use error::AccountsError;
pub use listing::{Listed, Listing};

use super::clock;
use crate::{
    account::{Account, AccountName, Names},
    clock::SharedClock,
    time::Timestamp,
};
use aws_sdk_ssm::Client;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use misses::Misses;
use parameters::Parameters;
use secrecy::SecretString;
use shelf::{Look, Shelf, Stored};
use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::Notify;
use wechat_oa::ids::AppSecret;

/// How long a start waits for Parameter Store: what is not there by then is read when it is asked for.
const START: Duration = Duration::from_secs(1);
/// How long somebody waits whose account is not in memory.
const FIND: Duration = Duration::from_secs(2);
/// How long a renewal may take, of the time in which the process runs.
const RENEW: Duration = Duration::from_secs(3);
/// How long ten documents of a listing may take.
const LISTED: Duration = Duration::from_secs(10);
/// How often a request is made: once while a function starts, for a push that needs it asks again.
const AT_START: u32 = 1;
const BESIDE: u32 = 2;
const ASKED: u32 = 3;
/// Documents a request.
const TOGETHER: usize = 10;
/// Requests at once.
const SIDE_BY_SIDE: usize = 5;

/// Reads accounts from `/{prefix}/{account}/callback` and, where policy allows, `…/secret`.
#[derive(Debug, Clone)]
pub struct Accounts(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    parameters: Parameters,
    shelf: Mutex<Shelf>,
    misses: Misses,
    /// Of many who look for names, one asks.
    asking: tokio::sync::Mutex<()>,
    /// It is time to read everything anew.
    due: Notify,
    clock: SharedClock,
}

impl Accounts {
    /// Reads under `/{prefix}/`; nothing yet.
    pub fn new(ssm: Client, prefix: impl Into<String>, clock: SharedClock) -> Self {
        Self(Arc::new(Inner {
            parameters: Parameters::new(ssm, prefix.into()),
            shelf: Mutex::default(),
            misses: Misses::default(),
            asking: tokio::sync::Mutex::default(),
            due: Notify::new(),
            clock,
        }))
    }

    /// Reads the list of names and the documents while the process starts, so that no request has to
    /// wait for them. It takes a second at most, and what it cannot read does not stop the start.
    pub async fn start(&self) {
        self.0.shelf().not_renewed(self.0.clock.now());
        self.0.renew(START, AT_START).await;
    }

    /// Does that work, and beside it reads everything anew whenever it is due: nothing that needs an
    /// account waits for that, and nothing of it is left when the work is done.
    pub fn renewed_beside<W: Future>(&self, work: W) -> impl Future<Output = W::Output> {
        // Boxed: a whole function nested in another future is deeper than the compiler looks.
        let (work, inner) = (Box::pin(work), &self.0);
        async move {
            tokio::select! {
                biased;
                done = work => done,
                never = inner.renewals() => match never {},
            }
        }
    }

    /// The account of that name.
    ///
    /// # Errors
    /// No such account, a malformed parameter, or Parameter Store out of reach of an account that is
    /// not in memory.
    pub async fn get(&self, name: &str) -> Result<Arc<Account>, AccountsError> {
        self.get_at(name, self.0.clock.now()).await
    }

    async fn get_at(&self, name: &str, now: Timestamp) -> Result<Arc<Account>, AccountsError> {
        let unknown = || AccountsError::Unknown(name.to_owned());
        let key = AccountName::try_from(name).map_err(|_| unknown())?;
        let (look, is_due) = {
            let mut shelf = self.0.shelf();
            (shelf.look(&key, now), shelf.is_due(now))
        };
        if is_due {
            self.0.due.notify_one();
        }
        match look {
            Look::Unread => self.0.find(&key, now).await,
            seen => self.0.parameters.judge(&key, seen),
        }
    }

    /// The app secret of that account, read afresh: a rotated secret must work at once.
    ///
    /// # Errors
    /// As [`get`](Self::get); a function without the permission gets `Unavailable`.
    pub async fn app_secret(&self, name: &AccountName) -> Result<AppSecret, AccountsError> {
        let parameter = self.0.parameters.name(name, "secret");
        let Some(json) = self.0.parameters.one(&parameter).await? else {
            return Err(AccountsError::NoSecret(parameter));
        };
        Account::app_secret_from_parameter(name, &json)
            .map_err(|source| AccountsError::Malformed { parameter, source })
    }

    /// The name of a parameter of that account.
    pub fn parameter(&self, name: &AccountName, part: &str) -> String {
        self.0.parameters.name(name, part)
    }

    /// A secret of the team's, read afresh; `None` where there is no such parameter.
    ///
    /// # Errors
    /// Parameter Store out of reach, or the permission missing.
    pub async fn secret(&self, parameter: &str) -> Result<Option<SecretString>, AccountsError> {
        let found = self.0.parameters.one(parameter).await?;
        Ok(found.map(|value| value.trim().to_owned().into()))
    }

    /// All accounts. Of their documents those are read that are not in memory as they stand, and no
    /// secret is: KMS, which is paid by the request, is asked for nothing else.
    ///
    /// # Errors
    /// Parameter Store out of reach.
    pub async fn all(&self) -> Result<Listing, AccountsError> {
        let parameters = &self.0.parameters;
        let listed = parameters.below().await?;
        let asked = listing::changed(&listed, parameters, &self.0.shelf());
        let found = self.0.read_listed(&asked).await?;
        let (shelf, now) = (&mut self.0.shelf(), self.0.clock.now());
        let taken = Listing::taken(&listed, (&asked, &found), parameters, shelf, now);
        Ok(taken)
    }

    /// Stores the list of the names, where it is not what is stored; whether it was.
    ///
    /// # Errors
    /// Parameter Store out of reach, or the permission missing.
    pub async fn store_names(&self, listing: &Listing) -> Result<bool, AccountsError> {
        let parameters = &self.0.parameters;
        parameters.store(&listing.names(), &listing.stored).await
    }

    /// Adds one name to the stored list, for an account that was stored just now.
    ///
    /// # Errors
    /// As [`store_names`](Self::store_names).
    pub async fn list_name(&self, name: &AccountName) -> Result<(), AccountsError> {
        let parameters = &self.0.parameters;
        let found = parameters.several(&parameters.names(), ASKED).await?;
        let mut names = Names::default();
        found.values().for_each(|stored| names.read(&stored.value));
        if !names.insert(name.clone()) {
            return Ok(());
        }
        let stored = parameters.names();
        let stored = stored.iter().map(|n| Some(found.get(n)?.value.clone()));
        let stored: Vec<_> = stored.collect();
        parameters.store(&names, &stored).await.map(drop)
    }
}

impl Inner {
    async fn read_listed(
        &self,
        asked: &[String],
    ) -> Result<HashMap<String, Stored>, AccountsError> {
        let slow = |asked: &[String]| AccountsError::Unavailable {
            parameter: asked.first().cloned().unwrap_or_default(),
            reason: "no answer in time".to_owned(),
        };
        let read = |asked| async move {
            let found = clock::within(LISTED, self.parameters.several(asked, ASKED)).await;
            found.unwrap_or_else(|| Err(slow(asked)))
        };
        let requests = stream::iter(asked.chunks(TOGETHER)).map(read);
        let found: Vec<_> = requests
            .buffer_unordered(SIDE_BY_SIDE)
            .try_collect()
            .await?;
        Ok(found.into_iter().flatten().collect())
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn renewals(&self) -> Infallible {
        loop {
            self.due.notified().await;
            self.renew(RENEW, BESIDE).await;
        }
    }

    /// Reads everything anew. What fails leaves memory as it is, and is tried again when it was said
    /// before it began.
    async fn renew(&self, limit: Duration, tries: u32) {
        let outcome = clock::within(limit, self.fill(tries)).await;
        let reason = match outcome {
            Some(Ok(())) => return self.shelf().renewed(self.clock.now()),
            Some(Err(error)) => error.to_string(),
            None => "no answer in time".to_owned(),
        };
        let outcome = "parameter_store_unavailable";
        tracing::warn!(outcome, detail = reason, "accounts not renewed");
    }

    async fn fill(&self, tries: u32) -> Result<(), AccountsError> {
        self.read_names(tries).await?;
        let wanted = self.shelf().wanted();
        stream::iter(wanted.chunks(TOGETHER))
            .map(|names| self.read(names, tries))
            .buffer_unordered(SIDE_BY_SIDE)
            .try_collect()
            .await
    }

    async fn read_names(&self, tries: u32) -> Result<(), AccountsError> {
        self.shelf().asks_for_names(self.clock.now());
        let found = self
            .parameters
            .several(&self.parameters.names(), tries)
            .await?;
        self.shelf().take_names(found.values().map(|s| &s.value));
        Ok(())
    }

    /// Reads documents, of those in memory the ones that changed.
    async fn read(&self, accounts: &[AccountName], tries: u32) -> Result<(), AccountsError> {
        let names = accounts.iter().cloned();
        let (known, mut asked): (Vec<_>, Vec<_>) =
            names.partition(|name| self.shelf().has_read(name));
        asked.extend(self.changed(known, tries).await?);
        if asked.is_empty() {
            return Ok(());
        }
        let parameters = self.documents(&asked);
        let found = self.parameters.several(&parameters, tries).await?;
        for (name, parameter) in asked.iter().zip(&parameters) {
            self.take(name, found.get(parameter));
        }
        Ok(())
    }

    /// Those whose document is another one now, or gone.
    async fn changed(
        &self,
        mut known: Vec<AccountName>,
        tries: u32,
    ) -> Result<Vec<AccountName>, AccountsError> {
        if known.is_empty() {
            return Ok(known);
        }
        let stored = self
            .parameters
            .sealed(&self.documents(&known), tries)
            .await?;
        known.retain(|name| {
            let stored = stored.get(&self.parameters.name(name, "callback"));
            !stored.is_some_and(|stored| self.shelf().holds(name, &stored.revision))
        });
        Ok(known)
    }

    fn documents(&self, accounts: &[AccountName]) -> Vec<String> {
        let names = accounts.iter();
        names.map(|n| self.parameters.name(n, "callback")).collect()
    }

    fn take(&self, name: &AccountName, found: Option<&Stored>) {
        for fault in self.shelf().take(name, found, self.clock.now()) {
            tracing::error!(outcome = "malformed_parameter", detail = %fault, "account");
        }
    }

    /// Looks up a name that is not in memory.
    async fn find(
        &self,
        name: &AccountName,
        now: Timestamp,
    ) -> Result<Arc<Account>, AccountsError> {
        let parameter = self.parameters.name(name, "callback");
        let slow = |_| AccountsError::Unavailable {
            parameter: parameter.clone(),
            reason: "no answer in time".to_owned(),
        };
        let finding = async {
            let _one = self.asking.lock().await;
            if matches!(self.shelf().look(name, now), Look::Unread) {
                self.look_up(name, &parameter, now).await?;
            }
            let seen = self.shelf().look(name, now);
            self.parameters.judge(name, seen)
        };
        tokio::time::timeout(FIND, finding).await.map_err(slow)?
    }

    async fn look_up(
        &self,
        name: &AccountName,
        parameter: &str,
        now: Timestamp,
    ) -> Result<(), AccountsError> {
        let mut is_listed = self.shelf().lists(name);
        if !is_listed && self.misses.are_too_many(now) {
            let refused = || AccountsError::TooManyUnknown(name.to_string());
            if !self.shelf().names_are_old(now) {
                return Err(refused());
            }
            self.read_names(ASKED).await?;
            is_listed = self.shelf().lists(name);
            if !is_listed {
                return Err(refused());
            }
        }
        let mut asked = vec![parameter.to_owned()];
        if !is_listed {
            // The list and the document in one request.
            self.shelf().asks_for_names(now);
            asked.extend(self.parameters.names());
        }
        let mut found = self.parameters.several(&asked, ASKED).await?;
        let document = found.remove(parameter);
        if !is_listed {
            self.shelf().take_names(found.values().map(|s| &s.value));
        }
        if document.is_none() {
            self.misses.count(now);
        }
        self.take(name, document.as_ref());
        Ok(())
    }
}

#[cfg(test)]
mod tests;
