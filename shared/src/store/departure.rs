//! When a user left, and what was before.

use crate::time::Timestamp;
use std::time::Duration;

/// When a user left. What users do carries WeChat's time, in whole seconds; what was sent to them
/// carries ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Departure {
    /// The last second of what the user did before, by WeChat.
    pub(super) act_s: i64,
    /// The last millisecond of what others did before, by us: never after the news of it came.
    pub(super) ours: Timestamp,
}

impl Departure {
    /// By the `CreateTime` of the unsubscribe, in seconds since 1970, where it has one that can be,
    /// and when it was received first.
    pub fn new(created_s: Option<i64>, received: Timestamp) -> Self {
        let created_s = created_s.filter(|seconds| *seconds > 0);
        let act_s = created_s.unwrap_or_else(|| received.as_secs());
        Self {
            act_s,
            ours: last(act_s).min(received),
        }
    }

    /// By something the user did before leaving.
    pub fn after(act: Timestamp) -> Self {
        Self {
            act_s: act.as_secs(),
            ours: act,
        }
    }

    /// The last millisecond of what the user did before.
    pub(super) fn act(self) -> Timestamp {
        last(self.act_s)
    }
}

fn last(second: i64) -> Timestamp {
    Timestamp::from_secs(second) + Duration::from_millis(999)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wechat_s_time_counts_and_no_message_is_older_than_the_news() {
        let late = Departure::new(Some(1_000), Timestamp::from_millis(1_020_500));
        assert_eq!(
            (late.act_s, late.ours),
            (1_000, Timestamp::from_millis(1_000_999))
        );
        let clocks_apart = Departure::new(Some(1_000), Timestamp::from_millis(999_100));
        assert_eq!(
            (clocks_apart.act_s, clocks_apart.ours),
            (1_000, Timestamp::from_millis(999_100))
        );
        for none in [None, Some(0), Some(-5)] {
            let unread = Departure::new(none, Timestamp::from_millis(1_020_500));
            assert_eq!(
                (unread.act_s, unread.ours),
                (1_020, Timestamp::from_millis(1_020_500))
            );
        }
        let far = Departure::new(Some(i64::MAX), Timestamp::from_millis(7));
        assert_eq!(far.ours, Timestamp::from_millis(7));
    }
}
