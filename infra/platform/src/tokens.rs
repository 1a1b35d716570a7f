//! What an account's access tokens and tickets do over time (protocol section 4), as pure decisions.

use crate::clock::beijing_day;
use std::collections::VecDeque;

/// `force_refresh` works at most this often a Beijing day.
pub(crate) const FORCED_A_DAY: u32 = 20;
/// `force_refresh` works again after this many milliseconds.
pub(crate) const FORCED_GAP_MS: i64 = 30_000;
/// Tokens remembered after their end, so that a late user is told how they ended.
const REMEMBERED: usize = 4_096;

/// How long things live on one account.
#[derive(Clone, Copy)]
pub(crate) struct Lifetimes {
    /// Life of an access token in milliseconds.
    pub(crate) token_ms: i64,
    /// How long the former token works beside a new one, in milliseconds.
    pub(crate) overlap_ms: i64,
}

/// Which endpoint gave a token out; the two kinds do not touch each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Series {
    Classic,
    Stable,
}

/// What a presented token is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Valid,
    /// Its time ran out: 42001.
    Expired,
    /// A newer one or a revocation ended it: 40001.
    Superseded,
}

/// A token given to a caller and the seconds it has left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Granted {
    pub(crate) value: String,
    pub(crate) expires_in_s: i64,
}

/// Every token of one account.
#[derive(Default)]
pub(crate) struct Ledger {
    issued: VecDeque<Issued>,
    forced_day: i64,
    forced_count: u32,
    forced_at_ms: Option<i64>,
}

struct Issued {
    series: Series,
    value: String,
    expires_ms: i64,
    /// When a newer token or a revocation ends it, if one does.
    superseded_ms: Option<i64>,
}

impl Issued {
    fn standing(&self, now_ms: i64) -> Standing {
        match self.superseded_ms {
            Some(end) if now_ms >= end => Standing::Superseded,
            Some(_) => Standing::Valid,
            None if now_ms >= self.expires_ms => Standing::Expired,
            None => Standing::Valid,
        }
    }

    fn grant(&self, now_ms: i64) -> Granted {
        Granted {
            value: self.value.clone(),
            expires_in_s: (self.expires_ms - now_ms) / 1_000,
        }
    }
}

impl Ledger {
    /// The standing of a token; none when this account never gave it out.
    pub(crate) fn standing(&self, token: &str, now_ms: i64) -> Option<Standing> {
        let issued = self
            .issued
            .iter()
            .rev()
            .find(|issued| issued.value == token)?;
        Some(issued.standing(now_ms))
    }

    /// `GET /cgi-bin/token`: always a new token; the former one works for the overlap.
    pub(crate) fn fetch_classic(
        &mut self,
        value: String,
        lives: Lifetimes,
        now_ms: i64,
    ) -> Granted {
        self.issue(Series::Classic, value, lives, lives.overlap_ms, now_ms)
    }

    /// `POST /cgi-bin/stable_token` in normal mode: the same token until the overlap before its end.
    pub(crate) fn fetch_stable(&mut self, value: String, lives: Lifetimes, now_ms: i64) -> Granted {
        match self.current(Series::Stable) {
            Some(current) if current.expires_ms - now_ms > lives.overlap_ms => {
                current.grant(now_ms)
            }
            _ => self.issue(Series::Stable, value, lives, lives.overlap_ms, now_ms),
        }
    }

    /// `force_refresh`: a new token at once and the old one void, as far as the allowance goes.
    pub(crate) fn force_stable(&mut self, value: String, lives: Lifetimes, now_ms: i64) -> Granted {
        if !self.may_force(now_ms) {
            return self.fetch_stable(value, lives, now_ms);
        }
        self.forced_count += 1;
        self.forced_at_ms = Some(now_ms);
        self.issue(Series::Stable, value, lives, 0, now_ms)
    }

    /// Ends every living token at once, as when the secret is reset.
    pub(crate) fn revoke(&mut self, now_ms: i64) {
        let living = self
            .issued
            .iter_mut()
            .filter(|issued| issued.standing(now_ms) == Standing::Valid);
        living.for_each(|issued| issued.superseded_ms = Some(now_ms));
    }

    fn may_force(&mut self, now_ms: i64) -> bool {
        let today = beijing_day(now_ms);
        if self.forced_day != today {
            (self.forced_day, self.forced_count) = (today, 0);
        }
        let rested = self
            .forced_at_ms
            .is_none_or(|at| now_ms - at >= FORCED_GAP_MS);
        rested && self.forced_count < FORCED_A_DAY
    }

    fn current(&self, series: Series) -> Option<&Issued> {
        let newest = self
            .issued
            .iter()
            .rev()
            .find(|issued| issued.series == series)?;
        newest.superseded_ms.is_none().then_some(newest)
    }

    fn issue(
        &mut self,
        series: Series,
        value: String,
        lives: Lifetimes,
        grace_ms: i64,
        now_ms: i64,
    ) -> Granted {
        let former = self
            .issued
            .iter_mut()
            .rev()
            .find(|issued| issued.series == series);
        if let Some(former) = former.filter(|former| former.standing(now_ms) == Standing::Valid) {
            former.superseded_ms = Some(now_ms + grace_ms);
        }
        let issued = Issued {
            series,
            value,
            expires_ms: now_ms + lives.token_ms,
            superseded_ms: None,
        };
        let granted = issued.grant(now_ms);
        self.issued.push_back(issued);
        if self.issued.len() > REMEMBERED {
            self.issued.pop_front();
        }
        granted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIVES: Lifetimes = Lifetimes {
        token_ms: 7_200_000,
        overlap_ms: 300_000,
    };

    fn classic(ledger: &mut Ledger, value: &str, at: i64) -> Granted {
        ledger.fetch_classic(value.to_owned(), LIVES, at)
    }

    fn stable(ledger: &mut Ledger, value: &str, at: i64) -> Granted {
        ledger.fetch_stable(value.to_owned(), LIVES, at)
    }

    #[test]
    fn a_classic_fetch_ends_the_former_token_after_the_overlap() {
        let mut ledger = Ledger::default();
        assert_eq!(classic(&mut ledger, "a", 0).expires_in_s, 7200);
        classic(&mut ledger, "b", 1_000);
        assert_eq!(ledger.standing("a", 300_999), Some(Standing::Valid));
        assert_eq!(ledger.standing("a", 301_000), Some(Standing::Superseded));
        assert_eq!(ledger.standing("b", 7_200_999), Some(Standing::Valid));
        assert_eq!(ledger.standing("b", 7_201_000), Some(Standing::Expired));
        assert_eq!(ledger.standing("c", 0), None);
    }

    #[test]
    fn the_stable_token_stays_until_its_last_five_minutes() {
        let mut ledger = Ledger::default();
        stable(&mut ledger, "a", 0);
        let again = stable(&mut ledger, "b", 6_899_999);
        assert_eq!((again.value.as_str(), again.expires_in_s), ("a", 300));
        assert_eq!(stable(&mut ledger, "c", 6_900_000).value, "c");
        assert_eq!(ledger.standing("a", 7_199_999), Some(Standing::Valid));
        assert_eq!(ledger.standing("a", 7_200_000), Some(Standing::Superseded));
        assert_eq!(stable(&mut ledger, "d", 7_000_000).value, "c");
    }

    #[test]
    fn classic_and_stable_do_not_touch_each_other() {
        let mut ledger = Ledger::default();
        stable(&mut ledger, "s", 0);
        classic(&mut ledger, "a", 0);
        classic(&mut ledger, "b", 0);
        assert_eq!(ledger.standing("s", 400_000), Some(Standing::Valid));
        assert_eq!(stable(&mut ledger, "t", 400_000).value, "s");
    }

    #[test]
    fn force_refresh_has_a_gap_and_a_daily_allowance() {
        let mut ledger = Ledger::default();
        let mut force =
            |value: &str, at: i64| ledger.force_stable(value.to_owned(), LIVES, at).value;
        assert_eq!(force("f0", 0), "f0");
        assert_eq!(force("f1", 29_999), "f0");
        for n in 1..20 {
            assert_eq!(force(&format!("g{n}"), n * 30_000), format!("g{n}"));
        }
        assert_eq!(force("h", 20 * 30_000), "g19");
        assert_eq!(force("next day", 86_400_000), "next day");
        assert_eq!(ledger.standing("f0", 30_000), Some(Standing::Superseded));
    }

    #[test]
    fn a_revoked_token_is_replaced_by_the_next_fetch() {
        let mut ledger = Ledger::default();
        stable(&mut ledger, "a", 0);
        ledger.revoke(1);
        assert_eq!(ledger.standing("a", 1), Some(Standing::Superseded));
        assert_eq!(stable(&mut ledger, "b", 2).value, "b");
    }
}
