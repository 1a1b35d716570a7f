//! When rows that the inbox stream fills may keep a message from being sent.
//!
//! Such rows can be behind by a second, by an hour or for good: what a user did just before a message
//! came may not be in them yet. Only something newer than the message speaks against it for good:
//! WeChat's own refusal of a later call, or the user's own refusal.

use super::Failure;

/// Of two moments nearer to each other than this nobody can say which was first, in milliseconds:
/// WeChat tells whole seconds, and clocks may be five seconds apart.
const UNSURE_MS: i64 = 6_000;
/// How long after it came a message waits for rows that may be behind, in milliseconds.
const PATIENCE_MS: i64 = 3_000;
/// How long it waits before it looks again.
const LOOK_MS: i64 = 500;

/// What rows have against a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// The refusal WeChat would answer with.
    pub failure: Failure,
    /// Up to when nothing that rows may lack speaks for a message, in milliseconds since 1970; 0
    /// where rows merely know of nothing.
    pub proven_ms: i64,
}

/// What becomes of a message that rows have something against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// It is not sent.
    Refuse(Failure),
    /// It waits until then, in milliseconds since 1970: rows may be behind. This is no try.
    Wait(i64),
    /// WeChat is asked, who knows.
    Ask,
}

impl Objection {
    /// What becomes of a message that was asked for at that time.
    pub fn ruling(self, asked_ms: i64, now_ms: i64) -> Ruling {
        let until_ms = asked_ms.saturating_add(PATIENCE_MS);
        if is_before(asked_ms, self.proven_ms) {
            Ruling::Refuse(self.failure)
        } else if now_ms < until_ms {
            Ruling::Wait(until_ms.min(now_ms.saturating_add(LOOK_MS)))
        } else {
            Ruling::Ask
        }
    }
}

/// Whether the first moment was before the second one for sure, whoever's clocks told them.
pub fn is_before(first_ms: i64, second_ms: i64) -> bool {
    first_ms.saturating_add(UNSURE_MS) <= second_ms
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAME: i64 = 1_800_000_000_000;

    fn ruling(proven_ms: i64, now_ms: i64) -> Ruling {
        let failure = Failure::new(Some(45_015), "closed", "refused");
        Objection { failure, proven_ms }.ruling(CAME, now_ms)
    }

    #[test]
    fn only_what_is_newer_than_the_message_refuses_it() {
        for proven_ms in [0, CAME - 1, CAME, CAME + UNSURE_MS - 1] {
            for now_ms in [CAME, CAME + PATIENCE_MS, CAME + 60_000] {
                assert!(!matches!(ruling(proven_ms, now_ms), Ruling::Refuse(_)));
            }
        }
        let later = ruling(CAME + UNSURE_MS, CAME + UNSURE_MS);
        assert!(matches!(later, Ruling::Refuse(_)), "{later:?}");
    }

    #[test]
    fn a_message_waits_some_seconds_and_then_wechat_is_asked() {
        let (mut now_ms, mut looks) = (CAME, 0);
        while let Ruling::Wait(until_ms) = ruling(CAME, now_ms) {
            assert!(until_ms > now_ms && until_ms <= CAME + PATIENCE_MS);
            (now_ms, looks) = (until_ms, looks + 1);
        }
        assert_eq!((now_ms, looks), (CAME + PATIENCE_MS, 6));
        assert_eq!(ruling(0, now_ms), Ruling::Ask);
        assert_eq!(
            ruling(0, CAME + 86_400_000),
            Ruling::Ask,
            "it waited in its lane"
        );
    }
}
