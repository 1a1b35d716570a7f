//! What a user said to a subscription template, and how often it may still be sent.

use super::{
    Failure,
    objection::{Objection, is_before},
};
use serde::{Deserialize, Serialize};

/// Events remembered, so that one that comes again changes nothing.
const REMEMBERED: usize = 32;

/// What is known about one user and one template. All times in milliseconds since 1970.
///
/// ```
/// use shared::sends::consent::{Change, Consent};
///
/// let accepted = Consent::default().after(Change::Accepted, "e1", 1_000).unwrap();
/// assert!(accepted.usable(false).is_ok());
/// assert_eq!(accepted.after(Change::Accepted, "e1", 1_000), None);
///
/// let sent = accepted.after(Change::Sent, "e2", 2_000).unwrap();
/// assert_eq!(sent.usable(false).unwrap_err().failure.errcode, Some(43_101));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Consent {
    /// Raised by one with every write.
    pub version: u64,
    /// When the user accepted last; 0 when that was never seen.
    pub accepted_ms: i64,
    /// When the user rejected last; 0 when never.
    pub rejected_ms: i64,
    /// When the last call began, or the last result came, in which WeChat said that the user does
    /// not take the template; 0 when never.
    pub refused_ms: i64,
    /// Acceptances not used up.
    pub credits: u32,
    /// The last events counted.
    pub seen: Vec<String>,
}

/// What changes a consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// `accept` in `subscribe_msg_popup_event`: one message more.
    Accepted,
    /// `reject` there or in `subscribe_msg_change_event`: none any more.
    Rejected,
    /// `subscribe_msg_sent_event` without an error: one message less.
    Sent,
    /// WeChat refused a send with 43101: what the user accepted before that is used up.
    Refused,
}

impl Consent {
    /// The consent after an event of that id; `None` when the event changes nothing.
    pub fn after(&self, change: Change, event_id: &str, at_ms: i64) -> Option<Self> {
        let late = match change {
            Change::Accepted => at_ms < self.rejected_ms || is_before(at_ms, self.refused_ms),
            Change::Rejected => at_ms < self.accepted_ms,
            Change::Refused => at_ms < self.refused_ms || !is_before(self.accepted_ms, at_ms),
            Change::Sent => false,
        };
        if late || self.seen.iter().any(|seen| seen == event_id) {
            return None;
        }
        let mut next = self.clone();
        match change {
            Change::Accepted => {
                next.accepted_ms = self.accepted_ms.max(at_ms);
                next.credits = self.credits.saturating_add(1);
            }
            Change::Rejected => {
                next.rejected_ms = at_ms;
                next.credits = 0;
            }
            Change::Refused => {
                next.refused_ms = at_ms;
                next.credits = 0;
            }
            Change::Sent => next.credits = self.credits.saturating_sub(1),
        }
        next.version = self.version.saturating_add(1);
        next.seen.push(event_id.to_owned());
        let surplus = next.seen.len().saturating_sub(REMEMBERED);
        next.seen.drain(..surplus);
        Some(next)
    }

    /// Whether a message may be tried: only after an acceptance that was seen. A long-term template
    /// is not used up by sending.
    ///
    /// # Errors
    /// The refusal WeChat would answer with, as far as is known.
    pub fn usable(&self, long_term: bool) -> Result<(), Objection> {
        let no_ms = self.rejected_ms.max(self.refused_ms);
        let proven_ms = if is_before(self.accepted_ms, no_ms) {
            no_ms
        } else {
            0
        };
        let refused = |why: &str| {
            Err(Objection {
                failure: Failure::new(Some(43_101), why, "refused"),
                proven_ms,
            })
        };
        if no_ms > 0 && no_ms >= self.accepted_ms {
            return refused("not sent: the user rejects this template, or has no acceptance left");
        }
        if self.accepted_ms == 0 {
            return refused(
                "not sent: no acceptance of this template by the user is known; force sends all the same",
            );
        }
        if self.credits == 0 && !long_term {
            return refused("not sent: every acceptance of this template is used up");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Change::{Accepted, Refused, Rejected, Sent};

    const MINUTE: i64 = 60_000;

    /// The consent after changes at those minutes.
    fn after(changes: &[(Change, i64)]) -> Consent {
        let mut consent = Consent::default();
        for (n, (change, minute)) in changes.iter().enumerate() {
            consent = consent
                .after(*change, &format!("e{n}"), minute * MINUTE)
                .unwrap_or(consent);
        }
        consent
    }

    #[test]
    fn acceptances_are_used_up_one_by_one() {
        for (changes, once, long) in [
            (&[][..], false, false),
            (&[(Accepted, 1)], true, true),
            (&[(Accepted, 1), (Sent, 2)], false, true),
            (&[(Accepted, 1), (Accepted, 2), (Sent, 3)], true, true),
            (&[(Accepted, 1), (Rejected, 2)], false, false),
            (&[(Rejected, 1), (Accepted, 2)], true, true),
            (&[(Sent, 1)], false, false),
            (&[(Refused, 1)], false, false),
        ] {
            let consent = after(changes);
            assert_eq!(consent.usable(false).is_ok(), once, "{changes:?}");
            assert_eq!(consent.usable(true).is_ok(), long, "{changes:?} long-term");
        }
        let refusal = after(&[(Rejected, 1)]).usable(false).unwrap_err();
        assert_eq!(refusal.failure.errcode, Some(43_101));
    }

    #[test]
    fn only_what_was_refused_proves_anything() {
        let proven = |changes: &[(Change, i64)]| {
            let consent = after(changes);
            consent.usable(false).unwrap_err().proven_ms / MINUTE
        };
        assert_eq!(proven(&[]), 0, "the acceptance may not be known yet");
        assert_eq!(proven(&[(Accepted, 1), (Sent, 2)]), 0, "nor another one");
        assert_eq!(proven(&[(Accepted, 1), (Rejected, 2)]), 2);
        assert_eq!(proven(&[(Accepted, 1), (Refused, 2)]), 2);
        assert_eq!(proven(&[(Refused, 1)]), 1);
    }

    #[test]
    fn a_refusal_is_believed_only_against_what_was_before_its_call() {
        let accepted = after(&[(Accepted, 1)]);
        for at in [MINUTE - 1, MINUTE, MINUTE + 1_000] {
            assert_eq!(accepted.after(Refused, "r", at), None, "{at}");
        }
        // The other way round: the push of what the user did meanwhile arrives later.
        let refused = after(&[(Refused, 1)]);
        let then = refused.after(Accepted, "a", MINUTE - 1_000).unwrap();
        assert_eq!(then.credits, 1);
        assert_eq!(
            then.usable(false).unwrap_err().proven_ms,
            0,
            "WeChat is asked"
        );
    }

    #[test]
    fn what_comes_late_or_twice_changes_nothing() {
        let rejected = after(&[(Accepted, 5), (Rejected, 9)]);
        assert_eq!(rejected.after(Accepted, "late", 7 * MINUTE), None);
        let accepted = after(&[(Rejected, 5), (Accepted, 9)]);
        assert_eq!(accepted.after(Refused, "late", 7 * MINUTE), None);
        let again = accepted.after(Accepted, "e1", 10 * MINUTE);
        assert_eq!(again, None, "seen before");
    }

    #[test]
    fn memory_stays_small() {
        let mut consent = Consent::default();
        for n in 0..100 {
            consent = consent.after(Accepted, &format!("e{n}"), n).unwrap();
        }
        assert_eq!((consent.seen.len(), consent.credits), (REMEMBERED, 100));
    }
}
