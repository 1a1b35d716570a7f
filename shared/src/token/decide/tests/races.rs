use super::*;
use crate::time::{Timestamp, millis, ms};
use proptest::prelude::*;
use std::time::Duration;

/// WeChat's token, and everybody who looks at its row.
struct World {
    now: Timestamp,
    row: Record,
    token: (u32, Timestamp),
    fetches: u32,
    issued: u32,
    terms: Terms,
}

struct Actor {
    /// How far its clock is ahead, in milliseconds.
    skew: i64,
    step: Step,
    seen: (u64, Timestamp),
}

enum Step {
    Look,
    Act(Decision, u64),
    Fetch(Box<Record>),
    Publish(Box<Record>, Grant),
    Gone,
}

impl World {
    fn ending(left: i64) -> Self {
        Self {
            now: NOW,
            row: Record {
                expires_at: shifted(NOW, left),
                ..holding("0", Duration::ZERO)
            },
            token: (0, shifted(NOW, left)),
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

    fn fetch(&mut self, clock: Timestamp) -> Grant {
        self.fetches += 1;
        if self.terms == Terms::Classic || self.token.1.since(self.now) <= OVERLAP {
            self.issued += 1;
            self.token = (self.token.0 + 1, self.now + ms(7_200_000));
        }
        let left_s = self.token.1.since(self.now).as_secs();
        Grant {
            expires_in_s: u32::try_from(left_s).unwrap(),
            ..grant(&self.token.0.to_string(), clock)
        }
    }

    fn advance(&mut self, actor: &mut Actor, me: &str, why: Why<'_>) {
        let clock = shifted(self.now, actor.skew);
        actor.step = match std::mem::replace(&mut actor.step, Step::Look) {
            Step::Look => {
                if actor.seen.0 != self.row.version {
                    actor.seen = (self.row.version, clock);
                }
                let watched = clock.since(actor.seen.1);
                let decision = decide(&self.row, clock, me, why, (self.terms, MARGIN), watched);
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
                let grant = self.fetch(clock);
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

fn shifted(at: Timestamp, ms: i64) -> Timestamp {
    Timestamp::from_millis(at.as_millis() + ms)
}

fn actors(skews: &[i64]) -> Vec<Actor> {
    let actor = |skew: &i64| Actor {
        skew: *skew,
        step: Step::Look,
        seen: (0, Timestamp::default()),
    };
    skews.iter().map(actor).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn racing_refreshers_fetch_once_an_expiry(
        turns in prop::collection::vec((0..3_usize, 0..100_u64), 40..120),
        left in -1_000..millis(MARGIN) - 120_000,
        skews in prop::array::uniform3(-120_000..=120_000_i64),
    ) {
        let mut world = World::ending(left);
        let mut actors = actors(&skews);
        for (turn, pass) in turns {
            world.now += ms(pass);
            world.advance(&mut actors[turn], &turn.to_string(), Why::Schedule);
        }
        prop_assert!(world.fetches <= 1, "{} fetches", world.fetches);
    }

    #[test]
    fn a_hundred_reports_of_one_refused_token_are_one_fetch(
        turns in prop::collection::vec((0..5_usize, 0..20_u64), 60..200),
    ) {
        let mut world = World::ending(3_600_000);
        world.token = (1, NOW + ms(7_200_000)); // somebody else had it replaced
        let token = refused("0");
        let mut actors = actors(&[0, 60_000, -60_000, 120_000, -120_000]);
        for (turn, pass) in turns {
            world.now += ms(pass);
            world.advance(&mut actors[turn], &turn.to_string(), Why::Refused(&token));
        }
        prop_assert!(world.fetches <= 1 && world.issued == 0);
    }

    #[test]
    fn a_storm_of_refusals_of_classic_tokens_is_few_fetches(
        turns in prop::collection::vec((0..5_usize, 0..400_u64), 100..600),
        skews in prop::array::uniform5(-5_000..=5_000_i64),
    ) {
        let mut world = World::ending(3_600_000);
        world.terms = Terms::Classic;
        let mut actors = actors(&skews);
        for (turn, pass) in turns {
            world.now += ms(pass);
            let stored = world.row.value.clone().unwrap();
            world.advance(&mut actors[turn], &turn.to_string(), Why::Refused(&stored));
        }
        // Clocks are up to ten seconds apart.
        let most = 1 + world.now.since(NOW).as_millis() / (CLASSIC_GAP - ms(10_000)).as_millis();
        prop_assert!(u128::from(world.fetches) <= most, "{} of {most}", world.fetches);
    }

    #[test]
    fn a_token_known_as_refused_is_never_used(
        turns in prop::collection::vec((0..4_usize, 0..3_000_u64, any::<bool>()), 20..200),
        classic in any::<bool>(),
    ) {
        let mut world = World::ending(3_600_000);
        world.terms = if classic { Terms::Classic } else { Terms::Stable };
        let mut actors = actors(&[0, 3_000, -3_000, 0]);
        for (turn, pass, reports) in turns {
            world.now += ms(pass);
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
        skew in -120_000..=120_000_i64,
    ) {
        let mut world = World::ending(-300_000);
        let mut pair = actors(&[0, skew]);
        for _ in 0..killed_after {
            world.advance(&mut pair[0], "killed", Why::Need);
        }
        let stale = std::mem::replace(&mut pair[0].step, Step::Gone);
        for _ in 0..200 {
            world.now += ms(200);
            world.advance(&mut pair[1], "other", Why::Need);
        }
        prop_assert!(world.row.current(shifted(world.now, skew), RESERVE).is_some());
        prop_assert!(world.fetches <= 2 && world.issued == 1, "{}", world.fetches);
        let held = world.row.clone();
        pair[0].step = stale;
        for _ in 0..late {
            world.advance(&mut pair[0], "killed", Why::Need);
        }
        prop_assert_eq!((world.row.version, world.row.since), (held.version, held.since));
    }
}

#[test]
fn a_day_of_ticks_and_callers_fetches_once_a_life_and_never_lacks_a_token() {
    for skew in [0, 120_000, -120_000] {
        let mut world = World::ending(7_200_000);
        let mut cast = actors(&[skew, 0]);
        for second in 0..86_400 {
            world.now = NOW + ms(second * 1_000);
            if second % 120 == 0 {
                for _ in 0..4 {
                    world.advance(&mut cast[0], "tick", Why::Schedule);
                }
                cast[0].step = Step::Look;
            }
            if second % 7 == 0 || !matches!(cast[1].step, Step::Look) {
                world.advance(&mut cast[1], "caller", Why::Need);
            }
            let life_left = world.token.1.since(world.now);
            assert!(
                !life_left.is_zero(),
                "no living token at {second} s, skew {skew}"
            );
        }
        assert!((12..=13).contains(&world.issued), "{} issued", world.issued);
        let wasted = world.fetches - world.issued;
        assert!(skew != 0 || wasted == 0, "{wasted} fetches for nothing");
        assert!(wasted <= 2 * world.issued, "{wasted} fetches for nothing");
    }
}
