use super::*;
use proptest::prelude::*;

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
        publish(&believed(&held), &grant("a", NOW))
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
    assert_eq!(uncounted(&held).classic_count, 0);
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
    let margins: std::collections::BTreeSet<_> = (0..1000)
        .map(|n| margin_ms(&format!("wx{n:016}")))
        .collect();
    assert!(margins.iter().all(|m| (200_000..=270_000).contains(m)));
    assert!(margins.len() > 900, "{} margins", margins.len());
}

/// WeChat's stable token, and everybody who looks at its row.
struct World {
    now_ms: i64,
    row: Record,
    token: (u32, i64),
    fetches: u32,
    issued: u32,
    terms: Terms,
}

struct Actor {
    skew_ms: i64,
    step: Step,
    seen: (u64, i64),
}

enum Step {
    Look,
    Act(Decision, u64),
    Fetch(Box<Record>),
    Publish(Box<Record>, Grant),
    Gone,
}

impl World {
    fn ending(left_ms: i64) -> Self {
        Self {
            now_ms: NOW,
            row: holding("0", left_ms),
            token: (0, NOW + left_ms),
            fetches: 0,
            issued: 0,
            terms: Terms::Stable,
        }
    }

    /// The condition of the store: the version read is the version replaced.
    fn write(&mut self, expected: u64, next: Record) -> bool {
        let fits = self.row.version == expected;
        if fits {
            self.row = next;
        }
        fits
    }

    fn fetch(&mut self, clock_ms: i64) -> Grant {
        self.fetches += 1;
        if self.terms == Terms::Classic || self.token.1 - self.now_ms <= OVERLAP_MS {
            self.issued += 1;
            self.token = (self.token.0 + 1, self.now_ms + 7_200_000);
        }
        let left_s = (self.token.1 - self.now_ms) / 1000;
        Grant {
            expires_in_s: u32::try_from(left_s).unwrap(),
            ..grant(&self.token.0.to_string(), clock_ms)
        }
    }

    fn advance(&mut self, actor: &mut Actor, me: &str, why: Why<'_>) {
        let clock_ms = self.now_ms + actor.skew_ms;
        actor.step = match std::mem::replace(&mut actor.step, Step::Look) {
            Step::Look => {
                if actor.seen.0 != self.row.version {
                    actor.seen = (self.row.version, clock_ms);
                }
                let watched = clock_ms - actor.seen.1;
                let decision = decide(&self.row, clock_ms, me, why, (self.terms, MARGIN), watched);
                Step::Act(decision, self.row.version)
            }
            Step::Act(Decision::Lease(next), version) => {
                if self.write(version, (*next).clone()) {
                    Step::Fetch(next)
                } else {
                    Step::Look
                }
            }
            Step::Act(Decision::Mark(next), version) => {
                self.write(version, *next);
                Step::Look
            }
            Step::Act(..) => Step::Look,
            Step::Fetch(held) => {
                let grant = self.fetch(clock_ms);
                Step::Publish(held, grant)
            }
            Step::Publish(held, grant) => {
                self.write(held.version, publish(&held, &grant));
                Step::Look
            }
            Step::Gone => Step::Gone,
        };
    }
}

fn actors(skews: &[i64]) -> Vec<Actor> {
    let actor = |skew_ms: &i64| Actor {
        skew_ms: *skew_ms,
        step: Step::Look,
        seen: (0, 0),
    };
    skews.iter().map(actor).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn racing_refreshers_fetch_once_an_expiry(
        turns in prop::collection::vec((0..3_usize, 0..100_i64), 40..120),
        left_ms in -1_000..MARGIN - 120_000,
        skews in prop::array::uniform3(-120_000..=120_000_i64),
    ) {
        let mut world = World::ending(left_ms);
        let mut actors = actors(&skews);
        for (turn, pass_ms) in turns {
            world.now_ms += pass_ms;
            world.advance(&mut actors[turn], &turn.to_string(), Why::Schedule);
        }
        prop_assert!(world.fetches <= 1, "{} fetches", world.fetches);
    }

    #[test]
    fn a_hundred_reports_of_one_refused_token_are_one_fetch(
        turns in prop::collection::vec((0..5_usize, 0..20_i64), 60..200),
    ) {
        let mut world = World::ending(3_600_000);
        world.token = (1, NOW + 7_200_000); // somebody else had it replaced
        let token = refused("0");
        let mut actors = actors(&[0, 60_000, -60_000, 120_000, -120_000]);
        for (turn, pass_ms) in turns {
            world.now_ms += pass_ms;
            world.advance(&mut actors[turn], &turn.to_string(), Why::Refused(&token));
        }
        prop_assert!(world.fetches <= 1 && world.issued == 0);
    }

    #[test]
    fn a_storm_of_refusals_of_classic_tokens_is_few_fetches(
        turns in prop::collection::vec((0..5_usize, 0..400_i64), 100..600),
        skews in prop::array::uniform5(-5_000..=5_000_i64),
    ) {
        let mut world = World::ending(3_600_000);
        world.terms = Terms::Classic;
        let mut actors = actors(&skews);
        for (turn, pass_ms) in turns {
            world.now_ms += pass_ms;
            let stored = world.row.value.clone().unwrap();
            world.advance(&mut actors[turn], &turn.to_string(), Why::Refused(&stored));
        }
        // Clocks are up to ten seconds apart.
        let most = 1 + (world.now_ms - NOW) / (CLASSIC_GAP_MS - 10_000);
        prop_assert!(i64::from(world.fetches) <= most, "{} of {most}", world.fetches);
    }

    #[test]
    fn a_token_known_as_refused_is_never_used(
        turns in prop::collection::vec((0..4_usize, 0..3_000_i64, any::<bool>()), 20..200),
        classic in any::<bool>(),
    ) {
        let mut world = World::ending(3_600_000);
        world.terms = if classic { Terms::Classic } else { Terms::Stable };
        let mut actors = actors(&[0, 3_000, -3_000, 0]);
        for (turn, pass_ms, reports) in turns {
            world.now_ms += pass_ms;
            let stored = world.row.value.clone().unwrap();
            let why = if reports { Why::Refused(&stored) } else { Why::Need };
            let known = world.row.refuses(stored.expose_secret());
            world.advance(&mut actors[turn], &turn.to_string(), why);
            let used = matches!(&actors[turn].step, Step::Act(Decision::Use, version) if *version == world.row.version);
            prop_assert!(!(known && used), "handed out {:?}", world.row);
        }
    }

    #[test]
    fn a_refresher_killed_at_any_step_is_replaced_and_its_late_answer_loses(
        killed_after in 1..5_usize,
        late in 0..4_usize,
        skew_ms in -120_000..=120_000_i64,
    ) {
        let mut world = World::ending(-300_000);
        let mut pair = actors(&[0, skew_ms]);
        for _ in 0..killed_after {
            world.advance(&mut pair[0], "killed", Why::Need);
        }
        let stale = std::mem::replace(&mut pair[0].step, Step::Gone);
        for _ in 0..200 {
            world.now_ms += 200;
            world.advance(&mut pair[1], "other", Why::Need);
        }
        prop_assert!(world.row.current(world.now_ms + skew_ms, RESERVE_MS).is_some());
        prop_assert!(world.fetches <= 2 && world.issued == 1, "{}", world.fetches);
        let held = world.row.clone();
        pair[0].step = stale;
        for _ in 0..late {
            world.advance(&mut pair[0], "killed", Why::Need);
        }
        prop_assert_eq!((world.row.version, world.row.since_ms), (held.version, held.since_ms));
    }
}

#[test]
fn a_day_of_ticks_and_callers_fetches_once_a_life_and_never_lacks_a_token() {
    for skew_ms in [0, 120_000, -120_000] {
        let mut world = World::ending(7_200_000);
        let mut cast = actors(&[skew_ms, 0]);
        for second in 0..86_400 {
            world.now_ms = NOW + second * 1000;
            if second % 120 == 0 {
                for _ in 0..4 {
                    world.advance(&mut cast[0], "tick", Why::Schedule);
                }
                cast[0].step = Step::Look;
            }
            if second % 7 == 0 || !matches!(cast[1].step, Step::Look) {
                world.advance(&mut cast[1], "caller", Why::Need);
            }
            let life_left = world.token.1 - world.now_ms;
            assert!(
                life_left > 0,
                "no living token at {second} s, skew {skew_ms}"
            );
        }
        assert!((12..=13).contains(&world.issued), "{} issued", world.issued);
        let wasted = world.fetches - world.issued;
        assert!(skew_ms != 0 || wasted == 0, "{wasted} fetches for nothing");
        assert!(wasted <= 2 * world.issued, "{wasted} fetches for nothing");
    }
}
