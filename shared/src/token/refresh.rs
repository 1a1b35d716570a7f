//! Reads the row, takes the lease, asks WeChat, publishes: the only code that fetches tokens.

mod ask;
mod error;
mod task;

pub use error::RefreshError;

use task::Task;

use super::{
    Current, Decision, FETCH, FORCED_GAP, FetchError, Grant, Kind, LEASE, Record, Terms, Why,
    accept_repeated, decide, force, forced_left, margin, publish, release, uncount_classic,
};
use crate::{
    account::Account,
    clock::Clock,
    store::{Put, StoreError, Tokens},
    time::Timestamp,
};
use secrecy::ExposeSecret as _;
use std::{future::Future, time::Duration};
use wechat_oa::{
    api::{Http, error::Cause},
    ids::AppSecret,
};

/// How often a row is looked at while another one fetches.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// How long a caller waits for that: a dead lease is taken over within it.
const PATIENCE: Duration = Duration::from_secs(LEASE.as_secs() + 5);

/// Where app secrets come from.
pub trait Secrets: Send + Sync {
    /// The secret of an account.
    fn app_secret(
        &self,
        account: &Account,
    ) -> impl Future<Output = Result<AppSecret, Cause>> + Send;
}

/// A token and how it was had.
#[derive(Debug, Clone)]
pub struct Refreshed {
    pub current: Current,
    /// Whether WeChat was asked for it just now.
    pub fetched: bool,
    /// Uses of `force_refresh` left today.
    pub forced_left: u32,
}

/// Refreshes tokens and tickets of any account.
#[derive(Debug)]
pub struct Refresher<S, C> {
    tokens: Tokens,
    http: Http,
    base: Option<String>,
    secrets: S,
    clock: C,
}

impl<S: Secrets, C: Clock> Refresher<S, C> {
    /// `base` replaces WeChat's hosts, for a simulator or a proxy.
    pub fn new(tokens: Tokens, http: Http, base: Option<String>, secrets: S, clock: C) -> Self {
        Self {
            tokens,
            http,
            base,
            secrets,
            clock,
        }
    }

    /// A token that works: the stored one while it is good, else a new one.
    ///
    /// # Errors
    /// See [`RefreshError`]. [`Why::Need`] has none while the stored token is good and the table
    /// answers.
    pub async fn get(
        &self,
        account: &Account,
        kind: Kind,
        why: Why<'_>,
    ) -> Result<Refreshed, RefreshError> {
        let task = Task::new(account, kind, why)?;
        let me = format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
        let started = self.clock.now();
        let mut record = self.tokens.read(account.app_id(), kind).await?;
        let mut seen = (record.version, started);
        loop {
            let now = self.clock.now();
            if seen.0 != record.version {
                seen = (record.version, now);
            }
            let watched = now.since(seen.1);
            let terms = (task.terms, margin(account.app_id().as_str()));
            match decide(&record, now, &me, why, terms, watched) {
                Decision::Use => return use_stored(&record, now),
                Decision::Paused(pause) => return Err(RefreshError::Paused(pause)),
                Decision::Spent { until } => return Err(task.spent(until)),
                Decision::Wait if now.since(started) >= PATIENCE => return Err(RefreshError::Busy),
                Decision::Wait => {
                    self.clock.wait(LOOK_AGAIN).await;
                    record = self.tokens.read(account.app_id(), kind).await?;
                }
                Decision::Mark(next) => record = self.write(task, &next).await?.or(*next),
                Decision::Lease(next) => match self.write(task, &next).await? {
                    Put::Done => return self.fetch(task, *next).await,
                    lost => record = lost.or(*next),
                },
            }
        }
    }

    async fn fetch(&self, task: Task<'_>, held: Record) -> Result<Refreshed, RefreshError> {
        let fetching = self.fetch_leased(task, held.clone());
        match tokio::time::timeout(FETCH, fetching).await {
            Ok(Err(Stopped::At(held, error))) => self.give_up(task, *held, error).await,
            Ok(Err(Stopped::Lost(error))) => Err(error),
            Ok(Ok(refreshed)) => Ok(refreshed),
            Err(_) => self.give_up(task, held, FetchError::TooSlow.into()).await,
        }
    }

    async fn fetch_leased(&self, task: Task<'_>, held: Record) -> Result<Refreshed, Stopped> {
        let stop = |held: &Record| {
            let held = Box::new(held.clone());
            move |error| Stopped::At(held, error)
        };
        let grant = self.ask(task, false).await.map_err(stop(&held))?;
        if !held.refuses(grant.value.expose_secret()) {
            return self.publish(task, &held, &grant).await;
        }
        if task.terms != Terms::Stable {
            return self.publish(task, &accept_repeated(&held), &grant).await;
        }
        let now = self.clock.now();
        let counted = match force(&held, now) {
            Ok(counted) => counted,
            Err(until) => return self.repeat_of_refused(task, &held, &grant, until).await,
        };
        let put = self.write(task, &counted).await?;
        if put != Put::Done {
            return Ok(use_stored(&put.or(counted), self.clock.now())?);
        }
        let grant = self.ask(task, true).await.map_err(stop(&counted))?;
        if counted.refuses(grant.value.expose_secret()) {
            let until = now + FORCED_GAP;
            return self.repeat_of_refused(task, &counted, &grant, until).await;
        }
        self.publish(task, &counted, &grant).await
    }

    /// WeChat insists on the token it refused. It stays refused until a forced refresh is allowed
    /// again; when that is not today, the token is accepted again, and only the caller that saw the refusal gets none.
    async fn repeat_of_refused(
        &self,
        task: Task<'_>,
        held: &Record,
        grant: &Grant,
        until: Timestamp,
    ) -> Result<Refreshed, Stopped> {
        let now = self.clock.now();
        if forced_left(held, now) > 0 {
            self.store(task, held, grant).await?;
            return Err(Stopped::Lost(task.spent(until)));
        }
        let published = self.publish(task, &accept_repeated(held), grant).await?;
        match task.why {
            Why::Refused(_) => Err(Stopped::Lost(task.spent(until))),
            Why::Need | Why::Schedule => Ok(published),
        }
    }

    async fn publish(
        &self,
        task: Task<'_>,
        held: &Record,
        grant: &Grant,
    ) -> Result<Refreshed, Stopped> {
        let stored = self.store(task, held, grant).await?;
        let stored = use_stored(&stored, self.clock.now())?;
        let fetched = true;
        Ok(Refreshed { fetched, ..stored })
    }

    /// Writes what was fetched; the row as it is then, which may be another's.
    async fn store(
        &self,
        task: Task<'_>,
        held: &Record,
        grant: &Grant,
    ) -> Result<Record, StoreError> {
        let next = publish(held, grant);
        Ok(self.write(task, &next).await?.or(next))
    }

    /// Gives the lease back; when that fails too, the lease runs out by itself.
    async fn give_up(
        &self,
        task: Task<'_>,
        held: Record,
        error: RefreshError,
    ) -> Result<Refreshed, RefreshError> {
        let pause = match &error {
            RefreshError::Fetch(error) => error.pause(),
            _ => Duration::from_secs(2),
        };
        let held = match task.terms == Terms::Classic && !error.may_have_made_one() {
            true => uncount_classic(&held),
            false => held,
        };
        let failure = (error.error_type(), error.to_string());
        let next = release(&held, failure, self.clock.now(), pause);
        if let Err(lost) = self.write(task, &next).await {
            tracing::warn!(account = %task.account.name, error = %lost, "lease not given back");
        }
        Err(error)
    }

    async fn write(&self, task: Task<'_>, next: &Record) -> Result<Put<Record>, StoreError> {
        let (app_id, now) = (task.account.app_id(), self.clock.now());
        self.tokens.write(app_id, task.kind, next, now).await
    }
}

/// A fetch that stopped: with the lease in hand, or without.
enum Stopped {
    At(Box<Record>, RefreshError),
    Lost(RefreshError),
}

impl<E: Into<RefreshError>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Lost(error.into())
    }
}

fn use_stored(record: &Record, now: Timestamp) -> Result<Refreshed, RefreshError> {
    let current = record.current(now, Duration::ZERO);
    Ok(Refreshed {
        current: current.ok_or(RefreshError::Busy)?,
        fetched: false,
        forced_left: forced_left(record, now),
    })
}

#[cfg(test)]
mod tests;
