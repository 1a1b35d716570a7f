mod races;

use super::*;

const MARGIN: i64 = 240_000;
const NOW: i64 = 1_800_000_000_000;
const STABLE: (Terms, i64) = (Terms::Stable, MARGIN);
const CLASSIC: (Terms, i64) = (Terms::Classic, MARGIN);

fn holding(value: &str, left_ms: i64) -> Record {
    Record {
        value: Some(value.into()),
        expires_at_ms: NOW + left_ms,
        version: 7,
        ..Record::default()
    }
}

fn leased(left_ms: i64, until_ms: i64) -> Record {
    Record {
        lease_owner: Some("other".into()),
        lease_until: until_ms,
        ..holding("a", left_ms)
    }
}

fn look(record: &Record, why: Why<'_>) -> Decision {
    decide(record, NOW, "me", why, STABLE, 0)
}

fn refused(token: &str) -> SecretString {
    token.into()
}

fn grant(value: &str, asked_ms: i64) -> Grant {
    Grant {
        value: value.into(),
        expires_in_s: 7200,
        asked_ms,
        forced: false,
    }
}

#[test]
fn the_schedule_acts_inside_the_margin_and_a_caller_at_the_end() {
    assert!(matches!(
        look(&holding("a", MARGIN + 1), Why::Schedule),
        Decision::Use
    ));
    assert!(matches!(
        look(&holding("a", MARGIN), Why::Schedule),
        Decision::Lease(_)
    ));
    assert!(matches!(
        look(&holding("a", RESERVE_MS + 1), Why::Need),
        Decision::Use
    ));
    for record in [Record::default(), holding("a", RESERVE_MS)] {
        let Decision::Lease(next) = look(&record, Why::Need) else {
            panic!("due")
        };
        assert_eq!(next.lease_owner.as_deref(), Some("me"));
        assert_eq!(next.lease_until, NOW + LEASE_MS);
        assert_eq!(next.version, record.version + 1);
    }
}

#[test]
fn nobody_waits_while_the_old_token_is_good() {
    let fetching = leased(MARGIN, NOW + LEASE_MS);
    assert!(matches!(look(&fetching, Why::Schedule), Decision::Use));
    assert!(matches!(look(&fetching, Why::Need), Decision::Use));
    let ended = leased(0, NOW + LEASE_MS);
    assert!(matches!(look(&ended, Why::Need), Decision::Wait));
}

#[test]
fn a_refused_token_is_replaced_only_if_it_is_the_stored_one() {
    let record = holding("a", 3_600_000);
    let token = refused("b");
    assert!(matches!(look(&record, Why::Refused(&token)), Decision::Use));
    let token = refused("a");
    assert!(matches!(
        look(&record, Why::Refused(&token)),
        Decision::Lease(_)
    ));
    let fetching = leased(3_600_000, NOW + LEASE_MS);
    assert!(matches!(
        look(&fetching, Why::Refused(&token)),
        Decision::Wait
    ));
}

#[test]
fn a_lease_dies_by_being_watched_whatever_the_clocks_say() {
    for until_ms in [NOW - 3_600_000, NOW + 3_600_000] {
        let record = leased(0, until_ms);
        let seen = |watched| decide(&record, NOW, "me", Why::Need, STABLE, watched);
        assert!(matches!(seen(LEASE_MS - 1), Decision::Wait));
        assert!(matches!(seen(LEASE_MS), Decision::Lease(_)));
    }
}

#[test]
fn the_schedule_watches_a_lease_that_ran_out() {
    let lapsed = leased(MARGIN, NOW);
    assert!(matches!(look(&lapsed, Why::Schedule), Decision::Wait));
    assert!(matches!(look(&lapsed, Why::Need), Decision::Use));
}

#[test]
fn a_failure_pauses_everybody_but_never_for_long() {
    let held = holding("a", 0);
    let paused = release(&held, ("ip_not_whitelisted", "add it".into()), NOW, 60_000);
    assert!(matches!(
        look(&paused, Why::Need),
        Decision::Paused { until_ms, .. } if until_ms == NOW + 60_000
    ));
    let mut later = paused.clone();
    later.retry_at_ms = NOW;
    assert!(matches!(look(&later, Why::Need), Decision::Lease(_)));
    later.retry_at_ms = NOW + 86_400_000;
    assert!(matches!(look(&later, Why::Need), Decision::Lease(_)));
    let good = release(
        &holding("a", MARGIN),
        ("wechat_transient", String::new()),
        NOW,
        2_000,
    );
    assert!(matches!(look(&good, Why::Schedule), Decision::Use));
}

#[test]
fn forced_refreshes_are_counted_by_the_day_and_thirty_seconds_apart() {
    let mut record = holding("a", 3_600_000);
    let mut now = beijing::midnight_after(beijing::day(NOW));
    let midnight = now;
    for count in 1..=FORCED_A_DAY {
        record = force(&record, now).unwrap();
        assert_eq!(record.forced_count, count);
        if count < FORCED_A_DAY {
            assert_eq!(force(&record, now + 29_999).unwrap_err(), now + 30_000);
        }
        now += FORCED_GAP_MS;
    }
    assert_eq!(force(&record, now).unwrap_err(), midnight + 86_400_000);
    assert_eq!(forced_left(&record, now), 0);
    assert_eq!(forced_left(&record, midnight + 86_400_000), FORCED_A_DAY);
    assert_eq!(
        force(&record, midnight + 86_400_000).unwrap().forced_count,
        1
    );
}

#[test]
fn a_spent_allowance_is_not_asked_for_again_and_again() {
    let token = refused("a");
    let mut record = force(&holding("a", 3_600_000), NOW - 1_000).unwrap();
    record.fetched_at_ms = NOW - 1_000;
    let Decision::Mark(marked) = look(&record, Why::Refused(&token)) else {
        panic!("the row does not know yet")
    };
    assert!(marked.current(NOW, 0).is_none() && marked.version == record.version + 1);
    record = *marked;
    assert!(matches!(
        look(&record, Why::Refused(&token)),
        Decision::Spent { until_ms } if until_ms == NOW + 29_000
    ));
    record.fetched_at_ms = NOW - FORCED_GAP_MS;
    assert!(matches!(
        look(&record, Why::Refused(&token)),
        Decision::Lease(_)
    ));
}

#[test]
fn a_refused_token_is_nobodys_until_another_one_is_there() {
    let token = refused("a");
    let mut record = release(&holding("a", 3_600_000), ("ip", "x".into()), NOW, 60_000);
    let Decision::Mark(marked) = look(&record, Why::Refused(&token)) else {
        panic!("paused, and not known yet")
    };
    for why in [Why::Need, Why::Schedule, Why::Refused(&token)] {
        assert!(matches!(look(&marked, why), Decision::Paused { .. }));
    }
    record = *marked;
    record.retry_at_ms = 0;
    let Decision::Lease(held) = look(&record, Why::Need) else {
        panic!("due")
    };
    let again = publish(&held, &grant("a", NOW));
    assert!(again.current(NOW, 0).is_none(), "still refused");
    assert!(
        publish(&accept_repeated(&held), &grant("a", NOW))
            .current(NOW, 0)
            .is_some()
    );
    assert!(publish(&held, &grant("b", NOW)).refused.is_none());
    let Decision::Lease(held) = look(&holding("a", 3_600_000), Why::Refused(&token)) else {
        panic!("due")
    };
    assert!(held.refuses("a"), "the lease remembers it too");
}

#[test]
fn classic_fetches_are_thirty_seconds_apart_and_counted_by_the_day() {
    let token = refused("a");
    let look = |record: &Record, now_ms, why| decide(record, now_ms, "me", why, CLASSIC, 0);
    let Decision::Lease(held) = look(&Record::default(), NOW, Why::Need) else {
        panic!("none yet")
    };
    assert_eq!((held.classic_count, held.classic_at_ms), (1, NOW));
    let failed = release(&held, ("wechat_transient", String::new()), NOW, 2_000);
    let opens = |decision| match decision {
        Decision::Spent { until_ms } => until_ms,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        opens(look(&failed, NOW + 2_000, Why::Need)),
        NOW + CLASSIC_GAP_MS
    );
    let fresh = publish(&held, &grant("a", NOW));
    assert!(matches!(look(&fresh, NOW + 1, Why::Need), Decision::Use));
    let Decision::Mark(marked) = look(&fresh, NOW + 1, Why::Refused(&token)) else {
        panic!("not known yet")
    };
    assert_eq!(
        opens(look(&marked, NOW + 29_999, Why::Need)),
        NOW + CLASSIC_GAP_MS
    );
    assert!(matches!(
        look(&marked, NOW + 30_000, Why::Need),
        Decision::Lease(_)
    ));
    let mut spent = *marked;
    (spent.classic_at_ms, spent.classic_count) = (0, CLASSIC_A_DAY - CLASSIC_KEPT);
    let midnight = beijing::midnight_after(beijing::day(NOW));
    assert_eq!(opens(look(&spent, NOW + 60_000, Why::Need)), midnight);
    assert!(
        matches!(look(&spent, midnight, Why::Need), Decision::Lease(held) if held.classic_count == 1)
    );
    spent.refused = None;
    spent.expires_at_ms = NOW;
    assert!(
        matches!(look(&spent, NOW, Why::Need), Decision::Lease(_)),
        "it ended by itself"
    );
    spent.classic_count = CLASSIC_A_DAY;
    assert_eq!(opens(look(&spent, NOW, Why::Need)), midnight);
    assert_eq!(uncount_classic(&held).classic_count, 0);
}

#[test]
fn a_published_token_keeps_the_former_one_for_the_overlap() {
    let held = leased(3_600_000, NOW + LEASE_MS);
    let next = publish(&held, &grant("b", NOW));
    assert!(next.holds("b") && next.lease_owner.is_none());
    assert_eq!(next.expires_at_ms, NOW + 7_200_000);
    assert_eq!(next.previous.as_ref().unwrap().expose_secret(), "a");
    assert_eq!(next.previous_valid_until, NOW + OVERLAP_MS);
    assert_eq!(next.version, held.version + 1);
    let forced = Grant {
        forced: true,
        ..grant("b", NOW)
    };
    assert_eq!(publish(&held, &forced).previous_valid_until, NOW);
    let same = publish(&held, &grant("a", NOW));
    assert!(same.previous.is_none() && same.since_ms == held.since_ms);
}

#[test]
fn margins_differ_between_accounts_and_fit_between_tick_and_overlap() {
    let margins: std::collections::BTreeSet<_> = (0..1_000)
        .map(|n| margin_ms(&format!("wx{n:016}")))
        .collect();
    assert!(margins.iter().all(|m| (200_000..=270_000).contains(m)));
    assert!(margins.len() > 900, "{} margins", margins.len());
}
