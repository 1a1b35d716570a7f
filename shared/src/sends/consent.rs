//! What a user said to a subscription template, or to a scene of the one-time template, and how often
//! it may still be sent.

use super::{
    Failure, SendKind,
    objection::{Objection, is_before},
};
use crate::time::{Timestamp, or_zero};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Events remembered, so that one that comes again changes nothing.
const REMEMBERED: usize = 32;

/// What the consent that a body needs is to, as its row is called: the template, for a one-time message
/// with the scene. None for a kind that needs none, and where the body does not say.
pub fn subject(kind: SendKind, body: &Value) -> Option<String> {
    let template_id = body.get("template_id")?.as_str()?;
    match kind {
        SendKind::Subscription => Some(template_id.to_owned()),
        SendKind::OneTimeSubscription => {
            let scene = match body.get("scene")? {
                Value::String(scene) => scene.parse().ok()?,
                scene => scene.as_u64()?,
            };
            Some(one_time(template_id, scene))
        }
        SendKind::Template | SendKind::CustomerService => None,
    }
}

/// What the consent to a one-time message is to; no template id has a `#`.
pub fn one_time(template_id: &str, scene: u64) -> String {
    format!("{template_id}#{scene}")
}

/// What is known about one user and one template.
///
/// ```
/// use shared::{sends::consent::{Change, Consent}, time::Timestamp};
///
/// let at = Timestamp::from_secs(1_767_000_000);
/// let accepted = Consent::default().after(Change::Accepted, "e1", at).unwrap();
/// assert!(accepted.usable(false).is_ok());
/// assert_eq!(accepted.after(Change::Accepted, "e1", at), None);
///
/// let sent = accepted.after(Change::Sent, "e2", at).unwrap();
/// assert_eq!(sent.usable(false).unwrap_err().failure.errcode, Some(43_101));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Consent {
    /// Raised by one with every write.
    pub version: u64,
    /// When the user accepted last, as far as was seen.
    #[serde(rename = "accepted_ms", with = "or_zero")]
    pub accepted: Option<Timestamp>,
    /// When the user rejected last.
    #[serde(rename = "rejected_ms", with = "or_zero")]
    pub rejected: Option<Timestamp>,
    /// When the last call began, or the last result came, in which WeChat said that the user does
    /// not take the template.
    #[serde(rename = "refused_ms", with = "or_zero")]
    pub refused: Option<Timestamp>,
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
    /// `confirm` on the page of one-time messages: one message, for WeChat does not add up what is
    /// confirmed for one scene (一次性订阅消息, guide/product/message/One-time_subscription_info.html).
    Confirmed,
    /// `subscribe_msg_sent_event` without an error, or a one-time message that went: one message less.
    Sent,
    /// WeChat refused a send with 43101: what the user accepted before that is used up.
    Refused,
}

impl Consent {
    /// The consent after an event of that id; `None` when the event changes nothing.
    pub fn after(&self, change: Change, event_id: &str, at: Timestamp) -> Option<Self> {
        let late = match change {
            Change::Accepted | Change::Confirmed => {
                let refused = self.refused.is_some_and(|refused| is_before(at, refused));
                Some(at) < self.rejected || refused
            }
            Change::Rejected => Some(at) < self.accepted,
            Change::Refused => {
                let accepted = self.accepted.is_some_and(|then| !is_before(then, at));
                Some(at) < self.refused || accepted
            }
            Change::Sent => false,
        };
        if late || self.seen.iter().any(|seen| seen == event_id) {
            return None;
        }
        let mut next = self.clone();
        match change {
            Change::Accepted | Change::Confirmed => next.accepted = self.accepted.max(Some(at)),
            Change::Rejected => next.rejected = Some(at),
            Change::Refused => next.refused = Some(at),
            Change::Sent => {}
        }
        next.credits = match change {
            Change::Accepted => self.credits + 1,
            Change::Confirmed => 1,
            Change::Rejected | Change::Refused => 0,
            Change::Sent => self.credits.max(1) - 1,
        };
        next.version = self.version + 1;
        next.seen.push(event_id.to_owned());
        if next.seen.len() > REMEMBERED {
            next.seen.remove(0);
        }
        Some(next)
    }

    /// Whether a message may be tried: only after an acceptance that was seen. A long-term template
    /// is not used up by sending.
    ///
    /// # Errors
    /// The refusal WeChat would answer with, as far as is known.
    pub fn usable(&self, long_term: bool) -> Result<(), Objection> {
        let no = self.rejected.max(self.refused);
        let before = |no: &Timestamp| self.accepted.is_none_or(|at| is_before(at, *no));
        let why = if no.is_some() && no >= self.accepted {
            "not sent: the user rejects this template, or has no acceptance left"
        } else if self.accepted.is_none() {
            "not sent: no acceptance of this template by the user is known; force sends all the same"
        } else if self.credits == 0 && !long_term {
            "not sent: every acceptance of this template is used up"
        } else {
            return Ok(());
        };
        Err(Objection {
            failure: Failure::new(Some(43_101), why, "refused"),
            proven: no.filter(before),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::ms;
    use Change::{Accepted, Confirmed, Refused, Rejected, Sent};
    use serde_json::json;

    fn minute(n: i64) -> Timestamp {
        Timestamp::from_secs(n * 60)
    }

    /// The consent after changes at those minutes.
    fn after(changes: &[(Change, i64)]) -> Consent {
        let mut consent = Consent::default();
        for (n, (change, at)) in changes.iter().enumerate() {
            consent = consent
                .after(*change, &format!("e{n}"), minute(*at))
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
            (&[(Confirmed, 1)], true, true),
            (&[(Confirmed, 1), (Confirmed, 2), (Sent, 3)], false, true),
            (&[(Confirmed, 1), (Sent, 2), (Confirmed, 3)], true, true),
            (&[(Confirmed, 1), (Refused, 2)], false, false),
            (&[(Refused, 2), (Confirmed, 1)], false, false),
        ] {
            let consent = after(changes);
            assert_eq!(consent.usable(false).is_ok(), once, "{changes:?}");
            assert_eq!(consent.usable(true).is_ok(), long, "{changes:?} long-term");
        }
        let refusal = after(&[(Rejected, 1)]).usable(false).unwrap_err();
        assert_eq!(refusal.failure.errcode, Some(43_101));
    }

    #[test]
    fn a_consent_is_to_a_template_or_to_one_of_its_scenes() {
        use SendKind::{CustomerService, OneTimeSubscription, Subscription, Template};
        let body = |scene: Value| json!({"template_id": "T", "scene": scene});
        for (kind, body, expected) in [
            (Subscription, body(json!(7)), Some("T")),
            (OneTimeSubscription, body(json!(7)), Some("T#7")),
            (OneTimeSubscription, body(json!("7")), Some("T#7")),
            (OneTimeSubscription, body(json!("07")), Some("T#7")),
            (OneTimeSubscription, body(json!("x")), None),
            (OneTimeSubscription, body(json!(-7)), None),
            (OneTimeSubscription, json!({"scene": 7}), None),
            (Template, body(json!(7)), None),
            (CustomerService, body(json!(7)), None),
        ] {
            assert_eq!(subject(kind, &body).as_deref(), expected, "{kind:?} {body}");
        }
    }

    #[test]
    fn only_what_was_refused_proves_anything() {
        let proven = |changes: &[(Change, i64)]| {
            let consent = after(changes);
            consent.usable(false).unwrap_err().proven
        };
        assert_eq!(proven(&[]), None, "the acceptance may not be known yet");
        assert_eq!(proven(&[(Accepted, 1), (Sent, 2)]), None, "nor another one");
        assert_eq!(proven(&[(Accepted, 1), (Rejected, 2)]), Some(minute(2)));
        assert_eq!(proven(&[(Accepted, 1), (Refused, 2)]), Some(minute(2)));
        assert_eq!(proven(&[(Refused, 1)]), Some(minute(1)));
    }

    #[test]
    fn a_refusal_is_believed_only_against_what_was_before_its_call() {
        let accepted = after(&[(Accepted, 1)]);
        for at in [minute(1) - ms(1), minute(1), minute(1) + ms(1_000)] {
            assert_eq!(accepted.after(Refused, "r", at), None, "{at:?}");
        }
        // The other way round: the push of what the user did meanwhile arrives later.
        let refused = after(&[(Refused, 1)]);
        let then = refused.after(Accepted, "a", minute(1) - ms(1_000)).unwrap();
        assert_eq!(then.credits, 1);
        assert_eq!(
            then.usable(false).unwrap_err().proven,
            None,
            "WeChat is asked"
        );
    }

    #[test]
    fn what_comes_late_or_twice_changes_nothing() {
        let rejected = after(&[(Accepted, 5), (Rejected, 9)]);
        assert_eq!(rejected.after(Accepted, "late", minute(7)), None);
        let accepted = after(&[(Rejected, 5), (Accepted, 9)]);
        assert_eq!(accepted.after(Refused, "late", minute(7)), None);
        let again = accepted.after(Accepted, "e1", minute(10));
        assert_eq!(again, None, "seen before");
    }

    #[test]
    fn memory_stays_small() {
        let mut consent = Consent::default();
        for n in 0..100 {
            consent = consent
                .after(Accepted, &format!("e{n}"), Timestamp::from_millis(n))
                .unwrap();
        }
        assert_eq!((consent.seen.len(), consent.credits), (REMEMBERED, 100));
    }
}
