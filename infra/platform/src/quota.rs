//! How often an account called which path, and how often it may (protocol 7.7).

use crate::clock::{beijing_day, beijing_month};
use std::collections::BTreeMap;

/// Resets of counters a Beijing month: console, `clear_quota` and its v2 together.
pub(crate) const RESETS_A_MONTH: u32 = 10;
const DAILY_ELSEWHERE: u64 = 100_000;
const MINUTE_MS: i64 = 60_000;

/// Calls a day of a new account; a path that is not listed has `DAILY_ELSEWHERE`.
const DAILY: &[(&str, u64)] = &[
    ("/cgi-bin/token", 2_000),
    ("/cgi-bin/stable_token", 500_000),
    ("/cgi-bin/menu/create", 1_000),
    ("/cgi-bin/menu/get", 10_000),
    ("/cgi-bin/menu/delete", 1_000),
    ("/cgi-bin/menu/addconditional", 2_000),
    ("/cgi-bin/menu/delconditional", 2_000),
    ("/cgi-bin/menu/trymatch", 20_000),
    ("/cgi-bin/media/upload", 5_000),
    ("/cgi-bin/media/get", 10_000),
    ("/cgi-bin/media/uploadnews", 10),
    ("/cgi-bin/message/custom/send", 500_000),
    ("/cgi-bin/message/mass/sendall", 100),
    ("/cgi-bin/message/mass/send", 100),
    ("/cgi-bin/message/mass/delete", 10),
    ("/cgi-bin/message/mass/preview", 100),
    ("/cgi-bin/user/get", 500),
    ("/cgi-bin/user/info", 5_000_000),
];

/// Calls a minute; a path that is not listed has no such limit.
const MINUTE: &[(&str, u64)] = &[
    ("/cgi-bin/stable_token", 10_000),
    ("/cgi-bin/message/mass/sendall", 60),
    ("/cgi-bin/message/mass/send", 60),
];

/// Why a call is not counted but refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exhausted {
    Day,
    Minute,
}

/// The counters of one account.
#[derive(Default)]
pub(crate) struct Usage {
    paths: BTreeMap<String, Count>,
    daily_limits: BTreeMap<String, u64>,
    minute_limits: BTreeMap<String, u64>,
    resets_month: i64,
    resets: u32,
}

#[derive(Clone, Copy, Default)]
struct Count {
    day: i64,
    in_day: u64,
    minute: i64,
    in_minute: u64,
}

impl Count {
    fn at(self, now_ms: i64) -> Self {
        let (day, minute) = (beijing_day(now_ms), now_ms.div_euclid(MINUTE_MS));
        Self {
            day,
            in_day: if self.day == day { self.in_day } else { 0 },
            minute,
            in_minute: if self.minute == minute {
                self.in_minute
            } else {
                0
            },
        }
    }
}

impl Usage {
    /// Sets limits by path.
    pub(crate) fn limit(&mut self, daily: BTreeMap<String, u64>, minute: BTreeMap<String, u64>) {
        self.daily_limits.extend(daily);
        self.minute_limits.extend(minute);
    }

    /// Counts one call, unless a limit is reached.
    pub(crate) fn spend(&mut self, path: &str, now_ms: i64) -> Result<(), Exhausted> {
        let (daily, minute) = (self.daily_limit(path), self.minute_limit(path));
        let count = self.paths.entry(path.to_owned()).or_default();
        *count = count.at(now_ms);
        if minute.is_some_and(|limit| count.in_minute >= limit) {
            return Err(Exhausted::Minute);
        }
        if count.in_day >= daily {
            return Err(Exhausted::Day);
        }
        count.in_day += 1;
        count.in_minute += 1;
        Ok(())
    }

    /// Calls of a path today.
    pub(crate) fn used(&self, path: &str, now_ms: i64) -> u64 {
        self.paths
            .get(path)
            .map_or(0, |count| count.at(now_ms).in_day)
    }

    pub(crate) fn daily_limit(&self, path: &str) -> u64 {
        limit_of(&self.daily_limits, DAILY, path).unwrap_or(DAILY_ELSEWHERE)
    }

    pub(crate) fn minute_limit(&self, path: &str) -> Option<u64> {
        limit_of(&self.minute_limits, MINUTE, path)
    }

    /// Resets one path's counters or all; `false` when this month's resets are used up.
    pub(crate) fn reset(&mut self, path: Option<&str>, now_ms: i64) -> bool {
        let month = beijing_month(now_ms);
        if self.resets_month != month {
            (self.resets_month, self.resets) = (month, 0);
        }
        if self.resets >= RESETS_A_MONTH {
            return false;
        }
        self.resets += 1;
        match path {
            Some(path) => drop(self.paths.remove(path)),
            None => self.paths.clear(),
        }
        true
    }
}

fn limit_of(own: &BTreeMap<String, u64>, built_in: &[(&str, u64)], path: &str) -> Option<u64> {
    let listed = || {
        built_in
            .iter()
            .find(|(known, _)| *known == path)
            .map(|(_, limit)| *limit)
    };
    own.get(path).copied().or_else(listed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    #[test]
    fn a_day_ends_at_midnight_in_beijing() {
        let mut usage = Usage::default();
        usage.limit(BTreeMap::from([("/p".to_owned(), 2)]), BTreeMap::new());
        let before_midnight = 16 * 3_600_000 - 1;
        assert_eq!(usage.spend("/p", before_midnight), Ok(()));
        assert_eq!(usage.spend("/p", before_midnight), Ok(()));
        assert_eq!(usage.spend("/p", before_midnight), Err(Exhausted::Day));
        assert_eq!(usage.used("/p", before_midnight), 2);
        assert_eq!(usage.spend("/p", before_midnight + 1), Ok(()));
    }

    #[test]
    fn a_minute_is_its_own_limit() {
        let mut usage = Usage::default();
        usage.limit(BTreeMap::new(), BTreeMap::from([("/p".to_owned(), 1)]));
        assert_eq!(usage.spend("/p", 0), Ok(()));
        assert_eq!(usage.spend("/p", 59_999), Err(Exhausted::Minute));
        assert_eq!(usage.spend("/p", 60_000), Ok(()));
        assert_eq!(usage.spend("/cgi-bin/stable_token", 0), Ok(()));
    }

    #[test]
    fn ten_resets_a_month() {
        let mut usage = Usage::default();
        usage.limit(BTreeMap::from([("/p".to_owned(), 1)]), BTreeMap::new());
        for _ in 0..RESETS_A_MONTH {
            assert_eq!(usage.spend("/p", 0), Ok(()));
            assert!(usage.reset(None, 0));
        }
        assert!(!usage.reset(Some("/p"), 0));
        assert!(usage.reset(Some("/p"), 40 * DAY));
    }
}
