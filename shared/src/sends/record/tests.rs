use super::*;
use crate::{
    sends::sample::{APP, job},
    time::{Timestamp, ms},
};
use serde_json::json;

const NOW: Timestamp = Timestamp::from_millis(1_735_689_600_123);

fn sending(kind: SendKind) -> Record {
    Record {
        state: State::Sending,
        attempts: 1,
        lease_owner: Some("me".into()),
        lease_until: NOW + ms(60_000),
        begun: NOW,
        ..Record::new(&APP, &job(kind), NOW)
    }
}

#[test]
fn a_row_is_shown_as_the_design_says() {
    let mut record = Record::new(&APP, &job(SendKind::Template), NOW);
    let expected = json!({
        "client_msg_id": "a1", "kind": "template", "to_user": "oA", "state": "queued",
        "msgid": null, "error": null,
        "history": [{"state": "queued", "at": "2025-01-01T00:00:00.123Z"}],
    });
    assert_eq!(record.view(), expected);
    record.error = Some(Failure::new(Some(43004), "require subscribe", "refused"));
    assert_eq!(
        record.view()["error"],
        json!({
            "errcode": 43004, "errmsg": "require subscribe", "class": "refused",
            "explanation": {
                "en": "Recipient does not follow the account", "zh": "接收者没有关注该账号",
            },
        })
    );
    record.state = State::Parked;
    record.not_before = NOW;
    assert_eq!(record.view()["not_before"], "2025-01-01T00:00:00.123Z");
}

#[test]
fn a_body_comes_back_as_it_went() {
    let record = Record::new(&APP, &job(SendKind::Template), NOW);
    let text = serde_json::to_string(&record).unwrap();
    let read: Record = serde_json::from_str(&text).unwrap();
    assert_eq!(read, record);
    assert_eq!(read.body["n"].to_string(), "1.0");
    let again = read.job();
    assert_eq!(Record::filed(&APP, &again), Some(record), "as it was filed");
    assert_eq!(
        SendJob {
            filed: None,
            ..again
        },
        job(SendKind::Template)
    );
}

#[test]
fn who_asks_gets_a_message_once() {
    let row = sending(SendKind::Template);
    assert_eq!(row.step("me", NOW), Step::Go);
    let until = NOW + ms(60_000);
    assert_eq!(row.step("other", NOW), Step::Hold { until });
    let from = "me".to_owned();
    assert_eq!(row.step("other", until), Step::TakeOver { from });
    for state in State::ALL {
        let row = Record {
            state,
            ..row.clone()
        };
        let left = row.step("other", NOW) == Step::Leave;
        assert_eq!(left, state != State::Sending, "{state:?}");
    }
}

#[test]
fn an_unknown_fate_is_repeated_only_where_it_is_no_second_message() {
    let minute = 60_000;
    for (kind, options, age, again) in [
        (SendKind::Template, Options::default(), minute, true),
        (SendKind::Template, Options::default(), 10 * minute, false),
        (SendKind::Subscription, Options::default(), minute, false),
        (SendKind::CustomerService, Options::default(), 0, false),
        (
            SendKind::OneTimeSubscription,
            Options {
                on_unknown: OnUnknown::Retry,
                ..Options::default()
            },
            60 * minute,
            true,
        ),
    ] {
        let row = Record {
            uncertain_since: Some(NOW - ms(age)),
            options,
            ..sending(kind)
        };
        let expected = if again { Step::Go } else { Step::Unknown };
        assert_eq!(row.step("me", NOW), expected, "{kind:?} {age}");
    }
}

#[test]
fn the_sixth_try_is_none() {
    let row = Record {
        attempts: TRIES + 1,
        ..sending(SendKind::Template)
    };
    assert_eq!(row.step("me", NOW), Step::Dead);
}

#[test]
fn each_redrive_is_a_message_of_its_own_to_the_queue() {
    let mut row = sending(SendKind::Template);
    assert_eq!(row.deduplication_id(), "a1");
    row.redrives = 2;
    assert_eq!(row.deduplication_id(), "a1/2");
}

#[test]
fn a_message_is_asked_for_when_it_comes_and_when_it_is_redriven() {
    use State::{Dead, Failed, Queued, Sending};
    let mut record = Record::new(&APP, &job(SendKind::Subscription), NOW);
    let mut enter = |states: &[State]| {
        for (state, n) in states.iter().zip(1..) {
            record.history.push(Entry {
                state: *state,
                at: NOW + ms(n),
            });
        }
        record.asked().since(NOW)
    };
    assert_eq!(enter(&[]), Duration::ZERO);
    assert_eq!(
        enter(&[Sending, Queued, Sending, Failed]),
        Duration::ZERO,
        "a repeat of its own"
    );
    assert_eq!(enter(&[Queued, Sending, Queued]), ms(1));
    assert_eq!(enter(&[Sending, Dead, Queued]), ms(3));
}

#[test]
fn a_piece_that_wechat_refused_is_collected_and_not_sent_again() {
    let piece = |state| Record {
        state,
        answer: Some(PieceOf {
            then: Some(4..9),
            answer: "a".to_owned(),
            set: "s".to_owned(),
            piece: 0,
            asked: NOW,
        }),
        ..sending(SendKind::CustomerService)
    };
    assert_eq!(piece(State::Failed).redriven(NOW), None);
    assert!(piece(State::Dead).redriven(NOW).is_some());
    assert!(piece(State::Unknown).redriven(NOW).is_some());
}
