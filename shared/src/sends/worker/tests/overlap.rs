//! Two workers with the same messages at once: one is held up between any two of its steps for longer than
//! the queue hides what it took, another one takes that too, and then the first goes on.
//!
//! The queue hides messages for longer than a process lives, but counts from when they were received: an
//! invocation that begins late has less of that. What a process has of its own, its deadline, it keeps.

use super::{super::*, fate, world::*};
use crate::{
    account::Account,
    answers::PieceOf,
    clock::Clock as _,
    problem::Problem,
    sends::{Outgoing, Record, SendKind},
    store::{Sends, emulated::Delivery},
    time::{Timestamp, ms},
};
use futures_util::{future::LocalBoxFuture, poll};
use proptest::prelude::*;
use serde_json::Value;
use std::{sync::Arc, task::Poll, time::Duration};
use tokio::sync::Semaphore;
use wechat_oa::{api::Error, ids::AppId};

/// How long a process lives, and for how long it begins calls.
const LIFE: Duration = Duration::from_secs(61);
const CALLS: Duration = Duration::from_secs(30);

#[derive(Debug, Clone)]
enum Op {
    Arrive,
    Cancel(usize),
    /// A worker makes so many steps, its calls having that fate; or begins, and what it takes is hidden
    /// for so long.
    Steps(usize, u32, Fate, Duration),
    Release,
    Wait(Duration),
}

fn op() -> impl Strategy<Value = Op> {
    let time = |some: &[u64]| prop::sample::select(some.to_vec()).prop_map(ms);
    prop_oneof![
        3 => Just(Op::Arrive),
        1 => (0_usize..3).prop_map(Op::Cancel),
        16 => (0_usize..2, 1_u32..6, fate(), time(&[0, 4_000, 20_000, 90_000]))
            .prop_map(|(worker, steps, fate, hidden)| Op::Steps(worker, steps, fate, hidden)),
        1 => Just(Op::Release),
        4 => time(&[500, 3_000, 15_000, 61_000, 70_000]).prop_map(Op::Wait),
    ]
}

/// A process: its way into the world, which passes a gate before each step, and what it remembers.
struct Process<'w> {
    world: &'w World,
    sends: Sends,
    gate: Arc<Semaphore>,
    pacers: Pacers,
}

impl std::fmt::Debug for Process<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Process")
    }
}

impl<'w> Process<'w> {
    fn new(world: &'w World) -> Self {
        let gate = Arc::new(Semaphore::new(0));
        let passed = Arc::clone(&gate);
        let client = world.table.client_under(Arc::new(move || {
            let gate = Arc::clone(&passed);
            Box::pin(async move {
                gate.acquire().await.unwrap().forget();
                Delivery::Whole
            })
        }));
        Self {
            world,
            sends: Sends::new(client, &world.table.name),
            gate,
            pacers: Pacers::default(),
        }
    }

    async fn step(&self) {
        self.gate.acquire().await.unwrap().forget();
    }

    /// Does what the queue hands out, and deletes it there: unless it was handed out again meanwhile.
    async fn invocation(&self, hidden: Duration) {
        let (world, now) = (self.world, self.world.clock.now());
        let Some((receipt, batch)) = world.receive(4, now + hidden) else {
            return;
        };
        let arrived = arrived(&batch);
        let me = format!("{:032x}", fastrand::u128(..));
        let worker = Worker {
            sends: &self.sends,
            outside: self,
            clock: &world.clock,
            pacers: &self.pacers,
            me: &me,
            deadline: now + LIFE,
            last_start: now + CALLS,
        };
        let ended = worker.group(&lane().to_string(), &arrived).await;
        self.step().await;
        world.give_back(receipt, batch.len(), ended);
    }
}

impl Outside for Process<'_> {
    async fn account(&self, name: &str) -> Result<Option<Arc<Account>>, Problem> {
        self.world.account(name).await
    }

    async fn make_ready(&self, _: &Account) {
        self.step().await;
    }

    async fn call(&self, account: &Account, record: &Record) -> Result<Value, Error> {
        self.step().await;
        let answer = self.world.call(account, record).await;
        self.step().await;
        answer
    }

    async fn put(&self, messages: &[Outgoing]) -> Result<(), Problem> {
        self.step().await;
        self.world.put(messages).await
    }

    async fn put_dead_letter(&self, letter: Outgoing) -> Result<(), Problem> {
        self.step().await;
        self.world.put_dead_letter(letter).await
    }

    async fn leave_rest(&self, app_id: &AppId, to: &str, settled: &PieceOf) -> Result<(), Problem> {
        self.step().await;
        self.world.leave_rest(app_id, to, settled).await
    }

    fn count(&self, _: &'static str, _: &str, _: &str) {}
}

type Running<'p> = LocalBoxFuture<'p, ()>;

/// Lets a process make one step; whether it is through.
async fn step(gate: &Semaphore, running: &mut Running<'_>) -> bool {
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

/// Workers led through each other; one is killed when its time is over.
async fn lead(world: &World, ops: Vec<Op>) {
    let processes = [Process::new(world), Process::new(world)];
    let mut running: [Option<(Timestamp, Running<'_>)>; 2] = [None, None];
    for op in ops {
        match op {
            Op::Arrive => {
                let kind = kind_of(&format!("m{}", world.count() + 1));
                world.arrive(kind, false, None).await;
            }
            Op::Cancel(back) => world.cancel(back).await,
            Op::Release => world.release(None).await,
            Op::Wait(time) => world.clock.wait(time).await,
            Op::Steps(n, steps, fate, hidden) => {
                for _ in 0..steps {
                    let now = world.clock.now();
                    for worker in &mut running {
                        worker.take_if(|(begun, _)| now.since(*begun) >= LIFE);
                    }
                    world.fortune().fates = [fate].into();
                    let process = &processes[n];
                    let fresh = || -> (Timestamp, Running<'_>) {
                        (now, Box::pin(process.invocation(hidden)))
                    };
                    let (_, worker) = running[n].get_or_insert_with(fresh);
                    let through = step(&process.gate, worker).await;
                    running[n].take_if(|_| through);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(16) })]

    #[test]
    fn two_at_once_send_nothing_twice_and_overtake_nobody(
        ops in prop::collection::vec(op(), 5..90),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::new("").await;
            lead(&world, ops).await;
            world.settle().await;
            world.check().await
        })?;
    }
}

/// Lets a process make up to so many steps, which ends its work or does not.
async fn steps(process: &Process<'_>, running: &mut Running<'_>, most: usize) -> bool {
    for _ in 0..most {
        if step(&process.gate, running).await {
            return true;
        }
    }
    false
}

const FATES: [Fate; 4] = [
    Fate::Taken,
    Fate::Unanswered,
    Fate::Refused(-1),
    Fate::Refused(40_003),
];
/// More steps than any of these takes.
const ALL: usize = 200;

/// A world in which so many messages wait, the first call having that fate.
async fn waiting(messages: usize, kind: SendKind, fate: Fate) -> World {
    let world = World::new("").await;
    for _ in 0..messages {
        world.arrive(kind, false, None).await;
    }
    world.fortune().fates.push_back(fate);
    world
}

#[tokio::test]
async fn a_worker_that_was_held_up_anywhere_goes_on_beside_another() {
    for fate in FATES {
        for held_up in 0.. {
            let world = waiting(2, SendKind::Template, fate).await;
            let [first, second] = [Process::new(&world), Process::new(&world)];
            let mut one: Running<'_> = Box::pin(first.invocation(ms(0)));
            let through = steps(&first, &mut one, held_up).await;
            let mut other: Running<'_> = Box::pin(second.invocation(ms(90_000)));
            assert!(steps(&second, &mut other, ALL).await);
            assert!(through || steps(&first, &mut one, ALL).await);
            world.drain().await;
            world.check().await.unwrap();
            if through {
                break;
            }
        }
    }
}

#[tokio::test]
async fn of_two_that_follow_a_dead_worker_one_takes_over() {
    for (kind, fate) in KINDS
        .map(|kind| [Fate::Taken, Fate::Unanswered].map(|fate| (kind, fate)))
        .concat()
    {
        for (died, held_up) in (2..9).flat_map(|died| (2..6).map(move |n| (died, n))) {
            let world = waiting(1, kind, fate).await;
            let [gone, first, second] = [(); 3].map(|()| Process::new(&world));
            let mut dying: Running<'_> = Box::pin(gone.invocation(ms(0)));
            steps(&gone, &mut dying, died).await;
            drop(dying);
            let called = world.fortune().calls;
            world.clock.wait(LIFE).await;
            let mut one: Running<'_> = Box::pin(first.invocation(ms(0)));
            let through = steps(&first, &mut one, held_up).await;
            let mut other: Running<'_> = Box::pin(second.invocation(ms(90_000)));
            assert!(steps(&second, &mut other, ALL).await);
            assert!(through || steps(&first, &mut one, ALL).await);
            let calls = world.fortune().calls - called;
            let again = matches!(fate, Fate::Unanswered);
            assert!(again || calls <= 1, "both called");
            world.drain().await;
            world.check().await.unwrap();
        }
    }
}
