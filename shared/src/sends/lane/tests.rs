use super::*;
use crate::{
    sends::sample::APP,
    time::{Timestamp, ms},
};
use std::collections::BTreeSet;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const KINDS: [SendKind; 2] = [SendKind::Template, SendKind::CustomerService];

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
fn releases_that_follow_each_other_end_before_lambda_ends_them() {
    let mut lane = Lane::default().closed(NOW).draining(NOW).unwrap();
    let mut rounds = 0;
    loop {
        let (next, goes_on) = lane.next_round(NOW);
        assert_eq!(next.generation, lane.generation + 1);
        lane = next;
        if !goes_on {
            break;
        }
        assert!(lane.draining(NOW).is_none(), "its marker is on the way");
        rounds += 1;
    }
    assert_eq!(rounds, ROUNDS);
    // The invocation of the tick, of its marker, and of each that follows.
    assert!(rounds + 2 < 16, "{rounds}");
    let ticked = lane.draining(NOW).unwrap();
    assert_eq!((ticked.generation, ticked.rounds), (lane.generation, 0));
    assert!(ticked.next_round(NOW).1, "and so on");
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
fn a_receiver_keeps_its_lane() {
    let lane = LaneId::of(&APP, "oA", 4);
    assert_eq!(lane, LaneId::of(&APP, "oA", 4));
    let lanes: BTreeSet<_> = (0..100)
        .map(|n| LaneId::of(&APP, &format!("o{n}"), 4))
        .collect();
    assert_eq!(lanes.len(), 4);
    for wrong in ["wx1", "wx1#", "wx1#x", "", "gh_1#1"] {
        assert_eq!(LaneId::parse(wrong), None, "{wrong}");
    }
}
