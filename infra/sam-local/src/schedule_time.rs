//! `rate(…)`, `cron(…)` and `at(…)` of EventBridge Scheduler: when is it due next?

use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};
use jiff::{SignedDuration, Timestamp, Zoned, civil::DateTime, tz::TimeZone};

/// A parsed schedule expression.
#[derive(Debug, Clone)]
pub(crate) enum ScheduleTime {
    /// Every so often, counted from the start of the stack.
    Rate(SignedDuration),
    /// Six-field cron in a time zone.
    Cron(Box<Cron>, TimeZone),
    /// Once.
    At(Timestamp),
}

impl ScheduleTime {
    /// Reads an expression; the message of a refusal says what is wrong.
    pub(crate) fn parse(expression: &str, time_zone: &str) -> Result<Self, String> {
        let zone =
            TimeZone::get(time_zone).map_err(|_| format!("time zone {time_zone} is unknown"))?;
        let body = |name: &str| -> Option<&str> {
            expression
                .strip_prefix(name)?
                .strip_prefix('(')?
                .strip_suffix(')')
                .map(str::trim)
        };
        if let Some(rate) = body("rate") {
            return parse_rate(rate).map(Self::Rate);
        }
        if let Some(cron) = body("cron") {
            return parse_cron(cron).map(|c| Self::Cron(Box::new(c), zone));
        }
        let Some(at) = body("at") else {
            return Err(format!("{expression} is not rate(…), cron(…) or at(…)"));
        };
        let civil: DateTime = at
            .parse()
            .map_err(|_| format!("at({at}) is not yyyy-mm-ddThh:mm:ss"))?;
        let due = civil.to_zoned(zone).map_err(|e| e.to_string())?;
        Ok(Self::At(due.timestamp()))
    }

    /// The first time after `now` it is due; `start` is what rates count from.
    pub(crate) fn next_after(&self, now: Timestamp, start: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Rate(every) => {
                let passed = now
                    .duration_since(start)
                    .as_millis()
                    .div_euclid(every.as_millis());
                let steps = i32::try_from(passed + 1).ok()?;
                start.checked_add(every.checked_mul(steps)?).ok()
            }
            Self::Cron(cron, zone) => {
                let from: Zoned = now.to_zoned(zone.clone());
                cron.find_next_occurrence(&from, false)
                    .ok()
                    .map(|z| z.timestamp())
            }
            Self::At(due) => (*due > now).then_some(*due),
        }
    }
}

fn parse_rate(body: &str) -> Result<SignedDuration, String> {
    let (number, unit) = body
        .split_once(' ')
        .ok_or_else(|| format!("rate({body}) is not a number and a unit"))?;
    let number: i64 = number
        .parse()
        .map_err(|_| format!("rate({body}) has no whole number"))?;
    let seconds = match unit.trim() {
        "minute" | "minutes" => 60,
        "hour" | "hours" => 3_600,
        "day" | "days" => 86_400,
        other => return Err(format!("{other} is not minutes, hours or days")),
    };
    if number < 1 {
        return Err("a rate is at least 1".into());
    }
    Ok(SignedDuration::from_secs(number.saturating_mul(seconds)))
}

/// AWS counts weekdays from 1 = Sunday and wants `?` in exactly one of the two day fields.
fn parse_cron(body: &str) -> Result<Cron, String> {
    let fields: Vec<&str> = body.split_whitespace().collect();
    let [_, _, day, _, weekday, _] = fields.as_slice() else {
        return Err(format!("cron({body}) does not have six fields"));
    };
    if (*day == "?") == (*weekday == "?") {
        return Err("exactly one of day-of-month and day-of-week must be ?".into());
    }
    CronParser::builder()
        .seconds(Seconds::Required)
        .year(Year::Required)
        .alternative_weekdays(true)
        .sloppy_ranges(true)
        .build()
        .parse(&format!("0 {body}"))
        .map_err(|e| format!("cron({body}): {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(expression: &str, zone: &str, now: &str) -> String {
        let now: Timestamp = now.parse().unwrap();
        ScheduleTime::parse(expression, zone)
            .unwrap()
            .next_after(now, "2026-01-01T00:00:30Z".parse().unwrap())
            .map_or_else(|| "never".into(), |t| t.to_string())
    }

    #[test]
    fn rates_count_from_the_start() {
        assert_eq!(
            next("rate(5 minutes)", "UTC", "2026-01-01T00:00:30Z"),
            "2026-01-01T00:05:30Z"
        );
        assert_eq!(
            next("rate(1 hour)", "UTC", "2026-01-01T03:10:00Z"),
            "2026-01-01T04:00:30Z"
        );
        assert_eq!(
            next("rate(1 day)", "UTC", "2026-01-02T00:00:30Z"),
            "2026-01-03T00:00:30Z"
        );
    }

    #[test]
    fn cron_follows_zone_and_weekday_numbers() {
        let sunday_noon = "cron(0 12 ? * 1 *)";
        assert_eq!(
            next(sunday_noon, "UTC", "2026-11-21T00:00:00Z"),
            "2026-11-22T12:00:00Z"
        );
        assert_eq!(
            next(
                "cron(30 9 * * ? *)",
                "Asia/Shanghai",
                "2026-11-21T00:00:00Z"
            ),
            "2026-11-21T01:30:00Z"
        );
        assert_eq!(
            next("cron(0 0 L * ? 2026)", "UTC", "2026-11-21T00:00:00Z"),
            "2026-11-30T00:00:00Z"
        );
        assert_eq!(
            next("cron(0/15 * * * ? *)", "UTC", "2026-11-21T00:01:00Z"),
            "2026-11-21T00:15:00Z"
        );
    }

    #[test]
    fn at_happens_once() {
        assert_eq!(
            next(
                "at(2026-12-01T08:00:00)",
                "Asia/Shanghai",
                "2026-11-21T00:00:00Z"
            ),
            "2026-12-01T00:00:00Z"
        );
        assert_eq!(
            next("at(2026-12-01T08:00:00)", "UTC", "2026-12-01T08:00:00Z"),
            "never"
        );
    }

    #[test]
    fn refuses_with_a_reason() {
        for (expression, zone) in [
            ("every day", "UTC"),
            ("rate(5)", "UTC"),
            ("rate(0 minutes)", "UTC"),
            ("rate(5 weeks)", "UTC"),
            ("cron(* * * * *)", "UTC"),
            ("cron(0 0 1 * 1 *)", "UTC"),
            ("cron(0 0 ? * ? *)", "UTC"),
            ("cron(99 0 * * ? *)", "UTC"),
            ("at(tomorrow)", "UTC"),
            ("rate(1 hour)", "Mars/Olympus"),
        ] {
            assert!(
                ScheduleTime::parse(expression, zone).is_err(),
                "{expression} {zone}"
            );
        }
    }
}
