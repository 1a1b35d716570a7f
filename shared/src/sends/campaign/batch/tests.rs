use super::*;

const NOW: i64 = 1_800_000_000_000;

fn planned() -> Batch {
    Batch {
        state: State::Planned,
        ..Batch::default()
    }
}

fn again(uncertain: bool) -> Verdict {
    Verdict::Again {
        failure: Failure::new(None, "gone", "wechat_timeout"),
        at_ms: NOW + 1_000,
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
        .settled(verdict, 600_000, NOW + 10)
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
        (first.state, first.ready_ms()),
        (State::Submitting, NOW + LEASE_MS)
    );
    assert_eq!(first.uncertain_since_ms, 0);
    let second = first.claimed("b", NOW + LEASE_MS);
    assert_eq!((second.uncertain_since_ms, second.attempts), (NOW, 2));
    assert_eq!(second.dropped(), None, "it may have gone");
}

#[test]
fn an_uncertain_call_is_repeated_while_wechat_knows_the_id() {
    let uncertain = planned().claimed("a", NOW).settled(again(true), 0, NOW);
    assert_eq!(
        (uncertain.uncertain_since_ms, uncertain.ready_ms()),
        (NOW, NOW + 1_000)
    );
    assert!(!uncertain.is_lost(NOW + KNOWN_MS) && uncertain.is_lost(NOW + KNOWN_MS + 1));
    assert_eq!(uncertain.dropped(), None);
    let certain = planned().claimed("a", NOW).settled(again(false), 0, NOW);
    assert!(!certain.is_lost(NOW + 10 * KNOWN_MS));
    assert_eq!(certain.dropped().unwrap().state, State::Deleted);
    let lost = uncertain.lost();
    assert_eq!(
        (lost.state, lost.error.unwrap().class),
        (State::Failed, "unknown".to_owned())
    );
    let killed = planned().claimed("a", NOW);
    assert!(
        killed.is_lost(NOW + KNOWN_MS + 1),
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
    let late = accepted().looked(Some(&MassStatus::SendSuccess), 600_000, NOW + 600_000);
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
    assert_eq!(batch.look_ms, NOW + 10 + 600_000);
    let first = batch.looked(Some(&MassStatus::Sending), 600_000, NOW);
    let second = first.looked(None, 600_000, NOW);
    assert_eq!(
        (first.look_ms, second.look_ms),
        (NOW + 600_000, NOW + 1_200_000)
    );
    let last = second.looked(Some(&MassStatus::Sending), 600_000, NOW + NO_RESULT_MS + 11);
    assert_eq!(last.error.unwrap().class, "no_result");
    let gone = batch.looked(Some(&MassStatus::Delete), 600_000, NOW);
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
