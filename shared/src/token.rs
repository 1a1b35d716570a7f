//! When a token or ticket is fetched, and by whom.
//!
//! One row a token: its value, the value before it, and the lease of whoever is fetching the next.
//! `version` fences: a fetcher that comes back late finds another version and its write refused.
//! Nobody waits while a stored value still works.

use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};

/// How long a fetch may take before another function starts one, in milliseconds.
pub const LEASE_MS: i64 = 30_000;
/// How long a value works beside its successor, in milliseconds (protocol section 4).
pub const OVERLAP_MS: i64 = 300_000;
/// WeChat takes `force_refresh` this often a day …
pub const FORCED_A_DAY: u32 = 20;
/// … and not twice within this time, in milliseconds.
pub const FORCED_APART_MS: i64 = 30_000;
/// How long a failed fetch keeps others from trying, in milliseconds.
pub const AFTER_FAILURE_MS: i64 = 5_000;

/// Days begin at midnight in Beijing.
const BEIJING_MS: i64 = 8 * 3_600_000;
const DAY_MS: i64 = 86_400_000;

/// What a row of the table `tokens` holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The token of nearly every call.
    AccessToken,
    /// The ticket that signs pages using the JS-SDK.
    JsapiTicket,
    /// The ticket that signs cards.
    WxCardTicket,
}

impl Kind {
    /// The row's range key.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::JsapiTicket => "jsapi_ticket",
            Self::WxCardTicket => "wx_card_ticket",
        }
    }
}

/// A row of the table `tokens`. Times in milliseconds since 1970.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Row {
    /// The token in use.
    pub value: Option<String>,
    /// The one before it.
    pub previous: Option<String>,
    /// Until when the one before it works.
    pub previous_valid_until: i64,
    /// When `value` was fetched.
    pub issued_at_ms: i64,
    /// When it ends.
    pub expires_at_ms: i64,
    /// Counts the values there have been.
    pub version: u64,
    /// Who is fetching the next one.
    pub lease_owner: Option<String>,
    /// Until when.
    pub lease_until: i64,
    /// Until when nobody tries again after a failure.
    pub retry_at_ms: i64,
    /// What failed, in one word.
    pub failure: Option<String>,
    /// The last `force_refresh`.
    pub forced_at_ms: i64,
    /// How many there were that day.
    pub forced_count: u32,
}

/// Values are secrets: only what tells rows apart is shown.
impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Row")
            .field("version", &self.version)
            .field("expires_at_ms", &self.expires_at_ms)
            .field("lease_owner", &self.lease_owner)
            .field("lease_until", &self.lease_until)
            .field("failure", &self.failure)
            .finish_non_exhaustive()
    }
}

/// Why somebody asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need<'a> {
    /// A value that works; a fetch only where there is none.
    Working,
    /// A value that will work for a while: fetched again inside the margin before its end.
    Fresh,
    /// Another value than this one, which WeChat refused.
    InsteadOf(&'a str),
}

/// What to do about a need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The stored value is the answer.
    Use,
    /// Take the lease and fetch.
    Fetch,
    /// Somebody is fetching, or has just failed: look again soon.
    Wait,
}

/// Decides by the row as it stands at `now_ms`; `margin_ms` as [`margin_ms`] gives it.
pub fn next_step(row: &Row, need: Need<'_>, now_ms: i64, margin_ms: i64) -> Step {
    let works = row.works(now_ms);
    let enough = match need {
        Need::Working => works,
        Need::Fresh => works && row.left_ms(now_ms) > row.margin(margin_ms),
        Need::InsteadOf(refused) => works && row.value.as_deref() != Some(refused),
    };
    let busy = row.lease_until > now_ms || row.retry_at_ms > now_ms;
    match (enough, busy, need) {
        (true, _, _) => Step::Use,
        (false, true, Need::Fresh) if works => Step::Use,
        (false, true, _) => Step::Wait,
        (false, false, _) => Step::Fetch,
    }
}

impl Row {
    /// Whether the stored value works at `now_ms`.
    pub fn works(&self, now_ms: i64) -> bool {
        self.value.is_some() && now_ms < self.expires_at_ms
    }

    /// How long it will, in milliseconds.
    pub fn left_ms(&self, now_ms: i64) -> i64 {
        self.expires_at_ms.saturating_sub(now_ms).max(0)
    }

    /// `force_refresh` calls WeChat will still take today.
    pub fn forced_left(&self, now_ms: i64) -> u32 {
        let today = beijing_day(now_ms) == beijing_day(self.forced_at_ms);
        FORCED_A_DAY.saturating_sub(if today { self.forced_count } else { 0 })
    }

    /// Whether WeChat would take a `force_refresh` now.
    pub fn may_force(&self, now_ms: i64) -> bool {
        let apart = now_ms.saturating_sub(self.forced_at_ms) >= FORCED_APART_MS;
        apart && self.forced_left(now_ms) > 0
    }

    /// The count to write for a `force_refresh` at `now_ms`.
    pub fn forced_count_at(&self, now_ms: i64) -> u32 {
        FORCED_A_DAY.saturating_sub(self.forced_left(now_ms)) + 1
    }

    /// The value that was stored and works beside `value` for a while, once `value` takes its place.
    pub fn superseded_by(&self, value: &str, now_ms: i64) -> Option<(&str, i64)> {
        let old = self
            .value
            .as_deref()
            .filter(|old| *old != value && self.works(now_ms))?;
        Some((
            old,
            self.expires_at_ms.min(now_ms.saturating_add(OVERLAP_MS)),
        ))
    }

    /// A short-lived value is renewed half-way, whatever the margin.
    fn margin(&self, margin_ms: i64) -> i64 {
        margin_ms.min(self.expires_at_ms.saturating_sub(self.issued_at_ms) / 2)
    }
}

/// How long before its end a value is fetched again: 200 to 270 s, by the app id, so that many
/// accounts do not call at once. Under the 300 s in which `stable_token` gives a new one, and over
/// the 120 s between two ticks of the schedule.
pub fn margin_ms(app_id: &str) -> i64 {
    let digest = Sha1::digest(app_id);
    let spread = digest
        .first_chunk::<2>()
        .map_or(0, |two| i64::from(u16::from_be_bytes(*two)));
    200_000 + spread * 70_000 / 65_536
}

fn beijing_day(at_ms: i64) -> i64 {
    at_ms.saturating_add(BEIJING_MS).div_euclid(DAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARGIN: i64 = 250_000;

    fn row() -> Row {
        Row {
            value: Some("now".into()),
            issued_at_ms: 0,
            expires_at_ms: 7_200_000,
            version: 3,
            ..Row::default()
        }
    }

    fn leased(until: i64) -> Row {
        Row {
            lease_owner: Some("other".into()),
            lease_until: until,
            ..row()
        }
    }

    #[test]
    fn nobody_waits_while_the_stored_value_works() {
        let in_margin = 7_000_000;
        assert_eq!(
            next_step(&row(), Need::Working, in_margin, MARGIN),
            Step::Use
        );
        assert_eq!(next_step(&row(), Need::Fresh, 6_900_000, MARGIN), Step::Use);
        assert_eq!(
            next_step(&row(), Need::Fresh, in_margin, MARGIN),
            Step::Fetch
        );
        let busy = leased(in_margin + 1);
        assert_eq!(next_step(&busy, Need::Fresh, in_margin, MARGIN), Step::Use);
        assert_eq!(
            next_step(&busy, Need::Working, 7_200_000, MARGIN),
            Step::Fetch,
            "the lease is over too"
        );
        assert_eq!(
            next_step(&leased(7_300_000), Need::Working, 7_200_000, MARGIN),
            Step::Wait
        );
        assert_eq!(
            next_step(&Row::default(), Need::Working, 1, MARGIN),
            Step::Fetch
        );
    }

    #[test]
    fn a_refused_value_is_replaced_once() {
        assert_eq!(
            next_step(&row(), Need::InsteadOf("now"), 1_000, MARGIN),
            Step::Fetch
        );
        assert_eq!(
            next_step(&row(), Need::InsteadOf("older"), 1_000, MARGIN),
            Step::Use
        );
        assert_eq!(
            next_step(&leased(2_000), Need::InsteadOf("now"), 1_000, MARGIN),
            Step::Wait
        );
    }

    #[test]
    fn a_failure_keeps_everybody_from_trying_at_once() {
        let failed = Row {
            retry_at_ms: 6_000,
            ..row()
        };
        assert_eq!(
            next_step(&failed, Need::InsteadOf("now"), 5_999, MARGIN),
            Step::Wait
        );
        assert_eq!(
            next_step(&failed, Need::InsteadOf("now"), 6_000, MARGIN),
            Step::Fetch
        );
        assert_eq!(next_step(&failed, Need::Working, 1_000, MARGIN), Step::Use);
    }

    #[test]
    fn short_lives_are_renewed_half_way() {
        let short = Row {
            expires_at_ms: 20_000,
            ..row()
        };
        assert_eq!(next_step(&short, Need::Fresh, 9_999, MARGIN), Step::Use);
        assert_eq!(next_step(&short, Need::Fresh, 10_000, MARGIN), Step::Fetch);
    }

    #[test]
    fn forced_refreshes_are_counted_by_the_beijing_day() {
        let midnight = 16 * 3_600_000;
        let forced = Row {
            forced_at_ms: midnight - 60_000,
            forced_count: 20,
            ..row()
        };
        assert_eq!(forced.forced_left(midnight - 1), 0);
        assert!(!forced.may_force(midnight - 1));
        assert_eq!(forced.forced_left(midnight), 20);
        assert!(forced.may_force(midnight));
        assert_eq!(
            (
                forced.forced_count_at(midnight),
                Row::default().forced_count_at(0)
            ),
            (1, 1)
        );
        let just_now = Row {
            forced_at_ms: midnight,
            forced_count: 1,
            ..row()
        };
        assert!(!just_now.may_force(midnight + 29_999));
        assert!(just_now.may_force(midnight + 30_000));
        assert_eq!(just_now.forced_count_at(midnight + 30_000), 2);
    }

    #[test]
    fn the_former_value_lives_on_for_the_overlap_and_not_past_its_end() {
        assert_eq!(row().superseded_by("next", 1_000), Some(("now", 301_000)));
        assert_eq!(
            row().superseded_by("next", 7_100_000),
            Some(("now", 7_200_000))
        );
        assert_eq!(row().superseded_by("now", 1_000), None);
        assert_eq!(row().superseded_by("next", 7_200_000), None);
    }

    #[test]
    fn margins_are_spread_inside_their_bounds() {
        let margins: Vec<i64> = (0..500).map(|n| margin_ms(&format!("wx{n}"))).collect();
        assert!(
            margins
                .iter()
                .all(|margin| (200_000..270_000).contains(margin))
        );
        assert!(
            margins
                .iter()
                .collect::<std::collections::BTreeSet<_>>()
                .len()
                > 300
        );
    }

    #[test]
    fn clocks_two_minutes_apart_never_leave_a_gap() {
        let margin = margin_ms("wx5f2c8a1d9e3b7046");
        for skew in [-120_000, 0, 120_000] {
            let mut tick = 0;
            let fetched = loop {
                tick += 120_000;
                if next_step(&row(), Need::Fresh, tick + skew, margin) == Step::Fetch {
                    break tick;
                }
            };
            assert!(fetched < 7_200_000, "skew {skew}: fetched at {fetched}");
        }
    }
}
