use super::*;
use crate::time::{Timestamp, ms};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const KINDS: [SendKind; 2] = [SendKind::Template, SendKind::CustomerService];

/// Messages of both kinds, by their number.
fn kind_of(n: u32) -> SendKind {
    if n.is_multiple_of(3) {
        KINDS[0]
    } else {
        KINDS[1]
    }
}

/// What a message meets.
#[derive(Clone, Copy, PartialEq)]
enum Met {
    Nothing,
    /// WeChat's allowance of its kind is used up.
    Quota,
    /// Quiet hours.
    Quiet,
}

#[test]
fn a_quota_is_tried_again_ever_more_rarely_and_at_midnight() {
    let mut lane = Lane::default();
    for pause in PROBES {
        lane = lane.closed_by_quota(KINDS[0], NOW);
        assert_eq!(lane.until.since(NOW), pause);
    }
    let late = beijing::midnight_after(beijing::day(NOW)) - ms(1_000);
    let lane = lane.closed_by_quota(KINDS[0], late);
    assert_eq!(lane.until.since(late), ms(1_000));
}

#[test]
fn a_quota_holds_up_its_own_kind_and_no_other() {
    let [template, service] = KINDS;
    let closed = Lane::default().closed_by_quota(template, NOW);
    let draining = closed.next_release(NOW);
    for lane in [&closed, &draining] {
        assert!(!lane.lets_pass(template, None) && lane.lets_pass(service, None));
    }
    assert!(draining.lets_pass(template, Some(draining.generation)));
    assert!(
        draining
            .closed_by_quota(template, NOW)
            .lets_pass(service, None)
    );
    assert!(draining.open().lets_pass(template, None));
    for all in [
        closed.closed_by_quota(service, NOW),
        draining.closed(NOW),
        closed
            .closed(NOW)
            .next_release(NOW)
            .closed_by_quota(template, NOW),
    ] {
        assert!(KINDS.iter().all(|kind| !all.lets_pass(*kind, None)));
    }
}

#[test]
fn a_lane_slows_down_by_halves_and_recovers() {
    let lane = Lane::default().slowed(NOW);
    assert_eq!(lane.slow(NOW), 2);
    let slowest = (0..9).fold(lane, |lane, _| lane.slowed(NOW));
    assert_eq!(slowest.slow(NOW), 8);
    assert_eq!(slowest.slow(NOW + SLOW), 1);
}

#[test]
fn a_share_is_given_out_once() {
    let (lane, granted) = Lane::default().reserve(1, 12, 10).unwrap();
    assert_eq!(granted, 10);
    let (lane, granted) = lane.reserve(1, 12, 10).unwrap();
    assert_eq!(granted, 2);
    assert_eq!(lane.reserve(1, 12, 10), None);
    assert_eq!(lane.reserve(2, 12, 10).unwrap().1, 10);
}

#[test]
fn a_group_names_its_lane() {
    assert_eq!(lane_of("wx1#12"), Some(("wx1", 12)));
    for wrong in ["wx1", "wx1#", "wx1#x", ""] {
        assert_eq!(lane_of(wrong), None, "{wrong}");
    }
}

/// What lies on the queue.
#[derive(Clone, Debug)]
enum Queued {
    Job(u32, Option<(u64, u64)>),
    Mark(Marker),
}

/// One lane with everything around it, and releases that stop wherever they like.
#[derive(Default)]
struct World {
    now: Timestamp,
    arrived: u32,
    sequence: u64,
    queue: VecDeque<(u64, Queued)>,
    parked: BTreeMap<u64, u32>,
    lane: Lane,
    done: BTreeSet<u32>,
    sent: Vec<u32>,
    /// What a release that runs beside the worker has read, and its generation.
    release: Option<(VecDeque<(u64, u32)>, u64)>,
}

impl World {
    fn push(&mut self, queued: Queued) {
        self.sequence += 1;
        self.queue.push_back((self.sequence, queued));
    }

    fn arrive(&mut self) {
        self.push(Queued::Job(self.arrived, None));
        self.arrived += 1;
    }

    /// The worker takes what is first.
    fn work(&mut self, met: Met) {
        match self.queue.pop_front() {
            None => {}
            Some((_, Queued::Mark(marker))) => self.pass_marker(&marker),
            Some((_, Queued::Job(n, released))) if self.done.contains(&n) => {
                self.leave(released);
            }
            Some((sequence, Queued::Job(n, released))) => {
                let order = released.map_or(sequence, |(_, order)| order);
                let release = released.map(|(generation, _)| generation);
                let pass = self.lane.lets_pass(kind_of(n), release);
                self.lane = match met {
                    Met::Quota if pass => self.lane.closed_by_quota(kind_of(n), self.now),
                    Met::Quiet if pass => self.lane.closed(self.now),
                    _ => self.lane.clone(),
                };
                if pass && met == Met::Nothing {
                    self.done.insert(n);
                    self.sent.push(n);
                    self.leave(released);
                } else {
                    self.parked.insert(order, n);
                }
            }
        }
    }

    fn leave(&mut self, released: Option<(u64, u64)>) {
        if let Some((_, order)) = released {
            self.parked.remove(&order);
        }
    }

    fn pass_marker(&mut self, marker: &Marker) {
        if !self.lane.is_marked(marker) {
        } else if self.parked.is_empty() {
            self.lane = self.lane.open();
        } else {
            self.lane = self.lane.next_release(self.now);
            self.read();
            while self.release.is_some() {
                self.go_on(false);
            }
        }
    }

    fn read(&mut self) {
        let from = self.lane.released_to.parse().unwrap_or(0);
        let rest = self.parked.range(from + 1..).map(|(o, n)| (*o, *n));
        self.release = Some((rest.collect(), self.lane.generation));
    }

    /// The schedule begins a release, or goes on with it.
    fn begin_release(&mut self) {
        if let Some(lane) = self.lane.draining(self.now) {
            self.lane = lane;
            self.read();
        }
    }

    /// The release goes on by one message, beside whatever the worker does; `crash` ends it
    /// before it is noted down.
    fn go_on(&mut self, crash: bool) {
        let Some((mut list, generation)) = self.release.take() else {
            return;
        };
        let Some((order, n)) = list.pop_front() else {
            let marks = "wx1#0".to_owned();
            self.push(Queued::Mark(Marker { marks, generation }));
            return;
        };
        self.push(Queued::Job(n, Some((generation, order))));
        if crash {
            return;
        }
        if let Some(lane) = self.lane.released(generation, &order.to_string(), None) {
            self.lane = lane;
            self.release = Some((list, generation));
        }
    }

    fn settle(&mut self) {
        for _ in 0..10_000 {
            self.now += ms(400_000);
            self.begin_release();
            while self.release.is_some() {
                self.go_on(false);
            }
            while !self.queue.is_empty() {
                self.work(Met::Nothing);
            }
            if self.parked.is_empty() && self.lane.gate == Gate::Open {
                return;
            }
        }
        panic!("the lane never opens");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(3_000) })]

    #[test]
    fn nobody_overtakes_and_nobody_is_forgotten(steps in prop::collection::vec(0_u8..21, 0..400)) {
        let mut world = World { now: NOW, ..World::default() };
        for step in steps {
            match step {
                0..=5 => world.arrive(),
                6..=11 => world.work(Met::Nothing),
                12 => world.work(Met::Quota),
                20 => world.work(Met::Quiet),
                13..=14 => world.begin_release(),
                15..=17 => world.go_on(false),
                18 => world.go_on(true),
                _ => world.now += ms(400_000),
            }
        }
        world.settle();
        prop_assert_eq!(world.sent.len(), world.done.len());
        for kind in KINDS {
            let sent: Vec<u32> = world.sent.iter().copied().filter(|n| kind_of(*n) == kind).collect();
            let all: Vec<u32> = (0..world.arrived).filter(|n| kind_of(*n) == kind).collect();
            prop_assert_eq!(sent, all);
        }
    }
}
