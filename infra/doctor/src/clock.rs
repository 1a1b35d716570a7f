//! How far this machine's clock is from WeChat's.

use crate::{http, report::Check};
use reqwest::{Client, header::DATE};
use shared::account::Account;
use std::time::SystemTime;

const CHECK: &str = "clock";
/// AWS refuses requests signed five minutes off; a minute is a fault long before.
const TOLERANCE_S: i64 = 60;

/// Compares this clock with the `Date` of an answer of WeChat's.
pub(crate) async fn check(client: &Client, account: &Account, api: &str) -> Check {
    let url = format!("{api}/cgi-bin/getcallbackip");
    let asked = seconds(SystemTime::now());
    let answer = match client.get(url).send().await {
        Ok(answer) => answer,
        Err(error) => {
            return Check::skipped(
                CHECK,
                format!("no answer of {api}: {}", http::reason(error)),
            );
        }
    };
    let now = asked.midpoint(seconds(SystemTime::now()));
    let date = answer
        .headers()
        .get(DATE)
        .and_then(|date| date.to_str().ok());
    match date.and_then(|date| httpdate::parse_http_date(date).ok()) {
        Some(date) => judge(now - seconds(date), account.server.timestamp_window_s),
        None => Check::skipped(CHECK, format!("{api} does not tell its time")),
    }
}

/// `ahead_s` of WeChat's clock; the header has whole seconds.
fn judge(ahead_s: i64, window_s: u32) -> Check {
    let window_s = i64::from(window_s);
    let tolerance = match window_s {
        0 => TOLERANCE_S,
        window_s => TOLERANCE_S.min(window_s),
    };
    let off = ahead_s.unsigned_abs();
    let side = if ahead_s < 0 { "behind" } else { "ahead of" };
    let finding = format!("this clock is {off} s {side} WeChat's");
    if ahead_s.abs() <= tolerance {
        return Check::ok(CHECK, finding);
    }
    let advice = "Set this machine's clock by NTP (timedatectl set-ntp true): AWS refuses requests signed more than 5 minutes \
                  off, and a callback served here refuses pushes outside timestamp_window_s.";
    Check::failed(CHECK, finding, advice)
}

fn seconds(time: SystemTime) -> i64 {
    let age = time.duration_since(SystemTime::UNIX_EPOCH);
    age.map_or(0, |age| i64::try_from(age.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::State;

    #[test]
    fn a_minute_is_too_much_and_a_narrow_window_narrower() {
        for (ahead_s, window_s, state) in [
            (0, 600, State::Ok),
            (-60, 600, State::Ok),
            (61, 600, State::Failed),
            (-3600, 0, State::Failed),
            (11, 10, State::Failed),
        ] {
            assert_eq!(judge(ahead_s, window_s).state, state, "{ahead_s}");
        }
        assert!(judge(-90, 600).finding.contains("90 s behind"));
    }
}
