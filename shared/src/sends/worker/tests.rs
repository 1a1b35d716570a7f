//! The worker as it is, on a table with DynamoDB's semantics, in a world that lets it down: requests
//! are lost, answers too, workers are killed between any two of their steps, and the clock jumps.

mod outside;
mod overlap;
mod world;

use crate::{
    clock::Clock as _,
    sends::{SendKind, State, consent::Change, sample::APP},
    time::ms,
};
use proptest::prelude::*;

use world::{Fate, World, kind_of};

#[derive(Debug, Clone)]
enum Op {
    /// A message comes in; whoever takes it may die before it is on the queue.
    Arrive(bool, Option<u64>),
    /// Somebody cancels the last message but so many.
    Cancel(usize),
    /// A worker takes up to so many messages, and dies after so many steps.
    Work(usize, Vec<Fate>, Option<u32>),
    Release(Option<u32>),
    /// So many requests to the table do not come through.
    Outage(u32),
    Wait(u64),
    /// The clock goes back: the next worker's is behind.
    Back(u64),
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        6 => Just(Fate::Taken),
        2 => Just(Fate::Unanswered),
        1 => Just(Fate::NoConnection),
        2 => prop::sample::select(vec![-1, 45_009, 45_011, 40_003]).prop_map(Fate::Refused),
    ]
}

fn death() -> impl Strategy<Value = Option<u32>> {
    prop_oneof![2 => Just(None), 3 => (0_u32..16).prop_map(Some)]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (prop::bool::weighted(0.1), prop::option::weighted(0.2, 1_u64..900_000))
            .prop_map(|(dies, later)| Op::Arrive(dies, later)),
        1 => (0_usize..4).prop_map(Op::Cancel),
        8 => (1_usize..6, prop::collection::vec(fate(), 0..4), death())
            .prop_map(|(most, fates, left)| Op::Work(most, fates, left)),
        2 => death().prop_map(Op::Release),
        1 => (1_u32..5).prop_map(Op::Outage),
        4 => prop::sample::select(vec![1_000, 7_000, 65_000, 130_000, 400_000, 3_700_000])
            .prop_map(Op::Wait),
        1 => (1_u64..3_000).prop_map(Op::Back),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn nothing_is_lost_doubled_or_overtaken(ops in prop::collection::vec(op(), 5..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::new("").await;
            for op in ops {
                match op {
                    Op::Arrive(dies, later) => {
                        let kind = kind_of(&format!("m{}", world.count() + 1));
                        world.arrive(kind, dies, later.map(ms)).await;
                    }
                    Op::Work(most, fates, left) => {
                        world.fortune().fates = fates.into();
                        world.work(most, left).await;
                    }
                    Op::Cancel(back) => world.cancel(back).await,
                    Op::Release(left) => world.release(left).await,
                    Op::Outage(requests) => world.fortune().outage = requests,
                    Op::Wait(time) => world.clock.wait(ms(time)).await,
                    Op::Back(time) => world.back(ms(time)),
                }
            }
            world.settle().await;
            world.check().await
        })?;
    }
}

#[tokio::test]
async fn a_message_that_was_cancelled_where_it_was_parked_lets_the_user_read_on() {
    let world = World::new("").await;
    world.arrive(kind_of("m1"), false, None).await;
    world.fortune().fates = vec![Fate::Unanswered, Fate::Refused(45_009)].into();
    world.work(1, None).await;
    world.cancel(0).await;
    world.settle().await;
    let row = world.sends.read(&APP, "m1").await.unwrap().unwrap();
    assert_eq!(row.state, State::Unknown, "it may have gone");
    world.check().await.unwrap();
}

#[tokio::test]
async fn a_user_gets_no_more_of_a_kind_than_the_account_caps() {
    let world = World::new("caps = { template = { per_day = 1 } }\n").await;
    for kind in [
        SendKind::Template,
        SendKind::Template,
        SendKind::CustomerService,
    ] {
        world.arrive(kind, false, None).await;
    }
    world.work(10, None).await;
    let sends = world.sends.clone();
    let row = async |id| sends.read(&APP, id).await.unwrap().unwrap();
    assert_eq!(row("m1").await.state, State::Sent);
    let capped = row("m2").await;
    let class = capped.error.as_ref().map(|error| error.class.as_str());
    assert_eq!((capped.state, class), (State::Failed, Some("capped")));
    assert_eq!(row("m3").await.state, State::Sent, "another kind");
    world.clock.wait(ms(86_400_000)).await;
    world.arrive(SendKind::Template, false, None).await;
    world.work(10, None).await;
    assert_eq!(row("m4").await.state, State::Sent, "another day");
}

#[tokio::test]
async fn what_may_be_on_the_phone_is_not_told_as_failed_by_a_later_cap() {
    for left in 0..16 {
        let world = World::new("caps = { template = { per_day = 1 } }\n").await;
        world.arrive(SendKind::Template, false, None).await;
        world.work(1, Some(left)).await;
        let now = world.clock.now();
        let counted = world.sends.count_had(&APP, "oA", "template", now);
        counted.await.unwrap();
        world.clock.wait(ms(130_000)).await;
        for _ in 0..4 {
            world.work(1, None).await;
            world.clock.wait(ms(3_000)).await;
        }
        world.settle().await;
        world.check().await.unwrap();
    }
}

/// A world in which the user confirmed a one-time message, so often.
async fn confirmed(times: usize) -> World {
    let world = World::new("").await;
    for n in 0..times {
        confirm(&world, &n.to_string()).await;
    }
    world
}

async fn confirm(world: &World, nonce: &str) {
    let (consents, at) = (world.sends.consents(), world.clock.now());
    let recorded = consents.record(&APP, "oA", "T#7", Change::Confirmed, nonce, at);
    recorded.await.unwrap();
}

async fn credits(world: &World) -> u32 {
    let consent = world.sends.consents().read(&APP, "oA", "T#7").await;
    consent.unwrap().credits
}

#[tokio::test]
async fn a_one_time_message_that_went_uses_up_one_confirmation() {
    for (times, fates, state, left) in [
        (1, vec![], State::Sent, 0),
        (3, vec![], State::Sent, 0),
        (0, vec![], State::Sent, 0),
        (1, vec![Fate::Unanswered], State::Unknown, 0),
        (1, vec![Fate::Refused(40_003)], State::Failed, 1),
        (1, vec![Fate::Refused(45_009)], State::Parked, 1),
        (1, vec![Fate::NoConnection], State::Sent, 0),
    ] {
        let world = confirmed(times).await;
        world.fortune().fates.extend(fates.clone());
        world
            .arrive(SendKind::OneTimeSubscription, false, None)
            .await;
        for _ in 0..3 {
            world.work(10, None).await;
            world.clock.wait(ms(7_000)).await;
        }
        let row = world.sends.read(&APP, "m1").await.unwrap().unwrap();
        let told = format!("{times} confirmations, {fates:?}");
        assert_eq!((row.state, credits(&world).await), (state, left), "{told}");
    }
}

#[tokio::test]
async fn only_wechats_newer_refusal_keeps_a_one_time_message_back() {
    let world = confirmed(1).await;
    let kind = SendKind::OneTimeSubscription;
    for id in ["m1", "m2"] {
        world.arrive(kind, false, None).await;
        let before = world.clock.now();
        world.work(10, None).await;
        let row = world.sends.read(&APP, id).await.unwrap().unwrap();
        assert_eq!(
            row.state,
            State::Sent,
            "used up as far as is known: WeChat is asked"
        );
        assert!(world.clock.now() < before + ms(1_000), "at once");
    }
    confirm(&world, "again").await;
    world.arrive(kind, false, None).await;
    world.arrive(kind, false, None).await;
    world.clock.wait(ms(10_000)).await;
    world.fortune().fates.push_back(Fate::Refused(43_101));
    world.work(10, None).await;
    assert_eq!(credits(&world).await, 0);
    let row = world.sends.read(&APP, "m4").await.unwrap().unwrap();
    assert_eq!(row.state, State::Failed, "asked for before WeChat said so");
    assert_eq!(world.fortune().delivered, ["m1", "m2"]);
    world.arrive(kind, false, None).await;
    world.work(10, None).await;
    assert_eq!(world.fortune().delivered, ["m1", "m2", "m5"]);
}

#[tokio::test]
async fn a_worker_that_dies_uses_up_no_more_than_one_confirmation() {
    for left in 0..16 {
        let world = confirmed(1).await;
        world
            .arrive(SendKind::OneTimeSubscription, false, None)
            .await;
        world.work(1, Some(left)).await;
        confirm(&world, "once more").await;
        world.clock.wait(ms(130_000)).await;
        world.settle().await;
        world.check().await.unwrap();
        assert!(credits(&world).await <= 1);
    }
}
