//! What to do with a token's row: pure decisions of row, time and reason.

use super::Record;
use crate::beijing;
use secrecy::{ExposeSecret as _, SecretString};

/// How long a lease lasts.
pub const LEASE_MS: i64 = 20_000;
/// How long its owner fetches at most: over before the lease is.
pub const FETCH_MS: u64 = 15_000;
/// A token with less than this left is not handed out.
pub const RESERVE_MS: i64 = 10_000;
/// How long the former token works beside a new one (protocol section 4).
pub const OVERLAP_MS: i64 = 300_000;
/// `force_refresh` works this often a day (protocol section 4).
pub const FORCED_A_DAY: u32 = 20;
/// `force_refresh` works again after this long (protocol section 4).
pub const FORCED_GAP_MS: i64 = 30_000;
/// `cgi-bin/token` is called again after this long at the earliest: each call ends a token that
/// others may use.
pub const CLASSIC_GAP_MS: i64 = 30_000;
/// Calls of `cgi-bin/token` a day, of the 2,000 WeChat allows in all
/// (<https://developers.weixin.qq.com/doc/service/api/base/api_getaccesstoken>): a person and other
/// systems need some too.
pub const CLASSIC_A_DAY: u32 = 1_000;
/// So many of them are kept for tokens that end by themselves: about twelve a day.
const CLASSIC_KEPT: u32 = 100;
/// No failure keeps everybody waiting longer than this, whatever clock wrote it.
const LONGEST_PAUSE_MS: i64 = 900_000;

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
    Paused {
        /// Why it failed, in one word.
        failure: String,
        /// The same in a sentence.
        detail: Option<String>,
        /// When the next fetch may be, in milliseconds since 1970.
        until_ms: i64,
    },
    /// A fetch was needed that [`Terms`] allow only then.
    Spent {
        /// When the next may be, in milliseconds since 1970.
        until_ms: i64,
    },
    /// Write this row, which says that WeChat refused its token, and decide again.
    Mark(Box<Record>),
    /// Write this row; who succeeds fetches.
    Lease(Box<Record>),
}

/// Decides what `me` does. `watched_ms` is how long `me` has seen this very version of the row: a
/// lease that did not move for its whole length is dead. No clock but the watcher's own counts, so
/// clocks may differ; after a crash somebody waits once for the length of a lease.
///
/// ```
/// use shared::token::{Decision, Record, Terms, Why, decide};
///
/// let now = 1_767_000_000_000;
/// let decide = |record: &Record| decide(record, now, "me", Why::Need, (Terms::Stable, 240_000), 0);
/// let held = Record { value: Some("token".into()), expires_at_ms: now + 60_000, ..Record::default() };
/// assert!(matches!(decide(&held), Decision::Use));
/// assert!(matches!(decide(&Record::default()), Decision::Lease(_)));
/// ```
pub fn decide(
    record: &Record,
    now_ms: i64,
    me: &str,
    why: Why<'_>,
    (terms, margin_ms): (Terms, i64),
    watched_ms: i64,
) -> Decision {
    let reported = match why {
        Why::Refused(token) if record.holds(token.expose_secret()) => Some(token),
        _ => None,
    };
    let reserve_ms = match why {
        Why::Schedule => margin_ms,
        Why::Need | Why::Refused(_) => RESERVE_MS,
    };
    let current = |reserve_ms| reported.is_none() && record.current(now_ms, reserve_ms).is_some();
    if current(reserve_ms) {
        return Decision::Use;
    }
    let good = current(RESERVE_MS);
    if is_leased(record, me) && watched_ms < LEASE_MS {
        let lapsed = matches!(why, Why::Schedule) && now_ms >= record.lease_until;
        return if good && !lapsed {
            Decision::Use
        } else {
            Decision::Wait
        };
    }
    let marked = refusal_mark(record, me, reported);
    let hindrance = hindrance(marked.as_deref().unwrap_or(record), now_ms, terms);
    match (hindrance, marked) {
        (Some(_), _) if good => Decision::Use,
        (Some(_), Some(marked)) => Decision::Mark(marked),
        (Some(hindrance), None) => hindrance,
        (None, marked) => {
            let refused = marked.map_or_else(|| record.refused.clone(), |row| row.refused);
            Decision::Lease(Box::new(Record {
                lease_owner: Some(me.to_owned()),
                lease_until: now_ms.saturating_add(LEASE_MS),
                refused,
                ..count_classic(terms, next_version(record, me), now_ms)
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

fn hindrance(record: &Record, now_ms: i64, terms: Terms) -> Option<Decision> {
    let pause_ms = record.retry_at_ms.saturating_sub(now_ms);
    if let Some(failure) = &record.failure
        && (1..=LONGEST_PAUSE_MS).contains(&pause_ms)
    {
        return Some(Decision::Paused {
            failure: failure.clone(),
            detail: record.failure_detail.clone(),
            until_ms: record.retry_at_ms,
        });
    }
    let refused = record.value.as_ref();
    let refused = refused.is_some_and(|token| record.refuses(token.expose_secret()));
    let until_ms = match terms {
        Terms::Stable if refused => {
            let rested_at = record.fetched_at_ms.saturating_add(FORCED_GAP_MS);
            force_opens_at(record, now_ms).and(rest(rested_at, now_ms))
        }
        Terms::Classic => classic_opens_at(record, now_ms, refused),
        Terms::Stable | Terms::Ticket => None,
    };
    until_ms.map(|until_ms| Decision::Spent { until_ms })
}

/// Whether that moment is still to come, and not only because another clock is far off.
fn rest(rested_at_ms: i64, now_ms: i64) -> Option<i64> {
    let left_ms = rested_at_ms.saturating_sub(now_ms);
    (1..=LONGEST_PAUSE_MS)
        .contains(&left_ms)
        .then_some(rested_at_ms)
}

/// When `cgi-bin/token` may be called next, if not now.
fn classic_opens_at(record: &Record, now_ms: i64, refused: bool) -> Option<i64> {
    let kept = if refused { CLASSIC_KEPT } else { 0 };
    if classic_left(record, now_ms) <= kept {
        return Some(beijing::midnight_after(record.classic_day));
    }
    rest(record.classic_at_ms.saturating_add(CLASSIC_GAP_MS), now_ms)
}

/// How many calls of `cgi-bin/token` are left today.
fn classic_left(record: &Record, now_ms: i64) -> u32 {
    let counted = record.classic_day == beijing::day(now_ms);
    CLASSIC_A_DAY.saturating_sub(if counted { record.classic_count } else { 0 })
}

/// The leased row with the call that follows counted: a refresher that is killed has made it.
fn count_classic(terms: Terms, held: Record, now_ms: i64) -> Record {
    if terms != Terms::Classic {
        return held;
    }
    let so_far = CLASSIC_A_DAY.saturating_sub(classic_left(&held, now_ms));
    Record {
        classic_day: beijing::day(now_ms),
        classic_count: so_far.saturating_add(1),
        classic_at_ms: now_ms,
        ..held
    }
}

/// Counts a forced refresh in the leased row, before it is made.
///
/// # Errors
/// When WeChat allows none: the time, in milliseconds since 1970, from which it does.
pub fn force(held: &Record, now_ms: i64) -> Result<Record, i64> {
    if let Some(until_ms) = force_opens_at(held, now_ms) {
        return Err(until_ms);
    }
    let so_far = FORCED_A_DAY.saturating_sub(forced_left(held, now_ms));
    Ok(Record {
        forced_day: beijing::day(now_ms),
        forced_count: so_far.saturating_add(1),
        forced_at_ms: now_ms,
        ..next_version(held, held.writer.as_deref().unwrap_or_default())
    })
}

/// How many forced refreshes WeChat still allows today.
pub fn forced_left(record: &Record, now_ms: i64) -> u32 {
    let counted = record.forced_day == beijing::day(now_ms);
    FORCED_A_DAY.saturating_sub(if counted { record.forced_count } else { 0 })
}

/// When the next forced refresh is allowed, if not now.
fn force_opens_at(record: &Record, now_ms: i64) -> Option<i64> {
    let rested_at = record.forced_at_ms.saturating_add(FORCED_GAP_MS);
    if forced_left(record, now_ms) == 0 {
        return Some(beijing::midnight_after(record.forced_day));
    }
    (record.forced_at_ms > 0 && now_ms < rested_at).then_some(rested_at)
}

/// The leased row after a call of `cgi-bin/token` that made no token: it does not count.
pub fn uncount_classic(held: &Record) -> Record {
    Record {
        classic_count: held.classic_count.saturating_sub(1),
        ..held.clone()
    }
}

/// What WeChat gave.
#[derive(Debug, Clone)]
pub struct Grant {
    pub value: SecretString,
    /// Seconds it lives, counted from when it was asked for.
    pub expires_in_s: u32,
    /// When it was asked for, in milliseconds since 1970.
    pub asked_ms: i64,
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
    let life_ms = i64::from(grant.expires_in_s).saturating_mul(1_000);
    let expires_at_ms = grant.asked_ms.saturating_add(life_ms);
    let given_back = Record {
        expires_at_ms,
        fetched_at_ms: grant.asked_ms,
        failure: None,
        failure_detail: None,
        retry_at_ms: 0,
        ..free(held)
    };
    if held.holds(grant.value.expose_secret()) {
        return given_back;
    }
    let overlap_ms = if grant.forced { 0 } else { OVERLAP_MS };
    Record {
        previous: held.value.clone(),
        previous_valid_until: held
            .expires_at_ms
            .min(grant.asked_ms.saturating_add(overlap_ms)),
        value: Some(grant.value.clone()),
        refused: None,
        since_ms: grant.asked_ms,
        ..given_back
    }
}

/// The leased row after a fetch that failed with that word and that sentence: no other one for
/// `pause_ms`.
pub fn release(held: &Record, failure: (&str, String), now_ms: i64, pause_ms: i64) -> Record {
    let (word, detail) = failure;
    Record {
        failure: Some(word.to_owned()),
        failure_detail: Some(detail),
        retry_at_ms: now_ms.saturating_add(pause_ms),
        ..free(held)
    }
}

fn free(held: &Record) -> Record {
    Record {
        lease_owner: None,
        lease_until: 0,
        ..next_version(held, held.writer.as_deref().unwrap_or_default())
    }
}

fn next_version(record: &Record, writer: &str) -> Record {
    Record {
        version: record.version.saturating_add(1),
        writer: Some(writer.to_owned()),
        ..record.clone()
    }
}

/// How long before its end the schedule replaces an account's access token: 200 to 270 s, its own
/// for each account, so that many accounts do not fetch in the same minute. Less than the 300 s
/// from which on `stable_token` gives a new one; more than the 120 s between two ticks.
pub fn margin_ms(app_id: &str) -> i64 {
    let hash = app_id
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    200_000 + i64::try_from(hash % 70_001).unwrap_or(0)
}

#[cfg(test)]
mod tests;
