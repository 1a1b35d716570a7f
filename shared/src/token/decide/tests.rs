mod races;

use super::*;
use crate::time::{Timestamp, ms};
use std::time::Duration;

const MARGIN: Duration = Duration::from_secs(240);
const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const STABLE: (Terms, Duration) = (Terms::Stable, MARGIN);
const CLASSIC: (Terms, Duration) = (Terms::Classic, MARGIN);

fn holding(value: &str, left: Duration) -> Record {
    Record {
        value: Some(value.into()),
        expires_at: NOW + left,
        version: 7,
        ..Record::default()
    }
}

fn leased(left: Duration, until: Timestamp) -> Record {
    Record {
        lease_owner: Some("other".into()),
        lease_until: until,
        ..holding("a", left)
    }
}

fn look(record: &Record, why: Why<'_>) -> Decision {
    decide(record, NOW, "me", why, STABLE, Duration::ZERO)
}

fn refused(token: &str) -> SecretString {
    token.into()
}

fn grant(value: &str, asked: Timestamp) -> Grant {
    Grant {
        value: value.into(),
        expires_in_s: 7200,
        asked,
        forced: false,
    }
}

#[test]
fn the_schedule_acts_inside_the_margin_and_a_caller_at_the_end() {
    assert!(matches!(
        look(&holding("a", MARGIN + ms(1)), Why::Schedule),
        Decision::Use
    ));
    assert!(matches!(
        look(&holding("a", MARGIN), Why::Schedule),
        Decision::Lease(_)
    ));
    assert!(matches!(
        look(&holding("a", RESERVE + ms(1)), Why::Need),
        Decision::Use
    ));
    for record in [Record::default(), holding("a", RESERVE)] {
        let Decision::Lease(next) = look(&record, Why::Need) else {
            panic!("due")
        };
        assert_eq!(next.lease_owner.as_deref(), Some("me"));
        assert_eq!(next.lease_until, NOW + LEASE);
        assert_eq!(next.version, record.version + 1);
    }
}

#[test]
fn nobody_waits_while_the_old_token_is_good() {
    let fetching = leased(MARGIN, NOW + LEASE);
    assert!(matches!(look(&fetching, Why::Schedule), Decision::Use));
    assert!(matches!(look(&fetching, Why::Need), Decision::Use));
    let ended = leased(Duration::ZERO, NOW + LEASE);
    assert!(matches!(look(&ended, Why::Need), Decision::Wait));
}

#[test]
fn a_refused_token_is_replaced_only_if_it_is_the_stored_one() {
    let record = holding("a", ms(3_600_000));
    let token = refused("b");
    assert!(matches!(look(&record, Why::Refused(&token)), Decision::Use));
    let token = refused("a");
    assert!(matches!(
        look(&record, Why::Refused(&token)),
        Decision::Lease(_)
    ));
    let fetching = leased(ms(3_600_000), NOW + LEASE);
    assert!(matches!(
        look(&fetching, Why::Refused(&token)),
        Decision::Wait
    ));
}

#[test]
fn a_lease_dies_by_being_watched_whatever_the_clocks_say() {
    for until in [NOW - ms(3_600_000), NOW + ms(3_600_000)] {
        let record = leased(Duration::ZERO, until);
        let seen = |watched| decide(&record, NOW, "me", Why::Need, STABLE, watched);
        assert!(matches!(seen(LEASE - ms(1)), Decision::Wait));
        assert!(matches!(seen(LEASE), Decision::Lease(_)));
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
    let held = holding("a", Duration::ZERO);
    let paused = release(
        &held,
        ("ip_not_whitelisted", "add it".into()),
        NOW,
        ms(60_000),
    );
    assert!(matches!(
        look(&paused, Why::Need),
        Decision::Paused(pause) if pause.until == NOW + ms(60_000)
    ));
    let mut later = paused.clone();
    later.retry_at = NOW;
    assert!(matches!(look(&later, Why::Need), Decision::Lease(_)));
    later.retry_at = NOW + ms(86_400_000);
    assert!(matches!(look(&later, Why::Need), Decision::Lease(_)));
    let good = release(
        &holding("a", MARGIN),
        ("wechat_transient", String::new()),
        NOW,
        ms(2_000),
    );
    assert!(matches!(look(&good, Why::Schedule), Decision::Use));
}

#[test]
fn forced_refreshes_are_counted_by_the_day_and_thirty_seconds_apart() {
    let mut record = holding("a", ms(3_600_000));
    let mut now = beijing::midnight_after(beijing::day(NOW));
    let midnight = now;
    for count in 1..=FORCED_A_DAY {
        record = force(&record, now).unwrap();
        assert_eq!(record.forced_count, count);
        if count < FORCED_A_DAY {
            assert_eq!(
                force(&record, now + ms(29_999)).unwrap_err(),
                now + ms(30_000)
            );
        }
        now += FORCED_GAP;
    }
    assert_eq!(force(&record, now).unwrap_err(), midnight + ms(86_400_000));
    assert_eq!(forced_left(&record, now), 0);
    assert_eq!(
        forced_left(&record, midnight + ms(86_400_000)),
        FORCED_A_DAY
    );
    assert_eq!(
        force(&record, midnight + ms(86_400_000))
            .unwrap()
            .forced_count,
        1
    );
}

#[test]
fn a_spent_allowance_is_not_asked_for_again_and_again() {
    let token = refused("a");
    let mut record = force(&holding("a", ms(3_600_000)), NOW - ms(1_000)).unwrap();
    record.fetched_at = NOW - ms(1_000);
    let Decision::Mark(marked) = look(&record, Why::Refused(&token)) else {
        panic!("the row does not know yet")
    };
    assert!(marked.current(NOW, Duration::ZERO).is_none() && marked.version == record.version + 1);
    record = *marked;
    assert!(matches!(
        look(&record, Why::Refused(&token)),
        Decision::Spent { until } if until == NOW + ms(29_000)
    ));
    record.fetched_at = NOW - FORCED_GAP;
    assert!(matches!(
        look(&record, Why::Refused(&token)),
        Decision::Lease(_)
    ));
}

#[test]
fn a_refused_token_is_nobodys_until_another_one_is_there() {
    let token = refused("a");
    let mut record = release(
        &holding("a", ms(3_600_000)),
        ("ip", "x".into()),
        NOW,
        ms(60_000),
    );
    let Decision::Mark(marked) = look(&record, Why::Refused(&token)) else {
        panic!("paused, and not known yet")
    };
    for why in [Why::Need, Why::Schedule, Why::Refused(&token)] {
        assert!(matches!(look(&marked, why), Decision::Paused(_)));
    }
    record = *marked;
    record.retry_at = Timestamp::from_millis(0);
    let Decision::Lease(held) = look(&record, Why::Need) else {
        panic!("due")
    };
    let again = publish(&held, &grant("a", NOW));
    assert!(
        again.current(NOW, Duration::ZERO).is_none(),
        "still refused"
    );
    assert!(
        publish(&accept_repeated(&held), &grant("a", NOW))
            .current(NOW, Duration::ZERO)
            .is_some()
    );
    assert!(publish(&held, &grant("b", NOW)).refused.is_none());
    let Decision::Lease(held) = look(&holding("a", ms(3_600_000)), Why::Refused(&token)) else {
        panic!("due")
    };
    assert!(held.refuses("a"), "the lease remembers it too");
}

#[test]
fn classic_fetches_are_thirty_seconds_apart_and_counted_by_the_day() {
    let token = refused("a");
    let look = |record: &Record, now, why| decide(record, now, "me", why, CLASSIC, Duration::ZERO);
    let Decision::Lease(held) = look(&Record::default(), NOW, Why::Need) else {
        panic!("none yet")
    };
    assert_eq!((held.classic_count, held.classic_at), (1, NOW));
    let failed = release(&held, ("wechat_transient", String::new()), NOW, ms(2_000));
    let opens = |decision| match decision {
        Decision::Spent { until } => until,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        opens(look(&failed, NOW + ms(2_000), Why::Need)),
        NOW + CLASSIC_GAP
    );
    let fresh = publish(&held, &grant("a", NOW));
    assert!(matches!(
        look(&fresh, NOW + ms(1), Why::Need),
        Decision::Use
    ));
    let Decision::Mark(marked) = look(&fresh, NOW + ms(1), Why::Refused(&token)) else {
        panic!("not known yet")
    };
    assert_eq!(
        opens(look(&marked, NOW + ms(29_999), Why::Need)),
        NOW + CLASSIC_GAP
    );
    assert!(matches!(
        look(&marked, NOW + ms(30_000), Why::Need),
        Decision::Lease(_)
    ));
    let mut spent = *marked;
    (spent.classic_at, spent.classic_count) = (Timestamp::default(), CLASSIC_A_DAY - CLASSIC_KEPT);
    let midnight = beijing::midnight_after(beijing::day(NOW));
    assert_eq!(opens(look(&spent, NOW + ms(60_000), Why::Need)), midnight);
    assert!(
        matches!(look(&spent, midnight, Why::Need), Decision::Lease(held) if held.classic_count == 1)
    );
    spent.refused = None;
    spent.expires_at = NOW;
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
    let held = leased(ms(3_600_000), NOW + LEASE);
    let next = publish(&held, &grant("b", NOW));
    assert!(next.holds("b") && next.lease_owner.is_none());
    assert_eq!(next.expires_at, NOW + ms(7_200_000));
    assert_eq!(next.previous.as_ref().unwrap().expose_secret(), "a");
    assert_eq!(next.previous_valid_until, NOW + OVERLAP);
    assert_eq!(next.version, held.version + 1);
    let forced = Grant {
        forced: true,
        ..grant("b", NOW)
    };
    assert_eq!(publish(&held, &forced).previous_valid_until, NOW);
    let same = publish(&held, &grant("a", NOW));
    assert!(same.previous.is_none() && same.since == held.since);
}

#[test]
fn margins_differ_between_accounts_and_fit_between_tick_and_overlap() {
    let margins: std::collections::BTreeSet<_> =
        (0..1_000).map(|n| margin(&format!("wx{n:016}"))).collect();
    assert!(
        margins
            .iter()
            .all(|m| (ms(200_000)..=ms(270_000)).contains(m))
    );
    assert!(margins.len() > 900, "{} margins", margins.len());
}
