//! Guards: how often an account may call, and how often it may send to all followers.

use crate::{
    account::{Kind, MassLimits},
    beijing,
};
use jiff::{Timestamp, ToSpan as _, tz::Offset};
use serde::{Deserialize, Serialize};

/// What an account used up. One row an account.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Quota {
    /// The day in Beijing that is counted.
    pub day: i64,
    /// Calls in it.
    pub calls: u32,
    /// The minute that is counted.
    pub minute: i64,
    /// Calls in it.
    pub calls_in_minute: u32,
    /// When the period began in which sends to all are counted, in milliseconds since 1970: a day
    /// for a subscription account, a month for a service account.
    pub period_ms: i64,
    /// Sends to all in it.
    pub to_all: u32,
    /// Who wrote last: two that count the same call at once are told apart.
    pub writer: String,
    /// Counts the writes of the row.
    pub version: u64,
}

/// A guard that is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    /// Which one: `minute`, `day` or `to_all`.
    pub guard: &'static str,
    /// When it opens, in milliseconds since 1970.
    pub opens_ms: i64,
}

impl Quota {
    /// Counts one call; `to_all` when it is the first of a send to all followers.
    ///
    /// # Errors
    /// The guard that is closed; nothing is counted.
    pub fn spent(
        &self,
        limits: &MassLimits,
        kind: Kind,
        to_all: bool,
        now_ms: i64,
    ) -> Result<Self, Closed> {
        let mut next = self.at(kind, now_ms);
        let closed = |guard, opens_ms| Closed { guard, opens_ms };
        if to_all && next.to_all >= limits.to_all.unwrap_or(default_to_all(kind)) {
            return Err(closed("to_all", period(kind, now_ms).1));
        }
        if next.calls >= limits.calls_per_day {
            return Err(closed("day", beijing::midnight_after(next.day)));
        }
        if next.calls_in_minute >= limits.calls_per_minute {
            let opens_ms = next.minute.saturating_add(1).saturating_mul(60_000);
            return Err(closed("minute", opens_ms));
        }
        next.calls = next.calls.saturating_add(1);
        next.calls_in_minute = next.calls_in_minute.saturating_add(1);
        next.to_all = next.to_all.saturating_add(u32::from(to_all));
        next.version = next.version.saturating_add(1);
        Ok(next)
    }

    /// A send to all came to nothing.
    #[must_use]
    pub fn given_back(&self) -> Self {
        Self {
            to_all: self.to_all.saturating_sub(1),
            version: self.version.saturating_add(1),
            ..self.clone()
        }
    }

    /// Calls left today.
    pub fn left(&self, limits: &MassLimits, now_ms: i64) -> u32 {
        let calls = if self.day == beijing::day(now_ms) {
            self.calls
        } else {
            0
        };
        limits.calls_per_day.saturating_sub(calls)
    }

    /// The counters of that moment.
    fn at(&self, kind: Kind, now_ms: i64) -> Self {
        let (day, minute) = (beijing::day(now_ms), now_ms.div_euclid(60_000));
        let (period_ms, _) = period(kind, now_ms);
        let kept = |same: bool, count| if same { count } else { 0 };
        Self {
            day,
            calls: kept(self.day == day, self.calls),
            minute,
            calls_in_minute: kept(self.minute == minute, self.calls_in_minute),
            period_ms,
            to_all: kept(self.period_ms == period_ms, self.to_all),
            writer: self.writer.clone(),
            version: self.version,
        }
    }
}

/// One a day, or four a month (protocol section 6).
fn default_to_all(kind: Kind) -> u32 {
    match kind {
        Kind::Subscription => 1,
        Kind::Service => 4,
    }
}

/// When the period of sends to all began and when the next one begins, by Beijing's calendar.
fn period(kind: Kind, now_ms: i64) -> (i64, i64) {
    let day = beijing::day(now_ms);
    let midnight = beijing::midnight_after(day.saturating_sub(1));
    if kind == Kind::Subscription {
        return (midnight, beijing::midnight_after(day));
    }
    let zone = Offset::constant(8).to_time_zone();
    let now = Timestamp::from_millisecond(now_ms).unwrap_or_default();
    let first = now.to_zoned(zone).first_of_month();
    let month = first
        .and_then(|first| first.start_of_day())
        .and_then(|first| {
            let next = first.checked_add(1.month())?;
            Ok((
                first.timestamp().as_millisecond(),
                next.timestamp().as_millisecond(),
            ))
        });
    month.unwrap_or((midnight, beijing::midnight_after(day)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn sixty_calls_a_minute_and_a_hundred_a_day() {
        let limits = MassLimits::default();
        let now = at("2027-01-15T12:00:00+08:00");
        let mut quota = Quota::default();
        let mut spend = |now| {
            let next = quota.spent(&limits, Kind::Service, false, now);
            next.map(|next| quota = next)
                .map_err(|closed| (closed.guard, closed.opens_ms))
        };
        for _ in 0..60 {
            spend(now).unwrap();
        }
        assert_eq!(spend(now + 1), Err(("minute", now + 60_000)));
        for _ in 0..40 {
            spend(now + 60_000).unwrap();
        }
        assert_eq!(spend(now + 60_001), Err(("day", now + DAY / 2)));
        spend(now + DAY / 2).unwrap();
        assert_eq!(quota.left(&limits, now + DAY / 2), 99);
        assert_eq!(quota.left(&limits, now + 2 * DAY), 100);
    }

    #[test]
    fn to_all_goes_once_a_day_or_four_times_a_month() {
        let limits = MassLimits::default();
        let now = at("2027-01-31T23:30:00+08:00");
        let quota = Quota::default();
        let one = quota.spent(&limits, Kind::Subscription, true, now).unwrap();
        let closed = one
            .spent(&limits, Kind::Subscription, true, now)
            .unwrap_err();
        assert_eq!(closed.opens_ms, at("2027-02-01T00:00:00+08:00"));
        let mut quota = Quota::default();
        for _ in 0..4 {
            quota = quota
                .spent(&limits, Kind::Service, true, now - 5 * DAY)
                .unwrap();
        }
        let closed = quota.spent(&limits, Kind::Service, true, now).unwrap_err();
        assert_eq!(
            (closed.guard, closed.opens_ms),
            ("to_all", at("2027-02-01T00:00:00+08:00"))
        );
        let given_back = quota.given_back();
        assert!(given_back.spent(&limits, Kind::Service, true, now).is_ok());
        assert!(quota.spent(&limits, Kind::Service, false, now).is_ok());
        assert!(
            quota
                .spent(&limits, Kind::Service, true, closed.opens_ms)
                .is_ok()
        );
    }
}
