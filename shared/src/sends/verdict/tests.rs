use super::*;
use crate::{
    sends::{
        OnUnknown, SendKind, State,
        sample::{APP, job},
    },
    time::{Timestamp, ms},
};
use serde_json::{Map, json};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_010_000);

fn record(kind: SendKind, attempts: u32) -> Record {
    Record {
        attempts,
        begun: NOW,
        state: State::Sending,
        ..Record::new(&APP, &job(kind), NOW)
    }
}

fn refusal(errcode: i64) -> Result<Value, Error> {
    Err(Box::new(ApiError::new("/x", errcode, "", Map::new())).into())
}

fn broken(failure: Broken) -> Result<Value, Error> {
    Err(Error::Transport {
        endpoint: "/x".into(),
        failure,
        source: "gone".into(),
    })
}

fn unreadable() -> Result<Value, Error> {
    Err(Error::Unreadable {
        endpoint: "/x".into(),
        status: 502,
        excerpt: "<html>".into(),
    })
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Sent { .. } => "sent",
        Verdict::Failed(_) => "failed",
        Verdict::Unknown(_) => "unknown",
        Verdict::Dead(_) => "dead",
        Verdict::Quota(_) => "quota",
        Verdict::Again(again) if !again.counted => "unsent",
        Verdict::Again(again) if again.uncertain => "repeat",
        Verdict::Again(again) if again.slow => "slow",
        Verdict::Again(_) => "again",
    }
}

#[test]
fn classes_take_their_ways() {
    use SendKind::{CustomerService, Template};
    for (kind, outcome, first, last) in [
        (Template, refusal(43_004), "failed", "failed"),
        (Template, refusal(47_003), "failed", "failed"),
        (Template, refusal(48_001), "failed", "failed"),
        (Template, refusal(99_999), "failed", "failed"),
        (Template, refusal(40_001), "again", "dead"),
        (CustomerService, refusal(-1), "again", "dead"),
        (CustomerService, refusal(45_011), "slow", "dead"),
        (Template, refusal(45_009), "quota", "quota"),
        (Template, refusal(40_164), "again", "dead"),
        (Template, refusal(40_241), "failed", "failed"),
        (Template, broken(Broken::Connect), "unsent", "unsent"),
        (Template, broken(Broken::Timeout), "repeat", "unknown"),
        (Template, unreadable(), "repeat", "unknown"),
        (CustomerService, broken(Broken::Connect), "unsent", "unsent"),
        (
            CustomerService,
            broken(Broken::Broken),
            "unknown",
            "unknown",
        ),
        (CustomerService, unreadable(), "unknown", "unknown"),
    ] {
        let judged = |tries| Verdict::of(&record(kind, tries), &outcome, NOW);
        assert_eq!(word(&judged(1)), first, "{outcome:?}");
        assert_eq!(word(&judged(TRIES)), last, "{outcome:?} at last");
    }
}

#[test]
fn who_asked_for_it_has_it_again() {
    let mut row = record(SendKind::Subscription, 1);
    row.options.on_unknown = OnUnknown::Retry;
    let verdict = Verdict::of(&row, &broken(Broken::Timeout), NOW);
    assert_eq!(word(&verdict), "repeat");
}

#[test]
fn ids_come_as_number_or_text() {
    for (answer, expected) in [
        (
            json!({"msgid": 18_446_744_073_709_551_615_u64}),
            Some("18446744073709551615"),
        ),
        (json!({"errcode": 0, "msgid": "12"}), Some("12")),
        (json!({"errcode": 0}), None),
    ] {
        let verdict = Verdict::of(&record(SendKind::Template, 1), &Ok(answer), NOW);
        let msgid = expected.map(str::to_owned);
        assert_eq!(verdict, Verdict::Sent { msgid });
    }
}

#[test]
fn after_an_unknown_fate_a_refusal_is_not_the_whole_truth() {
    let uncertain = |kind| Record {
        uncertain_since: Some(NOW - ms(1_000)),
        ..record(kind, 2)
    };
    let of = |kind, code| word(&Verdict::of(&uncertain(kind), &refusal(code), NOW));
    assert_eq!(of(SendKind::Template, 40_241), "sent");
    assert_eq!(of(SendKind::Template, 43_004), "unknown");
    assert_eq!(of(SendKind::CustomerService, 45_047), "unknown");
    let last = Record {
        attempts: TRIES,
        ..uncertain(SendKind::Template)
    };
    assert_eq!(word(&Verdict::of(&last, &refusal(-1), NOW)), "unknown");
}

#[test]
fn pauses_grow_and_a_rate_waits_for_the_next_minute() {
    let pause =
        |tries, code| match Verdict::of(&record(SendKind::Template, tries), &refusal(code), NOW) {
            Verdict::Again(again) => again.at.since(NOW),
            other => panic!("{other:?}"),
        };
    assert_eq!([1, 2, 3, 4].map(|tries| pause(tries, -1)), PAUSES);
    assert_eq!((NOW + pause(1, 45_011)).as_millis() % 60_000, 500);
}

#[test]
fn typing_that_is_shown_already_is_shown() {
    let mut typing = record(SendKind::CustomerService, 1);
    typing.body = json!({"command": "Typing"});
    assert_eq!(word(&Verdict::of(&typing, &refusal(45_081), NOW)), "sent");
}
