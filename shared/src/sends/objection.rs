//! When rows that the inbox stream fills may keep a message from being sent.
//!
//! Such rows can be behind by a second, by an hour or for good: what a user did just before a message
//! came may not be in them yet. Only something newer than the message speaks against it for good:
//! WeChat's own refusal of a later call, or the user's own refusal.

use super::Failure;
use crate::time::Timestamp;
use std::time::Duration;

/// Of two moments nearer to each other than this nobody can say which was first:
/// WeChat tells whole seconds, and clocks may be five seconds apart.
const UNSURE: Duration = Duration::from_secs(6);
/// How long after it came a message waits for rows that may be behind.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long it waits before it looks again.
const LOOK: Duration = Duration::from_millis(500);

/// What rows have against a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// The refusal WeChat would answer with.
    pub failure: Failure,
    /// Up to when nothing that rows may lack speaks for a message; none where rows merely know of
    /// nothing.
    pub proven: Option<Timestamp>,
}

/// What becomes of a message that rows have something against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// It is not sent.
    Refuse(Failure),
    /// It waits until then: rows may be behind. This is no try.
    Wait(Timestamp),
    /// WeChat is asked, who knows.
    Ask,
}

impl Objection {
    /// What becomes of a message that was asked for at that time.
    pub fn ruling(self, asked: Timestamp, now: Timestamp) -> Ruling {
        let until = asked + PATIENCE;
        if self.proven.is_some_and(|proven| is_before(asked, proven)) {
            Ruling::Refuse(self.failure)
        } else if now < until {
            Ruling::Wait(until.min(now + LOOK))
        } else {
            Ruling::Ask
        }
    }
}

/// Whether the first moment was before the second one for sure, whoever's clocks told them.
pub fn is_before(first: Timestamp, second: Timestamp) -> bool {
    first + UNSURE <= second
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::ms;

    const CAME: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn ruling(proven: Option<Timestamp>, now: Timestamp) -> Ruling {
        let failure = Failure::new(Some(45_015), "closed", "refused");
        Objection { failure, proven }.ruling(CAME, now)
    }

    #[test]
    fn only_what_is_newer_than_the_message_refuses_it() {
        for proven in [
            None,
            Some(CAME - ms(1)),
            Some(CAME),
            Some(CAME + UNSURE - ms(1)),
        ] {
            for now in [CAME, CAME + PATIENCE, CAME + ms(60_000)] {
                assert!(!matches!(ruling(proven, now), Ruling::Refuse(_)));
            }
        }
        let later = ruling(Some(CAME + UNSURE), CAME + UNSURE);
        assert!(matches!(later, Ruling::Refuse(_)), "{later:?}");
    }

    #[test]
    fn a_message_waits_some_seconds_and_then_wechat_is_asked() {
        let (mut now, mut looks) = (CAME, 0);
        while let Ruling::Wait(until) = ruling(Some(CAME), now) {
            assert!(until > now && until <= CAME + PATIENCE);
            (now, looks) = (until, looks + 1);
        }
        assert_eq!((now, looks), (CAME + PATIENCE, 6));
        assert_eq!(ruling(None, now), Ruling::Ask);
        assert_eq!(
            ruling(None, CAME + ms(86_400_000)),
            Ruling::Ask,
            "it waited in its lane"
        );
    }
}
