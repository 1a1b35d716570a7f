//! Quiet hours: a part of each day, in a time zone, in which nothing is sent.

use crate::{account::QuietHours, time::Timestamp};
use jiff::{Zoned, civil::Time, tz};

/// Quiet hours that read, in a time zone that exists.
///
/// ```
/// use shared::{account::QuietHours, sends::quiet::QuietTimes, time::Timestamp};
/// use std::time::Duration;
///
/// let night = QuietHours { from: "22:00".into(), to: "08:00".into(), time_zone: "Asia/Shanghai".into() };
/// let night = QuietTimes::of(&night).unwrap();
/// let midnight = Timestamp::parse("2026-01-01T00:00:00+08:00").unwrap();
/// let hours = |n: u64| Duration::from_secs(n * 3_600);
/// assert_eq!(night.until(midnight), Ok(Some(midnight + hours(8))));
/// assert_eq!(night.until(midnight + hours(12)), Ok(None));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuietTimes {
    from: Time,
    to: Time,
    zone: tz::TimeZone,
}

impl QuietTimes {
    /// Reads the times and looks the time zone up.
    ///
    /// # Errors
    /// The rule broken.
    pub fn of(quiet: &QuietHours) -> Result<Self, String> {
        let (from, to) = (time(&quiet.from)?, time(&quiet.to)?);
        if from == to {
            return Err("from and to must differ".to_owned());
        }
        let zone = tz::db().get(&quiet.time_zone).map_err(|_| {
            let given = &quiet.time_zone;
            format!("time_zone: '{given}' is no IANA time zone; 'Asia/Shanghai' is one")
        })?;
        Ok(Self { from, to, zone })
    }

    /// Whether the moment is among them; none beyond what calendars reach is.
    pub fn include(&self, now: Timestamp) -> bool {
        let local = self.local(now);
        local.is_ok_and(|local| self.include_time(local.time()))
    }

    /// Whether all of `other` is among them, as far as can be told: not over two zones.
    pub fn cover(&self, other: &Self) -> bool {
        let after = |from: Time, to: Time| {
            let minutes = |time: Time| i32::from(time.hour()) * 60 + i32::from(time.minute());
            (minutes(to) - minutes(from)).rem_euclid(24 * 60)
        };
        let length = |hours: &Self| after(hours.from, hours.to);
        self.zone == other.zone && after(self.from, other.from) + length(other) <= length(self)
    }

    fn include_time(&self, time: Time) -> bool {
        match self.to < self.from {
            true => time >= self.from || time < self.to,
            false => (self.from..self.to).contains(&time),
        }
    }

    fn local(&self, now: Timestamp) -> Result<Zoned, jiff::Error> {
        let now = jiff::Timestamp::from_millisecond(now.as_millis())?;
        Ok(now.to_zoned(self.zone.clone()))
    }

    /// When the quiet ends, if it is quiet now.
    ///
    /// # Errors
    /// A time beyond what calendars reach.
    pub fn until(&self, now: Timestamp) -> Result<Option<Timestamp>, String> {
        let wrong = |error: jiff::Error| format!("pace.quiet_hours: {error}");
        let now = self.local(now).map_err(wrong)?;
        let time = now.time();
        if !self.include_time(time) {
            return Ok(None);
        }
        let day = if self.to < self.from && time >= self.from {
            now.date().tomorrow().map_err(wrong)?
        } else {
            now.date()
        };
        let end = day
            .to_datetime(self.to)
            .to_zoned(self.zone.clone())
            .map_err(wrong)?;
        Ok(Some(Timestamp::from_millis(
            end.timestamp().as_millisecond(),
        )))
    }
}

fn time(text: &str) -> Result<Time, String> {
    let wrong = || format!("'{text}' must be a time of day such as '22:00'");
    let (hour, minute) = text.split_once(':').ok_or_else(wrong)?;
    let two = |part: &str| {
        let digits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        digits
            .then(|| part.parse().ok())
            .flatten()
            .ok_or_else(wrong)
    };
    Time::new(two(hour)?, two(minute)?, 0, 0).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet(from: &str, to: &str, time_zone: &str) -> QuietTimes {
        let (from, to) = (from.to_owned(), to.to_owned());
        let time_zone = time_zone.to_owned();
        QuietTimes::of(&QuietHours {
            from,
            to,
            time_zone,
        })
        .unwrap()
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn the_night_ends_in_the_morning_of_its_zone() {
        let night = quiet("22:00", "08:00", "Asia/Shanghai");
        for (now, end) in [
            ("2025-01-01T21:59:59+08:00", None),
            (
                "2025-01-01T22:00:00+08:00",
                Some("2025-01-02T08:00:00+08:00"),
            ),
            (
                "2025-01-02T07:59:59.999+08:00",
                Some("2025-01-02T08:00:00+08:00"),
            ),
            ("2025-01-02T08:00:00+08:00", None),
        ] {
            assert_eq!(night.until(at(now)).unwrap(), end.map(at), "{now}");
        }
        let noon = quiet("12:00", "13:30", "Europe/Berlin");
        assert_eq!(
            noon.until(at("2025-07-01T12:10:00+02:00")).unwrap(),
            Some(at("2025-07-01T13:30:00+02:00"))
        );
        assert_eq!(noon.until(at("2025-07-01T12:10:00Z")).unwrap(), None);
    }

    #[test]
    fn a_night_in_which_the_clocks_change_ends_by_the_clock() {
        let night = quiet("22:00", "08:00", "Europe/Berlin");
        assert_eq!(
            night.until(at("2025-03-29T23:00:00+01:00")).unwrap(),
            Some(at("2025-03-30T08:00:00+02:00"))
        );
    }

    #[test]
    fn hours_cover_those_that_lie_in_them() {
        let zone = "Asia/Shanghai";
        for (outer, inner, covered) in [
            (("09:00", "18:00"), ("09:00", "18:00"), true),
            (("09:00", "18:00"), ("10:00", "12:30"), true),
            (("09:00", "18:00"), ("08:59", "12:00"), false),
            (("09:00", "18:00"), ("17:00", "18:01"), false),
            (("09:00", "18:00"), ("18:00", "09:00"), false),
            (("22:00", "08:00"), ("23:00", "07:00"), true),
            (("22:00", "08:00"), ("01:00", "08:00"), true),
            (("22:00", "08:00"), ("21:00", "23:00"), false),
            (("09:00", "08:59"), ("22:00", "06:00"), true),
        ] {
            let [outer, inner] = [outer, inner].map(|(from, to)| quiet(from, to, zone));
            assert_eq!(outer.cover(&inner), covered, "{outer:?} {inner:?}");
        }
        let elsewhere = quiet("10:00", "11:00", "Europe/Berlin");
        assert!(!quiet("09:00", "18:00", zone).cover(&elsewhere));
    }

    #[test]
    fn what_is_no_time_and_what_is_no_zone_is_said() {
        for from in ["22", "24:00", "2:00", "ab:cd", "+1:00", "22:60"] {
            let (from, to) = (from.to_owned(), "08:00".to_owned());
            let time_zone = "Asia/Shanghai".to_owned();
            let hours = QuietHours {
                from,
                to,
                time_zone,
            };
            assert!(QuietTimes::of(&hours).is_err(), "{hours:?}");
        }
        for time_zone in ["Asia/Shangai", "", "UTC+8", "北京", "Asia/Shanghai "] {
            let hours = QuietHours {
                from: "22:00".to_owned(),
                to: "08:00".to_owned(),
                time_zone: time_zone.to_owned(),
            };
            let rule = QuietTimes::of(&hours).unwrap_err();
            assert!(rule.starts_with("time_zone: "), "{rule}");
        }
    }
}
