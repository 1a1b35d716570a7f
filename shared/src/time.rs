//! Moments. Spans are [`Duration`]s.

use jiff::Zoned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{
    ops::{Add, AddAssign, Sub},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A moment, in whole milliseconds since 1970; that number in rows and in JSON, where a field keeps the
/// name of its attribute (`created_ms`). No arithmetic overflows: what lies beyond is the first or last
/// moment there is.
///
/// ```
/// use shared::time::Timestamp;
/// use std::time::Duration;
///
/// let noon = Timestamp::from_secs(1_767_240_000);
/// let later = noon + Duration::from_secs(90);
/// assert_eq!(later.since(noon), Duration::from_secs(90));
/// assert_eq!(noon.since(later), Duration::ZERO);
/// assert_eq!(noon.utc(), "2026-01-01T04:00:00.000Z");
/// ```
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The first moment there is, before everything else.
    pub const MIN: Self = Self(i64::MIN);
    /// The last moment there is, after everything else.
    pub const MAX: Self = Self(i64::MAX);

    /// That many milliseconds after 1970.
    pub const fn from_millis(ms: i64) -> Self {
        Self(ms)
    }

    /// That many seconds after 1970, as WeChat's pushes and DynamoDB's TTL have it.
    pub const fn from_secs(s: i64) -> Self {
        Self(s.saturating_mul(1_000))
    }

    /// How many milliseconds after 1970 that is.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// How many whole seconds after 1970 that is.
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// How long after `earlier` this is; nothing when it is not after it.
    pub const fn since(self, earlier: Self) -> Duration {
        let ms = self.0.saturating_sub(earlier.0);
        Duration::from_millis(if ms > 0 { ms.unsigned_abs() } else { 0 })
    }

    /// As answers have it: `2026-01-01T04:00:00.000Z`.
    pub fn utc(self) -> String {
        let utc = jiff::Timestamp::from_millisecond(self.0).unwrap_or_default();
        format!("{utc:.3}")
    }

    /// The moment a text names: a time with its offset, or with the name of its zone in brackets.
    /// `None` for anything else, and for a time without a zone.
    pub fn parse(text: &str) -> Option<Self> {
        let zoned = text.parse::<Zoned>().map(|zoned| zoned.timestamp());
        let moment = zoned.or_else(|_| text.parse::<jiff::Timestamp>()).ok()?;
        Some(Self(moment.as_millisecond()))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(millis(span)))
    }
}

impl AddAssign<Duration> for Timestamp {
    fn add_assign(&mut self, span: Duration) {
        *self = *self + span;
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(millis(span)))
    }
}

impl From<Timestamp> for i64 {
    fn from(time: Timestamp) -> Self {
        time.0
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        Self(time.duration_since(UNIX_EPOCH).map_or(0, millis))
    }
}

impl From<Timestamp> for SystemTime {
    fn from(time: Timestamp) -> Self {
        UNIX_EPOCH + time.since(Timestamp(0))
    }
}

/// The whole milliseconds of a span.
pub fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// So many milliseconds, in the words of tests.
#[cfg(any(test, feature = "emulated"))]
pub const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// `#[serde(with)]`: a moment that may be absent, which rows have had as 0 since the first version.
pub mod or_zero {
    use super::{Deserialize as _, Deserializer, Serialize as _, Serializer, Timestamp};

    /// Writes 0 where there is none.
    ///
    /// # Errors
    /// Those of `to`.
    pub fn serialize<S: Serializer>(at: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
        at.unwrap_or_default().serialize(to)
    }

    /// Reads 0 as one that is absent.
    ///
    /// # Errors
    /// Those of `from`.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
        let at = Timestamp::deserialize(from)?;
        Ok((at != Timestamp::default()).then_some(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_overflows() {
        let day = Duration::from_secs(86_400);
        assert_eq!(Timestamp::MAX + day, Timestamp::MAX);
        assert_eq!(Timestamp::MIN - day, Timestamp::MIN);
        assert_eq!(Timestamp::from_secs(i64::MAX), Timestamp::MAX);
        assert!(Timestamp::MAX.since(Timestamp::MIN) > day);
        assert_eq!(Timestamp::default() + Duration::MAX, Timestamp::MAX);
        assert_eq!(Timestamp::MAX.utc(), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn a_moment_has_a_zone() {
        let noon = Timestamp::from_secs(1_767_240_000);
        for text in [
            "2026-01-01T04:00:00Z",
            "2026-01-01T12:00:00+08:00",
            "2026-01-01T12:00:00+08:00[Asia/Shanghai]",
        ] {
            assert_eq!(Timestamp::parse(text), Some(noon), "{text}");
        }
        assert_eq!(Timestamp::parse("2026-01-01T12:00:00"), None);
    }
}
