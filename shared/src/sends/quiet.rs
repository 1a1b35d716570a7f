//! Quiet hours: a part of each day, in a time zone, in which nothing is sent.

use crate::account::QuietHours;
use jiff::{Timestamp, civil::Time, tz};

/// Quiet hours whose times read; the time zone is looked up when it is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuietTimes {
    from: Time,
    to: Time,
    time_zone: String,
}

impl QuietTimes {
    /// Reads the times.
    ///
    /// # Errors
    /// The rule broken.
    pub fn of(quiet: &QuietHours) -> Result<Self, String> {
        let letters = |b: u8| b.is_ascii_alphanumeric() || b"/_+-".contains(&b);
        let (from, to) = (time(&quiet.from)?, time(&quiet.to)?);
        if from == to {
            return Err("from and to must differ".to_owned());
        }
        if quiet.time_zone.is_empty() || !quiet.time_zone.bytes().all(letters) {
            return Err("time_zone must be an IANA name such as 'Asia/Shanghai'".to_owned());
        }
        Ok(Self {
            from,
            to,
            time_zone: quiet.time_zone.clone(),
        })
    }

    /// When the quiet ends, in milliseconds since 1970, if it is quiet now.
    ///
    /// # Errors
    /// A time zone nobody knows.
    pub fn until_ms(&self, now_ms: i64) -> Result<Option<i64>, String> {
        let wrong = |error: jiff::Error| format!("pace.quiet_hours: {error}");
        let zone = tz::db().get(&self.time_zone).map_err(wrong)?;
        let now = Timestamp::from_millisecond(now_ms)
            .map_err(wrong)?
            .to_zoned(zone.clone());
        let (time, over_midnight) = (now.time(), self.to < self.from);
        let quiet = if over_midnight {
            time >= self.from || time < self.to
        } else {
            (self.from..self.to).contains(&time)
        };
        if !quiet {
            return Ok(None);
        }
        let day = if over_midnight && time >= self.from {
            now.date().tomorrow().map_err(wrong)?
        } else {
            now.date()
        };
        let end = day.to_datetime(self.to).to_zoned(zone).map_err(wrong)?;
        Ok(Some(end.timestamp().as_millisecond()))
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

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
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
            assert_eq!(night.until_ms(ms(now)).unwrap(), end.map(ms), "{now}");
        }
        let noon = quiet("12:00", "13:30", "Europe/Berlin");
        assert_eq!(
            noon.until_ms(ms("2025-07-01T12:10:00+02:00")).unwrap(),
            Some(ms("2025-07-01T13:30:00+02:00"))
        );
        assert_eq!(noon.until_ms(ms("2025-07-01T12:10:00Z")).unwrap(), None);
    }

    #[test]
    fn a_night_in_which_the_clocks_change_ends_by_the_clock() {
        let night = quiet("22:00", "08:00", "Europe/Berlin");
        assert_eq!(
            night.until_ms(ms("2025-03-29T23:00:00+01:00")).unwrap(),
            Some(ms("2025-03-30T08:00:00+02:00"))
        );
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
        let nowhere = quiet("22:00", "08:00", "Asia/Nowhere");
        assert!(nowhere.until_ms(0).is_err());
    }
}
