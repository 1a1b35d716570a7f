//! What happened in a scene, in words, and whether it is as it should be.

use platform::{Attempt, Mode, Outcome, PushReport, UserSees};
use serde_json::Value;
use texts::text;

/// Status and body of a signed route's answer, or why there are none.
pub(super) type Answer = Result<(u16, Value), String>;

pub(super) fn mode_name(mode: Mode) -> String {
    match mode {
        Mode::Plain => text!("demo.plain"),
        Mode::Compatible => text!("demo.compatible"),
        Mode::Safe => text!("demo.safe"),
    }
}

/// One try of WeChat's.
pub(super) fn attempted(attempt: &Attempt) -> String {
    let how = match attempt.outcome {
        Outcome::Replied => text!("demo.replied"),
        Outcome::Acknowledged => text!("demo.acknowledged"),
        Outcome::Timeout => text!("demo.timeout"),
        Outcome::ConnectFailed => text!("demo.not_reached"),
        Outcome::Invalid => text!("demo.invalid"),
    };
    text!("demo.attempt", n = attempt.n, how = how, ms = attempt.ms)
}

/// What the follower's phone shows of a push.
pub(super) fn seen(report: &Result<PushReport, String>) -> (bool, String) {
    let report = match report {
        Ok(report) => report,
        Err(reason) => return (false, reason.clone()),
    };
    let ms = report.attempts.last().map_or(0, |attempt| attempt.ms);
    match &report.user_sees {
        UserSees::Reply(reply) => {
            let said = reply.get("content").and_then(Value::as_str);
            let kind = reply.get("kind").and_then(Value::as_str);
            let shown = said.or(kind).unwrap_or_default();
            let tries = report.attempts.len();
            (
                true,
                text!("demo.seen", shown = shown, tries = tries, ms = ms),
            )
        }
        UserSees::Nothing => (true, text!("demo.nothing_yet", ms = ms)),
        UserSees::ErrorNotice(notice) => (false, text!("demo.notice", notice = notice)),
    }
}

/// How a tick of the schedule went.
pub(super) fn tick(payload: &[u8]) -> (bool, String) {
    let report: Value = serde_json::from_slice(payload).unwrap_or_default();
    if let Some(reason) = report.get("errorMessage").and_then(Value::as_str) {
        return (false, reason.to_owned());
    }
    let count = |name| report.get(name).and_then(Value::as_u64).unwrap_or_default();
    let failed = count("failed");
    let line = text!(
        "demo.ticked",
        accounts = count("accounts"),
        fetched = count("fetched"),
        failed = failed
    );
    (failed == 0, line)
}

/// The state that a signed route tells, or its refusal.
pub(super) fn state(answer: &Answer) -> (bool, String) {
    let (status, body) = match answer {
        Ok((status, body)) => (status, body),
        Err(reason) => return (false, reason.clone()),
    };
    let part = |path: &str| body.pointer(path).and_then(Value::as_str);
    if let Some(reason) = part("/error/message") {
        return (false, format!("{status} {reason}"));
    }
    let state = part("/state").unwrap_or_default();
    let line = match part("/msgid") {
        Some(msgid) => text!(
            "demo.state_msgid",
            status = status,
            state = state,
            msgid = msgid
        ),
        None => text!("demo.state", status = status, state = state),
    };
    (true, line)
}

/// What became of a campaign's receivers.
pub(super) fn tallied(campaign: &Value) -> (bool, String) {
    let state = campaign.get("state").and_then(Value::as_str);
    let counts = campaign.get("counts").unwrap_or(&Value::Null);
    let count = |name| counts.get(name).and_then(Value::as_u64).unwrap_or_default();
    let failed = count("failed");
    let line = text!(
        "demo.tallied",
        state = state.unwrap_or_default(),
        sent = count("sent"),
        total = count("total"),
        filtered = count("filtered"),
        failed = failed
    );
    (state == Some("finished") && failed == 0, line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use texts::{Language, speak};

    #[test]
    fn what_routes_answer_becomes_words() {
        speak(Language::English);
        let answer = Ok((200, json!({ "state": "sent", "msgid": "42" })));
        assert_eq!(
            state(&answer),
            (true, "200 sent, WeChat's msgid 42".to_owned())
        );
        let refused = json!({ "error": { "type": "x", "message": "touser: must be given" } });
        assert_eq!(
            state(&Ok((400, refused))),
            (false, "400 touser: must be given".to_owned())
        );
        let report = br#"{"accounts":3,"fetched":2,"failed":1,"left":0}"#;
        assert_eq!(
            tick(report),
            (false, "3 accounts: 2 tokens fetched, 1 failed".to_owned())
        );
        let (is_well, line) = tick(br#"{"errorType":"x","errorMessage":"Task timed out"}"#);
        assert_eq!((is_well, line.as_str()), (false, "Task timed out"));
    }

    #[test]
    fn a_campaign_says_how_many_of_all_it_reached() {
        speak(Language::English);
        let counts = json!({ "recipients": 9, "total": 9, "filtered": 2, "sent": 7, "failed": 0 });
        let (is_well, line) = tallied(&json!({ "state": "finished", "counts": counts }));
        assert!(is_well);
        assert_eq!(line, "finished: 7 of 9 reached, 2 filtered out, 0 failed");
    }
}
