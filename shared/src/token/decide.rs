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
        /// When the next fetch may be, in milliseconds since 1970.
        until_ms: i64,
    },
    /// A forced refresh was needed, and WeChat allows none before then.
    Spent {
        /// When the next may be, in milliseconds since 1970.
        until_ms: i64,
    },
    /// Write this row; who succeeds fetches.
    Lease(Box<Record>),
}

/// Decides what `me` does. `watched_ms` is how long `me` has seen this very version of the row: a
/// lease that did not move for its whole length is dead. No clock but the watcher's own counts, so
/// clocks may differ; after a crash somebody waits once for the length of a lease.
pub fn decide(
    record: &Record,
    now_ms: i64,
    me: &str,
    why: Why<'_>,
    margin_ms: i64,
    watched_ms: i64,
) -> Decision {
    let refused = matches!(why, Why::Refused(token) if record.holds(token.expose_secret()));
    let reserve_ms = match why {
        Why::Schedule => margin_ms,
        Why::Need | Why::Refused(_) => RESERVE_MS,
    };
    if !refused && record.current(now_ms, reserve_ms).is_some() {
        return Decision::Use;
    }
    let good = !refused && record.current(now_ms, RESERVE_MS).is_some();
    if is_leased(record, me) && watched_ms < LEASE_MS {
        let lapsed = matches!(why, Why::Schedule) && now_ms >= record.lease_until;
        return if good && !lapsed {
            Decision::Use
        } else {
            Decision::Wait
        };
    }
    if let Some(hindrance) = hindrance(record, now_ms, refused) {
        return if good { Decision::Use } else { hindrance };
    }
    Decision::Lease(Box::new(Record {
        lease_owner: Some(me.to_owned()),
        lease_until: now_ms.saturating_add(LEASE_MS),
        ..written(record, me)
    }))
}

fn is_leased(record: &Record, me: &str) -> bool {
    let owner = record.lease_owner.as_deref();
    owner.is_some_and(|owner| owner != me)
}

fn hindrance(record: &Record, now_ms: i64, refused: bool) -> Option<Decision> {
    let pause_ms = record.retry_at_ms.saturating_sub(now_ms);
    if let Some(failure) = &record.failure
        && (1..=LONGEST_PAUSE_MS).contains(&pause_ms)
    {
        return Some(Decision::Paused {
            failure: failure.clone(),
            until_ms: record.retry_at_ms,
        });
    }
    let rested = now_ms.saturating_sub(record.fetched_at_ms) >= FORCED_GAP_MS;
    match force_opens_at(record, now_ms) {
        Some(until_ms) if refused && !rested => Some(Decision::Spent { until_ms }),
        _ => None,
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
        ..written(held, held.writer.as_deref().unwrap_or_default())
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

/// What WeChat gave.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The token or ticket.
    pub value: SecretString,
    /// Seconds it lives, counted from when it was asked for.
    pub expires_in_s: u32,
    /// When it was asked for, in milliseconds since 1970.
    pub asked_ms: i64,
    /// Whether it was forced: then the former one is dead already.
    pub forced: bool,
}

/// The leased row with what was fetched, the lease given back.
pub fn publish(held: &Record, grant: &Grant) -> Record {
    let life_ms = i64::from(grant.expires_in_s).saturating_mul(1000);
    let expires_at_ms = grant.asked_ms.saturating_add(life_ms);
    let given_back = Record {
        expires_at_ms,
        fetched_at_ms: grant.asked_ms,
        failure: None,
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
        since_ms: grant.asked_ms,
        ..given_back
    }
}

/// The leased row after a fetch that failed: no other one for `pause_ms`.
pub fn release(held: &Record, failure: &str, now_ms: i64, pause_ms: i64) -> Record {
    Record {
        failure: Some(failure.to_owned()),
        retry_at_ms: now_ms.saturating_add(pause_ms),
        ..free(held)
    }
}

fn free(held: &Record) -> Record {
    Record {
        lease_owner: None,
        lease_until: 0,
        ..written(held, held.writer.as_deref().unwrap_or_default())
    }
}

fn written(record: &Record, writer: &str) -> Record {
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
