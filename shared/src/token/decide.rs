//! What to do with a token's row: pure decisions of row, time and reason.

use super::Record;
use crate::{beijing, time::Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use std::time::Duration;

/// How long a lease lasts.
pub const LEASE: Duration = Duration::from_secs(20);
/// How long its owner fetches at most: over before the lease is.
pub const FETCH: Duration = Duration::from_secs(15);
/// A token with less than this left is not handed out.
pub const RESERVE: Duration = Duration::from_secs(10);
/// How long the former token works beside a new one (protocol section 4).
pub const OVERLAP: Duration = Duration::from_secs(300);
/// `force_refresh` works this often a day (protocol section 4).
pub const FORCED_A_DAY: u32 = 20;
/// `force_refresh` works again after this long (protocol section 4).
pub const FORCED_GAP: Duration = Duration::from_secs(30);
/// `cgi-bin/token` is called again after this long at the earliest: each call ends a token that
/// others may use.
pub const CLASSIC_GAP: Duration = Duration::from_secs(30);
/// Calls of `cgi-bin/token` a day, of the 2,000 WeChat allows in all
/// (<https://developers.weixin.qq.com/doc/service/api/base/api_getaccesstoken>): a person and other
/// systems need some too.
pub const CLASSIC_A_DAY: u32 = 1_000;
/// So many of them are kept for tokens that end by themselves: about twelve a day.
const CLASSIC_KEPT: u32 = 100;
/// No failure keeps everybody waiting longer than this, whatever clock wrote it.
const LONGEST_PAUSE: Duration = Duration::from_secs(900);

/// Why somebody looks at a token.
#[derive(Debug, Clone, Copy)]
pub enum Why<'a> {
    /// The schedule: a new one in good time.
    Schedule,
    /// A caller needs one that works.
    Need,
    /// WeChat refused this one.
    Refused(&'a SecretString),
}

/// What WeChat allows of the call that fetches a token or ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terms {
    /// `stable_token`: as often as one likes, but forced refreshes.
    Stable,
    /// `cgi-bin/token`: every call makes a new token, and they are few.
    Classic,
    Ticket,
}

/// What to do with a row.
#[derive(Debug, Clone)]
pub enum Decision {
    /// The stored token is good.
    Use,
    /// Another one is fetching and there is no good token: look again soon.
    Wait,
    /// The last fetch failed a moment ago; no other one before then.
    Paused(Pause),
    /// A fetch was needed that [`Terms`] allow only then.
    Spent {
        /// When the next may be.
        until: Timestamp,
    },
    /// Write this row, which says that WeChat refused its token, and decide again.
    Mark(Box<Record>),
    /// Write this row; who succeeds fetches.
    Lease(Box<Record>),
}

/// After a fetch that failed.
#[derive(Debug, Clone)]
pub struct Pause {
    /// Why it failed, in one word.
    pub failure: String,
    /// The same in a sentence.
    pub detail: Option<String>,
    /// When the next fetch may be.
    pub until: Timestamp,
}

/// Decides what `me` does. `watched` is how long `me` has seen this very version of the row: a
/// lease that did not move for its whole length is dead. No clock but the watcher's own counts, so
/// clocks may differ; after a crash somebody waits once for the length of a lease.
///
/// ```
/// use shared::{time::Timestamp, token::{Decision, Record, Terms, Why, decide}};
/// use std::time::Duration;
///
/// let now = Timestamp::from_secs(1_767_000_000);
/// let terms = (Terms::Stable, Duration::from_secs(240));
/// let decide = |record: &Record| decide(record, now, "me", Why::Need, terms, Duration::ZERO);
/// let held = Record { value: Some("token".into()), expires_at: now + Duration::from_secs(60), ..Record::default() };
/// assert!(matches!(decide(&held), Decision::Use));
/// assert!(matches!(decide(&Record::default()), Decision::Lease(_)));
/// ```
pub fn decide(
    record: &Record,
    now: Timestamp,
    me: &str,
    why: Why<'_>,
    (terms, margin): (Terms, Duration),
    watched: Duration,
) -> Decision {
    let reported = match why {
        Why::Refused(token) if record.holds(token.expose_secret()) => Some(token),
        _ => None,
    };
    let reserve = match why {
        Why::Schedule => margin,
        Why::Need | Why::Refused(_) => RESERVE,
    };
    let current = |reserve| reported.is_none() && record.current(now, reserve).is_some();
    if current(reserve) {
        return Decision::Use;
    }
    let good = current(RESERVE);
    if is_leased(record, me) && watched < LEASE {
        let lapsed = matches!(why, Why::Schedule) && now >= record.lease_until;
        return match good && !lapsed {
            true => Decision::Use,
            false => Decision::Wait,
        };
    }
    let marked = refusal_mark(record, me, reported);
    let hindrance = hindrance(marked.as_deref().unwrap_or(record), now, terms);
    match (hindrance, marked) {
        (Some(_), _) if good => Decision::Use,
        (Some(_), Some(marked)) => Decision::Mark(marked),
        (Some(hindrance), None) => hindrance,
        (None, marked) => {
            let refused = marked.map_or_else(|| record.refused.clone(), |row| row.refused);
            Decision::Lease(Box::new(Record {
                lease_owner: Some(me.to_owned()),
                lease_until: now + LEASE,
                refused,
                ..count_classic(terms, next_version(record, me), now)
            }))
        }
    }
}

fn is_leased(record: &Record, me: &str) -> bool {
    let owner = record.lease_owner.as_deref();
    owner.is_some_and(|owner| owner != me)
}

/// The row that remembers a refusal it does not know of yet.
fn refusal_mark(record: &Record, me: &str, reported: Option<&SecretString>) -> Option<Box<Record>> {
    let news = reported.filter(|token| !record.refuses(token.expose_secret()))?;
    Some(Box::new(Record {
        refused: Some(news.clone()),
        ..next_version(record, me)
    }))
}

fn hindrance(record: &Record, now: Timestamp, terms: Terms) -> Option<Decision> {
    let pause = record.retry_at.since(now);
    if let Some(failure) = &record.failure
        && is_believed(pause)
    {
        return Some(Decision::Paused(Pause {
            failure: failure.clone(),
            detail: record.failure_detail.clone(),
            until: record.retry_at,
        }));
    }
    let refused = record.value.as_ref();
    let refused = refused.is_some_and(|token| record.refuses(token.expose_secret()));
    let until = match terms {
        Terms::Stable if refused => {
            let rested_at = record.fetched_at + FORCED_GAP;
            force_opens_at(record, now).and(rest(rested_at, now))
        }
        Terms::Classic => classic_opens_at(record, now, refused),
        Terms::Stable | Terms::Ticket => None,
    };
    until.map(|until| Decision::Spent { until })
}

/// Whether that moment is still to come, and not only because another clock is far off.
fn rest(rested_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
    is_believed(rested_at.since(now)).then_some(rested_at)
}

/// Whether that much is left of a wait, and not more than any clock of ours would have written.
fn is_believed(left: Duration) -> bool {
    !left.is_zero() && left <= LONGEST_PAUSE
}

/// When `cgi-bin/token` may be called next, if not now.
fn classic_opens_at(record: &Record, now: Timestamp, refused: bool) -> Option<Timestamp> {
    let kept = if refused { CLASSIC_KEPT } else { 0 };
    if classic_used(record, now) + kept >= CLASSIC_A_DAY {
        return Some(beijing::midnight_after(record.classic_day));
    }
    rest(record.classic_at + CLASSIC_GAP, now)
}

/// How many calls of `cgi-bin/token` there were today.
fn classic_used(record: &Record, now: Timestamp) -> u32 {
    match record.classic_day == beijing::day(now) {
        true => record.classic_count,
        false => 0,
    }
}

/// The leased row with the call that follows counted: a refresher that is killed has made it.
fn count_classic(terms: Terms, held: Record, now: Timestamp) -> Record {
    if terms != Terms::Classic {
        return held;
    }
    Record {
        classic_day: beijing::day(now),
        classic_count: classic_used(&held, now) + 1,
        classic_at: now,
        ..held
    }
}

/// Counts a forced refresh in the leased row, before it is made.
///
/// # Errors
/// When WeChat allows none: the time from which it does.
pub fn force(held: &Record, now: Timestamp) -> Result<Record, Timestamp> {
    if let Some(until) = force_opens_at(held, now) {
        return Err(until);
    }
    Ok(Record {
        forced_day: beijing::day(now),
        forced_count: FORCED_A_DAY - forced_left(held, now) + 1,
        forced_at: Some(now),
        ..next_version(held, held.writer.as_deref().unwrap_or_default())
    })
}

/// How many forced refreshes WeChat still allows today.
pub fn forced_left(record: &Record, now: Timestamp) -> u32 {
    match record.forced_day == beijing::day(now) {
        true => FORCED_A_DAY - record.forced_count.min(FORCED_A_DAY),
        false => FORCED_A_DAY,
    }
}

/// When the next forced refresh is allowed, if not now.
fn force_opens_at(record: &Record, now: Timestamp) -> Option<Timestamp> {
    if forced_left(record, now) == 0 {
        return Some(beijing::midnight_after(record.forced_day));
    }
    let rested_at = record.forced_at? + FORCED_GAP;
    (now < rested_at).then_some(rested_at)
}

/// The leased row after a call of `cgi-bin/token` that made no token: it does not count.
pub fn uncount_classic(held: &Record) -> Record {
    Record {
        classic_count: held.classic_count.max(1) - 1,
        ..held.clone()
    }
}

/// What WeChat gave.
#[derive(Debug, Clone)]
pub struct Grant {
    pub value: SecretString,
    /// Seconds it lives, counted from when it was asked for.
    pub expires_in_s: u32,
    /// When it was asked for.
    pub asked: Timestamp,
    /// Whether it was forced: then the former one is dead already.
    pub forced: bool,
}

/// The row of a token that WeChat gave again after refusing it, and no other one is to be had:
/// what it said last counts.
pub fn accept_repeated(held: &Record) -> Record {
    Record {
        refused: None,
        ..held.clone()
    }
}

/// The leased row with what was fetched, the lease given back. A refused token that comes again
/// stays refused.
pub fn publish(held: &Record, grant: &Grant) -> Record {
    let expires_at = grant.asked + Duration::from_secs(grant.expires_in_s.into());
    let given_back = Record {
        expires_at,
        fetched_at: grant.asked,
        failure: None,
        failure_detail: None,
        retry_at: Timestamp::default(),
        ..free(held)
    };
    if held.holds(grant.value.expose_secret()) {
        return given_back;
    }
    let overlap = match grant.forced {
        true => Duration::ZERO,
        false => OVERLAP,
    };
    Record {
        previous: held.value.clone(),
        previous_valid_until: held.expires_at.min(grant.asked + overlap),
        value: Some(grant.value.clone()),
        refused: None,
        since: grant.asked,
        ..given_back
    }
}

/// The leased row after a fetch that failed with that word and that sentence: no other one for
/// `pause`.
pub fn release(held: &Record, failure: (&str, String), now: Timestamp, pause: Duration) -> Record {
    let (word, detail) = failure;
    Record {
        failure: Some(word.to_owned()),
        failure_detail: Some(detail),
        retry_at: now + pause,
        ..free(held)
    }
}

fn free(held: &Record) -> Record {
    Record {
        lease_owner: None,
        lease_until: Timestamp::default(),
        ..next_version(held, held.writer.as_deref().unwrap_or_default())
    }
}

fn next_version(record: &Record, writer: &str) -> Record {
    Record {
        version: record.version + 1,
        writer: Some(writer.to_owned()),
        ..record.clone()
    }
}

/// How long before its end the schedule replaces an account's access token: 200 to 270 s, its own
/// for each account, so that many accounts do not fetch in the same minute. Less than the 300 s
/// from which on `stable_token` gives a new one; more than the 120 s between two ticks.
pub fn margin(app_id: &str) -> Duration {
    let next = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = app_id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, next);
    Duration::from_millis(200_000 + hash % 70_001)
}

#[cfg(test)]
mod tests;
