//! Guards: how often an account may call, and how often it may send to all followers.

use crate::{
    account::{Kind, MassLimits},
    beijing,
    time::Timestamp,
};
use jiff::{ToSpan as _, Zoned, tz::Offset};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

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
    /// When the period began in which sends to all are counted: a day
    /// for a subscription account, a month for a service account.
    #[serde(rename = "period_ms")]
    pub period: Timestamp,
    /// Sends to all in it.
    pub to_all: u32,
    /// The `clientmsgid` of each of them: one that is counted again is counted once. Those of
    /// the version before had none written down.
    pub to_all_ids: BTreeSet<String>,
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
    /// When it opens.
    pub opens: Timestamp,
}

/// A send to all followers, as it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToAll<'a> {
    /// Its `clientmsgid`; none yet where it is only asked whether one more may go.
    pub id: Option<&'a str>,
    /// Whether it was called before: then it may be one of those without an id.
    pub called: bool,
}

impl Quota {
    /// Counts one call, and the send to all that it is for, once.
    ///
    /// # Errors
    /// The guard that is closed; nothing is counted.
    pub fn spent(
        &self,
        limits: &MassLimits,
        kind: Kind,
        to_all: Option<ToAll<'_>>,
        now: Timestamp,
    ) -> Result<Self, Closed> {
        let mut next = self.at(kind, now);
        let closed = |guard, opens| Closed { guard, opens };
        if let Some(to_all) = to_all
            && !next.counts(to_all)
        {
            if next.to_all >= limits.to_all.unwrap_or(default_to_all(kind)) {
                return Err(closed("to_all", period(kind, now).1));
            }
            next.to_all += 1;
        }
        if next.calls >= limits.calls_per_day {
            return Err(closed("day", beijing::midnight_after(next.day)));
        }
        if next.calls_in_minute >= limits.calls_per_minute {
            let opens = Timestamp::from_secs((next.minute + 1) * 60);
            return Err(closed("minute", opens));
        }
        let id = to_all.and_then(|to_all| to_all.id);
        next.to_all_ids.extend(id.map(str::to_owned));
        next.calls += 1;
        next.calls_in_minute += 1;
        next.version += 1;
        Ok(next)
    }

    fn counts(&self, to_all: ToAll<'_>) -> bool {
        let named = u32::try_from(self.to_all_ids.len()).unwrap_or(u32::MAX);
        let known = to_all.id.is_some_and(|id| self.to_all_ids.contains(id));
        known || (to_all.called && named < self.to_all)
    }

    /// A send to all came to nothing; `None` when it is not counted, or no more.
    pub fn given_back(&self, id: &str) -> Option<Self> {
        let mut next = self.clone();
        next.to_all_ids.remove(id).then(|| Self {
            to_all: self.to_all.max(1) - 1,
            version: self.version + 1,
            ..next
        })
    }

    /// So many sends to all count in this period, those in WeChat's console with ours; fewer than ours
    /// cannot be.
    #[must_use]
    pub fn told(&self, kind: Kind, to_all: u32, now: Timestamp) -> Self {
        let next = self.at(kind, now);
        let ours = u32::try_from(next.to_all_ids.len()).unwrap_or(u32::MAX);
        Self {
            to_all: to_all.max(ours),
            version: self.version + 1,
            ..next
        }
    }

    /// Sends to all of this period so far, how many there may be, and when the next period begins.
    pub fn sends_to_all(
        &self,
        limits: &MassLimits,
        kind: Kind,
        now: Timestamp,
    ) -> (u32, u32, Timestamp) {
        let most = limits.to_all.unwrap_or(default_to_all(kind));
        (self.at(kind, now).to_all, most, period(kind, now).1)
    }

    /// Calls left today.
    pub fn left(&self, limits: &MassLimits, now: Timestamp) -> u32 {
        let calls = kept(self.day == beijing::day(now), self.calls);
        limits.calls_per_day.max(calls) - calls
    }

    /// The counters of that moment.
    fn at(&self, kind: Kind, now: Timestamp) -> Self {
        let (day, minute) = (beijing::day(now), now.as_secs().div_euclid(60));
        let (period, _) = period(kind, now);
        let same_period = self.period == period;
        Self {
            day,
            calls: kept(self.day == day, self.calls),
            minute,
            calls_in_minute: kept(self.minute == minute, self.calls_in_minute),
            period,
            to_all: kept(same_period, self.to_all),
            to_all_ids: kept(same_period, self.to_all_ids.clone()),
            writer: self.writer.clone(),
            version: self.version,
        }
    }
}

/// What was counted, while what it is counted in is the same.
fn kept<T: Default>(same: bool, counted: T) -> T {
    match same {
        true => counted,
        false => T::default(),
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
fn period(kind: Kind, now: Timestamp) -> (Timestamp, Timestamp) {
    let day = beijing::day(now);
    let midnight = beijing::midnight_after(day - 1);
    if kind == Kind::Subscription {
        return (midnight, beijing::midnight_after(day));
    }
    let zone = Offset::constant(8).to_time_zone();
    let now = jiff::Timestamp::from_millisecond(now.as_millis()).unwrap_or_default();
    let moment = |at: &Zoned| Timestamp::from_millis(at.timestamp().as_millisecond());
    let first = now.to_zoned(zone).first_of_month();
    let first = first.and_then(|first| first.start_of_day());
    let month = first.and_then(|first| {
        let next = first.checked_add(1.month())?;
        Ok((moment(&first), moment(&next)))
    });
    month.unwrap_or((midnight, beijing::midnight_after(day)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::ms;
    use std::time::Duration;

    const DAY: Duration = Duration::from_secs(86_400);

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn sixty_calls_a_minute_and_a_hundred_a_day() {
        let limits = MassLimits::default();
        let now = at("2027-01-15T12:00:00+08:00");
        let mut quota = Quota::default();
        let mut spend = |now| {
            let next = quota.spent(&limits, Kind::Service, None, now);
            next.map(|next| quota = next)
                .map_err(|closed| (closed.guard, closed.opens))
        };
        for _ in 0..60 {
            spend(now).unwrap();
        }
        assert_eq!(spend(now + ms(1)), Err(("minute", now + ms(60_000))));
        for _ in 0..40 {
            spend(now + ms(60_000)).unwrap();
        }
        assert_eq!(spend(now + ms(60_001)), Err(("day", now + DAY / 2)));
        spend(now + DAY / 2).unwrap();
        assert_eq!(quota.left(&limits, now + DAY / 2), 99);
        assert_eq!(quota.left(&limits, now + 2 * DAY), 100);
    }

    fn send(id: &str) -> Option<ToAll<'_>> {
        Some(ToAll {
            id: Some(id),
            called: false,
        })
    }

    #[test]
    fn to_all_goes_once_a_day_or_four_times_a_month() {
        let limits = MassLimits::default();
        let now = at("2027-01-31T23:30:00+08:00");
        let quota = Quota::default();
        let spent = |quota: &Quota, kind, id, now| quota.spent(&limits, kind, send(id), now);
        let one = spent(&quota, Kind::Subscription, "a", now).unwrap();
        let closed = spent(&one, Kind::Subscription, "b", now).unwrap_err();
        assert_eq!(closed.opens, at("2027-02-01T00:00:00+08:00"));
        let mut quota = Quota::default();
        for id in ["a", "b", "c", "d"] {
            quota = spent(&quota, Kind::Service, id, now - 5 * DAY).unwrap();
        }
        let closed = spent(&quota, Kind::Service, "e", now).unwrap_err();
        assert_eq!(
            (closed.guard, closed.opens),
            ("to_all", at("2027-02-01T00:00:00+08:00"))
        );
        assert!(quota.spent(&limits, Kind::Service, None, now).is_ok());
        assert!(spent(&quota, Kind::Service, "e", closed.opens).is_ok());
    }

    #[test]
    fn an_allowance_is_spent_and_given_back_once_by_its_id() {
        let limits = MassLimits::default();
        let now = at("2027-01-15T12:00:00+08:00");
        let kind = Kind::Subscription;
        let once = Quota::default();
        let once = once.spent(&limits, kind, send("a"), now).unwrap();
        let twice = once.spent(&limits, kind, send("a"), now + ms(1)).unwrap();
        assert_eq!((twice.to_all, twice.calls), (1, 2));
        assert!(twice.spent(&limits, kind, send("b"), now + ms(2)).is_err());
        assert_eq!(twice.given_back("b"), None);
        let back = twice.given_back("a").unwrap();
        assert_eq!((back.to_all, back.given_back("a")), (0, None));
        assert!(back.spent(&limits, kind, send("b"), now + ms(3)).is_ok());
    }

    #[test]
    fn a_send_that_the_version_before_counted_is_not_counted_again() {
        let limits = MassLimits::default();
        let now = at("2027-01-15T12:00:00+08:00");
        let kind = Kind::Subscription;
        let row = Quota::default();
        let mut row = serde_json::to_value(row.spent(&limits, kind, send("a"), now).unwrap());
        drop(
            row.as_mut()
                .unwrap()
                .as_object_mut()
                .unwrap()
                .remove("to_all_ids"),
        );
        let old: Quota = serde_json::from_value(row.unwrap()).unwrap();
        let called = Some(ToAll {
            id: Some("a"),
            called: true,
        });
        let next = old.spent(&limits, kind, called, now).unwrap();
        assert_eq!((next.to_all, next.to_all_ids.len()), (1, 1));
        assert!(old.spent(&limits, kind, send("b"), now).is_err());
        assert_eq!(next.given_back("a").unwrap().to_all, 0);
    }

    #[test]
    fn the_console_s_own_sends_can_be_told() {
        let (limits, kind) = (MassLimits::default(), Kind::Service);
        let now = at("2027-01-15T12:00:00+08:00");
        let one = Quota::default()
            .spent(&limits, kind, send("a"), now)
            .unwrap();
        let told = one.told(kind, 4, now);
        let next_month = at("2027-02-01T00:00:00+08:00");
        assert_eq!(told.sends_to_all(&limits, kind, now), (4, 4, next_month));
        assert!(told.spent(&limits, kind, send("b"), now).is_err());
        assert_eq!(told.told(kind, 0, now).to_all, 1, "ours is one of them");
        assert_eq!(told.sends_to_all(&limits, kind, next_month).0, 0);
    }
}
