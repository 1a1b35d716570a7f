use super::*;
use crate::{
    sends::campaign::{result::MassResult, verdict::Verdict},
    time::{Timestamp, ms},
};
use std::time::Duration;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn planned() -> Batch {
    Batch {
        state: State::Planned,
        ..Batch::default()
    }
}

fn again(uncertain: bool) -> Verdict {
    Verdict::Again {
        failure: Failure::new(None, "gone", "wechat_timeout"),
        at: NOW + ms(1_000),
        uncertain,
    }
}

fn accepted() -> Batch {
    let verdict = Verdict::Accepted {
        msg_id: Some(3_147_483_661),
        msg_data_id: None,
    };
    planned()
        .claimed("me", NOW)
        .settled(verdict, ms(600_000), NOW + ms(10))
}

fn result(status: &str) -> MassResult {
    MassResult {
        msg_id: 3_147_483_661,
        status: status.into(),
        counts: Counts {
            total: 10,
            filtered: 9,
            sent: 8,
            failed: 1,
        },
        ..MassResult::default()
    }
}

#[test]
fn a_claim_that_was_left_is_a_call_of_unknown_fate() {
    let first = planned().claimed("a", NOW);
    assert_eq!(
        (first.state, first.ready()),
        (State::Submitting, NOW + LEASE)
    );
    assert_eq!(first.uncertain_since, None);
    let second = first.claimed("b", NOW + LEASE);
    assert_eq!((second.uncertain_since, second.attempts), (Some(NOW), 2));
    assert_eq!(second.dropped(), None, "it may have gone");
    assert!(second.released().is_in_doubt(), "the first call is");
}

#[test]
fn a_claim_without_a_call_is_no_call() {
    let claimed = planned().claimed("a", NOW);
    assert!(claimed.is_in_doubt());
    let released = claimed.released();
    assert_eq!((released.attempts, released.is_in_doubt()), (0, false));
    assert!(released.dropped().unwrap().is_unspent());
}

#[test]
fn an_unknown_batch_is_resolved_by_its_result() {
    let called = planned().claimed("a", NOW);
    assert_eq!(called.lost("stopped", NOW + LEASE - ms(1)), None);
    let lost = called.lost("stopped", NOW + LEASE).unwrap();
    for (status, state) in [
        ("send success", State::Finished),
        ("err(20431)", State::Failed),
    ] {
        let resolved = lost.joined(&result(status)).unwrap();
        assert_eq!((resolved.state, resolved.is_unspent()), (state, false));
    }
    let verdict = Verdict::Accepted {
        msg_id: Some(3_147_483_661),
        msg_data_id: None,
    };
    let late = lost.settled(verdict, ms(600_000), NOW + ms(95_000));
    assert_eq!((late.state, late.error), (State::Accepted, None));
}

#[test]
fn an_uncertain_call_is_repeated_while_wechat_knows_the_id() {
    let uncertain = planned()
        .claimed("a", NOW)
        .settled(again(true), Duration::ZERO, NOW);
    assert_eq!(
        (uncertain.uncertain_since, uncertain.ready()),
        (Some(NOW), NOW + ms(1_000))
    );
    assert!(!uncertain.is_lost(NOW + KNOWN) && uncertain.is_lost(NOW + KNOWN + ms(1)));
    assert_eq!(uncertain.dropped(), None);
    let certain = planned()
        .claimed("a", NOW)
        .settled(again(false), Duration::ZERO, NOW);
    assert!(!certain.is_lost(NOW + 10 * KNOWN));
    assert_eq!(certain.dropped().unwrap().state, State::Deleted);
    let lost = uncertain.lost("no answer", NOW).unwrap();
    assert_eq!(
        (lost.state, lost.error.clone().unwrap().class),
        (State::Unknown, "unknown".to_owned())
    );
    assert!(!lost.is_unspent() && lost.dropped().is_none());
    let killed = planned().claimed("a", NOW);
    assert!(
        killed.is_lost(NOW + KNOWN + ms(1)),
        "whoever claimed it never came back"
    );
}

#[test]
fn a_result_counts_once_whenever_it_comes() {
    let done = accepted().joined(&result("send success")).unwrap();
    assert_eq!(
        (done.state, done.counts.unwrap().sent),
        (State::Finished, 8)
    );
    assert_eq!(done.joined(&result("send fail")), None);
    let early = planned()
        .claimed("a", NOW)
        .joined(&result("send success"))
        .unwrap();
    assert_eq!(
        (early.state, early.msg_id),
        (State::Finished, Some(3_147_483_661))
    );
    let failed = accepted().joined(&result("err(20431)")).unwrap();
    assert_eq!(
        (failed.state, failed.error.unwrap().errmsg),
        (State::Failed, "err(20431)".to_owned())
    );
    let late = accepted().looked(
        Some(&MassStatus::SendSuccess),
        ms(600_000),
        NOW + ms(600_000),
    );
    assert_eq!((late.state, late.counts), (State::Finished, None));
    assert!(
        late.joined(&result("send success"))
            .unwrap()
            .counts
            .is_some()
    );
}

#[test]
fn looks_grow_rarer_and_end() {
    let batch = accepted();
    assert_eq!(batch.look, NOW + ms(10) + ms(600_000));
    let looked = |batch: &Batch, status| batch.looked(status, batch.pause(ms(600_000)), NOW);
    let first = looked(&batch, Some(&MassStatus::Sending));
    let second = looked(&first, None);
    assert_eq!(
        (first.look, second.look),
        (NOW + ms(600_000), NOW + ms(1_200_000))
    );
    let last = second.looked(
        Some(&MassStatus::Sending),
        ms(600_000),
        NOW + NO_RESULT + ms(11),
    );
    assert_eq!(
        (last.state, last.error.unwrap().class),
        (State::Unknown, "no_result".to_owned())
    );
    let gone = batch.looked(Some(&MassStatus::Delete), ms(600_000), NOW);
    assert_eq!(gone.state, State::Deleted);
}

#[test]
fn what_is_taken_back_is_remembered() {
    let done = accepted().joined(&result("send success")).unwrap();
    let one = done.article_gone(2, None);
    assert_eq!(
        (one.state, one.taken_back.contains(&2)),
        (State::Finished, true)
    );
    assert_eq!(one.article_gone(0, None).state, State::Deleted);
    let refused = done.article_gone(0, Some(Failure::new(Some(40_059), "no", "caller")));
    assert_eq!(refused.state, State::Finished);
    assert_eq!(
        refused.joined(&result("send success")),
        None,
        "counts stay as they are"
    );
}

#[test]
fn a_refusal_that_comes_after_somebody_took_over_says_nothing() {
    let refused = Verdict::Failed(Failure::new(None, "no", "content"));
    let taken_over = planned().claimed("a", NOW).claimed("b", NOW + LEASE);
    let unanswered = taken_over.settled(again(true), Duration::ZERO, NOW + LEASE);
    let given_up = planned().claimed("a", NOW).lost("stopped", Timestamp::MAX);
    let accepted = Verdict::Accepted {
        msg_id: Some(1),
        msg_data_id: None,
    };
    for batch in [taken_over.clone(), unanswered, given_up.unwrap()] {
        assert!(!batch.takes(&refused, "a") && batch.takes(&accepted, "a"));
    }
    assert!(taken_over.takes(&refused, "b") && planned().takes(&refused, "a"));
}

#[test]
fn a_failed_batch_goes_again_under_an_id_of_its_own() {
    let failed = Batch {
        number: 3,
        clientmsgid: "first".into(),
        recipients: 10,
        state: State::Failed,
        msg_id: Some(3_147_483_661),
        error: Some(Failure::new(None, "err(10001)", "content")),
        attempts: 2,
        version: 7,
        ..Batch::default()
    };
    let again = failed.again(9);
    assert_eq!(
        again,
        failed.again(9),
        "two who ask at once ask for the same"
    );
    assert_eq!(
        (again.state, again.recipients, again.version),
        (State::Planned, 9, 8)
    );
    assert_eq!(
        (again.msg_id, again.error.as_ref(), again.attempts),
        (None, None, 0)
    );
    let third = again.again(9);
    let ids: Vec<&str> = third.earlier.iter().map(|one| &*one.clientmsgid).collect();
    assert_eq!(ids, ["first", &*again.clientmsgid]);
    assert_ne!(third.clientmsgid, again.clientmsgid);
    assert_eq!(third.earlier[0].msg_id.as_deref(), Some("3147483661"));
    assert_eq!(third.clientmsgid.len(), 32);
}

#[test]
fn only_what_reached_nobody_is_sent_again() {
    let refused = Verdict::Failed(Failure::new(Some(40_007), "no", "client"));
    let refused = planned().claimed("me", NOW).settled(refused, ms(1), NOW);
    let none = Counts {
        sent: 0,
        ..result("").counts
    };
    let told = |status: &str, counts| {
        let result = MassResult {
            counts,
            ..result(status)
        };
        accepted().joined(&result).unwrap()
    };
    let some = result("").counts;
    for (batch, nobody) in [
        (refused, true),
        (told("send fail", none), true),
        (told("err(10001)", none), true),
        (told("send fail", some), false),
        (told("half sent", none), false),
        (accepted(), false),
    ] {
        assert_eq!(batch.reached_nobody(), nobody, "{batch:?}");
        let campaign = crate::sends::sample::campaign();
        let kept = campaign.resendable_until(std::slice::from_ref(&batch), NOW);
        assert_eq!(kept.is_some(), nobody, "{batch:?}");
    }
}
