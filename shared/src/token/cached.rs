//! The token in a caller's memory: a warm call reads nothing, a cold one reads the row once.

use super::{Current, Kind, RESERVE, Record};
use crate::{clock::Clock, time::Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use std::{future::Future, time::Duration};
use tokio::sync::Mutex;
use wechat_oa::api::{TokenSource, error::Cause};

/// Less than this left, and the row is looked at for a new token. By then the
/// schedule has put one there.
const STALE: Duration = Duration::from_secs(60);
/// How long between two such looks.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Where a cache gets its token.
pub trait Origin: Send + Sync {
    /// The row as it stands: one read.
    fn stored(&self, kind: Kind) -> impl Future<Output = Result<Record, Cause>> + Send;

    /// A token that works, from the only one who fetches; `refused` is the one WeChat refused.
    fn refreshed(
        &self,
        kind: Kind,
        refused: Option<&SecretString>,
    ) -> impl Future<Output = Result<Current, Cause>> + Send;
}

/// The access token or a ticket of one account, kept until it nears its end. Of many who miss it at once, one
/// asks.
#[derive(Debug)]
pub struct Cached<O, C> {
    origin: O,
    clock: C,
    kind: Kind,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    current: Option<Current>,
    looked: Timestamp,
}

impl<O: Origin, C: Clock> Cached<O, C> {
    /// The token or ticket of that kind; remembers nothing yet.
    pub fn new(kind: Kind, origin: O, clock: C) -> Self {
        Self {
            origin,
            clock,
            kind,
            kept: Mutex::default(),
        }
    }

    /// What is in force, with its end.
    ///
    /// # Errors
    /// When neither the table nor the one who fetches has any.
    pub async fn current(&self) -> Result<Current, Cause> {
        let mut kept = self.kept.lock().await;
        let now = self.clock.now();
        let looked_lately = now.since(kept.looked) < LOOK_AGAIN;
        let reserve = if looked_lately { RESERVE } else { STALE };
        match kept.good(now, reserve) {
            Some(current) => Ok(current),
            None => self.look(&mut kept, now).await,
        }
    }

    async fn look(&self, kept: &mut Kept, now: Timestamp) -> Result<Current, Cause> {
        kept.looked = now;
        match self.origin.stored(self.kind).await {
            Ok(record) => {
                if let Some(stored) = record.current(now, RESERVE) {
                    return Ok(kept.keep(stored));
                }
            }
            Err(error) => {
                tracing::warn!(%error, "tokens table out of reach");
                if let Some(known) = kept.good(now, RESERVE) {
                    return Ok(known);
                }
            }
        }
        let fetched = self.origin.refreshed(self.kind, None).await?;
        Ok(kept.keep(fetched))
    }
}

impl<O: Origin, C: Clock> TokenSource for Cached<O, C> {
    async fn token(&self) -> Result<SecretString, Cause> {
        Ok(self.current().await?.value)
    }

    async fn refused(&self, token: &SecretString) -> Result<SecretString, Cause> {
        let mut kept = self.kept.lock().await;
        let refused = token.expose_secret();
        match kept.good(self.clock.now(), RESERVE) {
            Some(other) if other.value.expose_secret() != refused => Ok(other.value),
            _ => {
                kept.current = None;
                let fetched = self.origin.refreshed(self.kind, Some(token)).await?;
                Ok(kept.keep(fetched).value)
            }
        }
    }
}

impl Kept {
    fn good(&self, now: Timestamp, reserve: Duration) -> Option<Current> {
        let good = |current: &&Current| current.expires_at.since(now) > reserve;
        self.current.as_ref().filter(good).cloned()
    }

    fn keep(&mut self, current: Current) -> Current {
        self.current = Some(current.clone());
        current
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::Wait,
        time::{millis, ms},
    };
    use std::{
        sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering::SeqCst},
        time::Duration,
    };

    /// A table and a refresher in one; the clock is theirs too.
    #[derive(Debug, Default)]
    struct Fake {
        now: AtomicI64,
        ends: AtomicI64,
        broken: AtomicBool,
        reads: AtomicUsize,
        refreshes: AtomicUsize,
    }

    impl Fake {
        fn current(&self) -> Current {
            Current {
                value: format!("t{}", self.refreshes.load(SeqCst)).into(),
                expires_at: Timestamp::from_millis(self.ends.load(SeqCst)),
                since: Timestamp::from_millis(0),
            }
        }
    }

    impl Clock for &Fake {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.now.load(SeqCst))
        }

        fn wait(&self, _: Duration) -> Wait<'_> {
            Box::pin(std::future::ready(()))
        }
    }

    impl Origin for &Fake {
        async fn stored(&self, _: Kind) -> Result<Record, Cause> {
            self.reads.fetch_add(1, SeqCst);
            if self.broken.load(SeqCst) {
                return Err("out of reach".into());
            }
            Ok(Record {
                value: Some(self.current().value),
                expires_at: Timestamp::from_millis(self.ends.load(SeqCst)),
                ..Record::default()
            })
        }

        async fn refreshed(&self, _: Kind, _: Option<&SecretString>) -> Result<Current, Cause> {
            if self.broken.load(SeqCst) {
                return Err("out of reach".into());
            }
            tokio::task::yield_now().await;
            self.refreshes.fetch_add(1, SeqCst);
            self.ends.store(self.now.load(SeqCst) + 7_200_000, SeqCst);
            Ok(self.current())
        }
    }

    fn fake(left: Duration) -> Fake {
        let fake = Fake::default();
        fake.now.store(1_000_000, SeqCst);
        fake.ends.store(1_000_000 + millis(left), SeqCst);
        fake
    }

    #[tokio::test]
    async fn a_cold_call_reads_once_and_warm_ones_never() {
        let fake = fake(ms(7_200_000));
        let cached = Cached::new(Kind::AccessToken, &fake, &fake);
        for _ in 0..100 {
            cached.token().await.unwrap();
        }
        assert_eq!(
            (fake.reads.load(SeqCst), fake.refreshes.load(SeqCst)),
            (1, 0)
        );
    }

    #[tokio::test]
    async fn near_its_end_the_row_is_looked_at_now_and_then() {
        let fake = fake(STALE);
        let cached = Cached::new(Kind::AccessToken, &fake, &fake);
        for _ in 0..50 {
            cached.token().await.unwrap();
            fake.now.fetch_add(100, SeqCst);
        }
        assert_eq!(fake.reads.load(SeqCst), 1);
        fake.now.fetch_add(millis(LOOK_AGAIN), SeqCst);
        cached.token().await.unwrap();
        assert_eq!(
            (fake.reads.load(SeqCst), fake.refreshes.load(SeqCst)),
            (2, 0)
        );
    }

    #[tokio::test]
    async fn an_outage_of_the_table_is_not_noticed_while_the_token_is_good() {
        let fake = fake(ms(120_000));
        let cached = Cached::new(Kind::AccessToken, &fake, &fake);
        cached.token().await.unwrap();
        fake.broken.store(true, SeqCst);
        fake.now.fetch_add(109_000, SeqCst);
        cached.token().await.unwrap();
        fake.now.fetch_add(1_000, SeqCst);
        assert!(cached.token().await.is_err());
    }

    #[tokio::test]
    async fn many_refusals_at_once_ask_once() {
        let fake = fake(ms(7_200_000));
        let cached = Cached::new(Kind::AccessToken, &fake, &fake);
        let token = cached.token().await.unwrap();
        let reports = (0..100).map(|_| cached.refused(&token));
        for fresh in futures_util::future::join_all(reports).await {
            assert_eq!(fresh.unwrap().expose_secret(), "t1");
        }
        assert_eq!(fake.refreshes.load(SeqCst), 1);
    }

    #[tokio::test]
    async fn a_missing_or_ended_token_is_fetched() {
        let fake = fake(RESERVE);
        let cached = Cached::new(Kind::AccessToken, &fake, &fake);
        assert_eq!(cached.token().await.unwrap().expose_secret(), "t1");
        assert_eq!(cached.token().await.unwrap().expose_secret(), "t1");
        assert_eq!(fake.refreshes.load(SeqCst), 1);
    }
}
