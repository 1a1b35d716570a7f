//! When a user left, and what was before.

/// When a user left. What users do carries WeChat's time, in whole seconds; what was sent to them
/// carries ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Departure {
    /// The last second of what the user did before, by WeChat.
    pub(super) act_s: i64,
    /// The last millisecond of what others did before, by us: never after the news of it came.
    pub(super) ours_ms: i64,
}

impl Departure {
    /// By the `CreateTime` of the unsubscribe, in seconds since 1970, where it has one that can be,
    /// and when it was received first, in milliseconds.
    pub fn new(created_s: Option<i64>, received_ms: i64) -> Self {
        let created_s = created_s.filter(|seconds| *seconds > 0);
        let act_s = created_s.unwrap_or_else(|| received_ms.div_euclid(1000));
        Self {
            act_s,
            ours_ms: last_ms(act_s).min(received_ms),
        }
    }

    /// By something the user did before leaving, in milliseconds since 1970.
    pub fn after(act_ms: i64) -> Self {
        Self {
            act_s: act_ms.div_euclid(1000),
            ours_ms: act_ms,
        }
    }

    /// The last millisecond of what the user did before.
    pub(super) fn act_ms(self) -> i64 {
        last_ms(self.act_s)
    }
}

fn last_ms(second: i64) -> i64 {
    second.saturating_mul(1000).saturating_add(999)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wechat_s_time_counts_and_no_message_is_older_than_the_news() {
        let late = Departure::new(Some(1_000), 1_020_500);
        assert_eq!((late.act_s, late.ours_ms), (1_000, 1_000_999));
        let clocks_apart = Departure::new(Some(1_000), 999_100);
        assert_eq!((clocks_apart.act_s, clocks_apart.ours_ms), (1_000, 999_100));
        for none in [None, Some(0), Some(-5)] {
            let unread = Departure::new(none, 1_020_500);
            assert_eq!((unread.act_s, unread.ours_ms), (1_020, 1_020_500));
        }
        let far = Departure::new(Some(i64::MAX), 7);
        assert_eq!(far.ours_ms, 7);
    }
}
