//! The worker as it is: one send to all, two workers that are stopped before each of their steps and
//! go on or die, somebody who takes it back, and a result whenever WeChat likes.

mod world;

use crate::{
    clock::Clock,
    sends::campaign::{
        State,
        batch::{Batch, LEASE},
    },
    time::{Timestamp, ms},
};
use futures_util::{future::LocalBoxFuture, poll};
use proptest::prelude::*;
use std::{task::Poll, time::Duration};
use tokio::sync::Semaphore;

/// The second of a month in Beijing: a month of days follows.
use world::{Fate, INVOCATION, World};

#[derive(Debug, Clone, Copy)]
enum Op {
    /// A worker makes its next step, or begins.
    Step(usize, Fate),
    Kill(usize),
    Stop,
    Result,
    Wait(Duration),
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        3 => Just(Fate::Taken),
        3 => Just(Fate::TakenUnanswered),
        3 => Just(Fate::Lost),
        3 => prop::sample::select(vec![45_011, -1, 45_028, 40_007, 45_066, 89_505])
            .prop_map(Fate::Refused),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        24 => (0..2_usize, fate()).prop_map(|(worker, fate)| Op::Step(worker, fate)),
        1 => (0..2_usize).prop_map(Op::Kill),
        1 => Just(Op::Stop),
        1 => Just(Op::Result),
        3 => prop::sample::select(vec![1, 1_000, 30_000, 100_000, 3_600_000, 82_000_000])
            .prop_map(|time| Op::Wait(ms(time))),
    ]
}

/// Lets a worker make one step; whether it is through.
async fn step(gate: &Semaphore, running: &mut LocalBoxFuture<'_, ()>) -> bool {
    gate.add_permits(1);
    for _ in 0..100 {
        if let Poll::Ready(()) = poll!(&mut *running) {
            return true;
        }
        if gate.available_permits() == 0 {
            return false;
        }
        tokio::task::yield_now().await;
    }
    false
}

proptest! {
    // A failure is told after a minute: each shorter form of one that finds no end takes seconds.
    #![proptest_config(ProptestConfig {
        failure_persistence: None, max_shrink_iters: 32, ..ProptestConfig::with_cases(64)
    })]

    #[test]
    fn sent_once_stopped_for_good_and_told_as_it_is(
        articles in any::<bool>(),
        ops in prop::collection::vec(op(), 1..90),
    ) {
        let message = match articles {
            true => r#"{"msgtype":"mpnews","mpnews":{"media_id":"m"}}"#,
            false => r#"{"msgtype":"text","text":{"content":"a"}}"#,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::new(message).await;
            let mut running: [Option<(Timestamp, LocalBoxFuture<'_, ()>)>; 2] = [None, None];
            for op in ops {
                let now = world.clock.now();
                for worker in &mut running {
                    worker.take_if(|(begun, _)| now.since(*begun) >= INVOCATION);
                }
                match op {
                    Op::Step(n, fate) => {
                        world.wechat().fates[n] = Some(fate);
                        let fresh = || (now, Box::pin(world.invocation(n)) as LocalBoxFuture<'_, ()>);
                        let (_, worker) = running[n].get_or_insert_with(fresh);
                        let through = step(&world.hands[n].gate, worker).await;
                        running[n].take_if(|_| through);
                    }
                    Op::Kill(n) => running[n] = None,
                    Op::Stop => world.stop().await,
                    Op::Result => world.result().await,
                    Op::Wait(time) => world.clock.wait(time).await,
                }
                world.check().await;
            }
            drop(running);
            world.drain().await;
        });
    }
}

/// Somebody sent a batch again at the moment at which its receivers' time was over.
#[tokio::test]
async fn a_batch_whose_receivers_are_gone_fails_and_holds_up_nobody() {
    let world = World::new(r#"{"msgtype":"text","text":{"content":"a"}}"#).await;
    world.resent_without_receivers().await;
    world.drain().await;
    assert_eq!(world.batches().await[0].state, State::Failed);
    assert_eq!(world.campaign().await.state, State::Failed);
}

/// A call under way when the campaign is stopped is waited for longer than an invocation may wait.
#[tokio::test]
async fn a_stopped_campaign_is_handed_on_after_a_wait_and_not_at_once() {
    let world = World::new(r#"{"msgtype":"text","text":{"content":"a"}}"#).await;
    let mut running: LocalBoxFuture<'_, ()> = Box::pin(world.invocation(0));
    while !world.batches().await.iter().any(Batch::is_in_doubt) {
        step(&world.hands[0].gate, &mut running).await;
    }
    drop(running);
    world.stop().await;
    world.clock.wait(LEASE - ms(62_000)).await;
    let before = world.clock.now();
    world.hands[0].gate.add_permits(1_000_000);
    world.invocation(0).await;
    assert!(world.clock.now().since(before) >= ms(60_000));
    world.drain().await;
}
