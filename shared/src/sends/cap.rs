//! How many messages of one kind, by one template, a user has had in a day.

use crate::{account::Caps, sends::SendKind};
use serde::{Deserialize, Serialize};

/// What a user has had of one kind, by one template, on one day in Beijing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Had {
    /// Raised by one with every write.
    pub version: u64,
    day: i64,
    count: u32,
}

impl Had {
    /// How many on that [day](crate::beijing::day), or on a later one that a clock ahead has seen.
    ///
    /// ```
    /// use shared::sends::cap::Had;
    ///
    /// let twice = Had::default().one_more(20_000).one_more(20_000);
    /// assert_eq!((twice.on(20_000), twice.on(20_001)), (2, 0));
    /// ```
    pub fn on(&self, day: i64) -> u32 {
        match self.day >= day {
            true => self.count,
            false => 0,
        }
    }

    /// With one more on that day.
    #[must_use]
    pub fn one_more(&self, day: i64) -> Self {
        Self {
            version: self.version + 1,
            day: day.max(self.day),
            count: self.on(day) + 1,
        }
    }
}

impl SendKind {
    /// How many messages of this kind, by each template, a user gets a day; any number where absent.
    pub fn cap(self, caps: &Caps) -> Option<u32> {
        let cap = match self {
            Self::Template => caps.template,
            Self::Subscription => caps.subscription,
            Self::OneTimeSubscription => caps.one_time_subscription,
            Self::CustomerService => caps.customer_service,
        };
        cap.map(|cap| cap.per_day)
    }
}
