use super::*;
use crate::{
    account::QuietHours,
    beijing,
    sends::lane::Lane,
    time::{Timestamp, ms},
};
use proptest::prelude::*;

const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn pace(per_minute: u32, lanes: u16, gap_ms: u32, jitter_ms: [u32; 2]) -> Pace {
    Pace {
        per_minute,
        lanes,
        gap_ms,
        jitter_ms,
        ..Pace::default()
    }
}

fn policy(pace: &Pace, lane: u16) -> Policy {
    Policy::of(pace, "wx5f2c8a1d9e3b7046", lane).unwrap()
}

/// One lane's workers: each works for a while, takes its time with every call, and is killed.
struct Worker {
    policy: Policy,
    now: Timestamp,
    last: i64,
    random: u64,
}

impl Worker {
    fn draw(&mut self, below: u64) -> u64 {
        self.random = scatter(self.random);
        self.random % below.max(1)
    }

    /// The next call; a killed worker forgets its last slot and is followed by another one.
    fn call(&mut self) -> Timestamp {
        let slot = self.policy.next(self.now, self.last, 1);
        assert!(slot.at >= self.now);
        let at = slot.at + ms(self.draw(50));
        self.last = slot.number;
        self.now = at + ms(self.draw(300));
        if self.draw(10) == 0 {
            self.last = 0;
            let rest = self.draw(5_000);
            self.now += ms(1 + rest);
        }
        at
    }
}

fn calls(pace: &Pace, seed: u64, until: Timestamp) -> Vec<Timestamp> {
    let mut all = Vec::new();
    for lane in 0..pace.lanes {
        let mut worker = Worker {
            policy: policy(pace, lane),
            now: START + ms(lane.into()),
            last: 0,
            random: seed ^ u64::from(lane) << 32,
        };
        while worker.now < until {
            all.push(worker.call());
        }
    }
    all.sort_unstable();
    all
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn no_lane_worker_or_restart_breaks_the_pace(
        per_minute in 1_u32..3_000,
        lanes in 1_u16..9,
        gap_ms in prop_oneof![Just(0_u32), 1_u32..3_000],
        from in 0_u32..2_000,
        spread in prop_oneof![Just(0_u32), 1_u32..3_000],
        seed: u64,
    ) {
        let pace = pace(per_minute, lanes, gap_ms, [from, from + spread]);
        let calls = calls(&pace, seed, START + ms(300_000));
        let least = ms(u64::from(gap_ms) + u64::from(from));
        for pair in calls.windows(2) {
            if !least.is_zero() || spread > 0 {
                prop_assert!(pair[1].since(pair[0]) >= least, "{pair:?} closer than {least:?}");
            }
        }
        let most = per_minute as usize;
        for window in calls.windows(most + 1) {
            prop_assert!(window[most].since(window[0]) >= ms(60_000), "more than {most} a minute");
        }
    }
}

#[test]
fn a_pace_is_used_to_the_full() {
    for (pace, least) in [
        (pace(600, 4, 0, [0, 0]), 590),
        (pace(60, 2, 0, [0, 200]), 58),
        (pace(6_000, 8, 0, [0, 0]), 5_900),
    ] {
        let mut all = 0;
        for lane in 0..pace.lanes {
            let policy = policy(&pace, lane);
            let (mut now, mut last) = (START, 0);
            while now < START + ms(60_000) {
                let slot = policy.next(now, last, 1);
                (now, last) = (slot.at, slot.number);
                all += 1;
            }
        }
        assert!(all >= least, "{all} of {pace:?}");
    }
}

#[test]
fn a_slow_lane_takes_one_turn_of_two() {
    let policy = policy(&pace(600, 4, 0, [0, 0]), 1);
    let first = policy.next(START, 0, 2);
    let second = policy.next(START, first.number, 2);
    assert_eq!(second.number - first.number, 8);
    assert_eq!(policy.next(START, first.number, 1).number - first.number, 4);
}

#[test]
fn extra_gaps_are_spread_over_their_range() {
    let policy = policy(&pace(1_000, 1, 1_000, [2_000, 5_000]), 0);
    let (mut now, mut last, mut gaps) = (START, 0, Vec::new());
    for _ in 0..500 {
        let slot = policy.next(now, last, 1);
        gaps.push(slot.at.since(now));
        (now, last) = (slot.at, slot.number);
    }
    let gaps = &gaps[1..];
    assert!(
        gaps.iter().all(|gap| *gap >= ms(3_000)),
        "least gap and extra"
    );
    let distinct: std::collections::BTreeSet<_> = gaps.iter().collect();
    assert!(distinct.len() > 300, "{} distinct gaps", distinct.len());
}

#[test]
fn a_day_has_its_cap_whatever_the_lanes_and_however_often_they_start_anew() {
    let pace = Pace {
        per_day: 103,
        ..pace(600, 4, 0, [0, 0])
    };
    let mut calls = [0_u32; 2];
    for number in 0..pace.lanes {
        let policy = policy(&pace, number);
        let mut lane = Lane::default();
        for (day, counted) in [20_000, 20_001].into_iter().zip(&mut calls) {
            while let Some((next, granted)) = lane.reserve(day, policy.share, 10) {
                lane = next;
                *counted += granted;
            }
        }
    }
    assert_eq!(calls, [103, 103]);
}

#[test]
fn quiet_hours_are_asked_for_the_time_of_the_call() {
    let pace = Pace {
        quiet_hours: Some(QuietHours {
            from: "22:00".into(),
            to: "08:00".into(),
            time_zone: "Asia/Shanghai".into(),
        }),
        ..Pace::default()
    };
    let policy = policy(&pace, 0);
    let midnight = beijing::midnight_after(20_000);
    assert_eq!(
        policy.quiet_until(midnight - ms(2 * 3_600_000) - ms(1)),
        Ok(None)
    );
    let morning = Ok(Some(midnight + ms(8 * 3_600_000)));
    assert_eq!(policy.quiet_until(midnight - ms(2 * 3_600_000)), morning);
    assert_eq!(policy.quiet_until(midnight), morning);
    assert_eq!(beijing::day(midnight), 20_001);
    assert_eq!(beijing::day(midnight - ms(1)), 20_000);
}
