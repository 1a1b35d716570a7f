//! The worker as it is, on a table with DynamoDB's semantics, in a world that lets it down: requests
//! are lost, answers too, workers are killed between any two of their steps, and the clock jumps.

use super::*;
use crate::{
    account::{Account, AccountsFile},
    clock::{Clock as _, ManualClock},
    problem::Problem,
    sends::{
        Outgoing, Record, SendJob, SendKind, State,
        lane::Gate,
        sample::{self, APP},
    },
    store::{
        Sends,
        emulated::{Delivery, EmulatedTable},
    },
    time::{Timestamp, ms},
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::{
    collections::{HashMap, VecDeque},
    future::{pending, ready},
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::sync::Notify;
use wechat_oa::api::{ApiError, Error, error::Failure as Broken};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const KINDS: [SendKind; 2] = [SendKind::Template, SendKind::CustomerService];

/// What becomes of a call.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Taken,
    /// WeChat has it, and its answer is lost.
    Unanswered,
    NoConnection,
    Refused(i64),
}

#[derive(Debug, Clone)]
enum Op {
    /// A message comes in; whoever takes it may die before it is on the queue.
    Arrive(bool),
    /// A worker takes up to so many messages, and dies after so many steps.
    Work(usize, Vec<Fate>, Option<u32>),
    Release(Option<u32>),
    /// So many requests to the table do not come through.
    Outage(u32),
    Wait(u64),
    /// The clock goes back: the next worker's is behind.
    Back(u64),
}

struct Queued {
    sequence: u64,
    body: String,
    received: u32,
}

/// All that outlives a worker, but for the table.
#[derive(Default)]
struct Fortune {
    queue: VecDeque<Queued>,
    sequence: u64,
    /// Until when the queue hands out nothing of the lane.
    blocked: Timestamp,
    /// By which the queue knows a repeat, and since when.
    known: HashMap<String, Timestamp>,
    /// Messages in the order in which they were first queued.
    order: Vec<String>,
    fates: VecDeque<Fate>,
    /// Messages on phones.
    delivered: Vec<String>,
    /// Ids by which WeChat knows a template message, and since when.
    ids: HashMap<String, Timestamp>,
    buried: usize,
    /// Steps until the worker dies.
    left: Option<u32>,
    /// Requests that do not come through.
    outage: u32,
}

impl Fortune {
    /// Whether the worker dies here.
    fn dies(&mut self) -> bool {
        self.left = self.left.map(|left| left.saturating_sub(1));
        self.left == Some(0)
    }
}

struct World {
    sends: Sends,
    /// The workers' way to the same table.
    theirs: Sends,
    clock: ManualClock,
    account: Arc<Account>,
    pacers: Pacers,
    fortune: Arc<Mutex<Fortune>>,
    dead: Arc<Notify>,
    count: usize,
}

impl World {
    async fn new() -> Self {
        let text = format!(
            "[accounts.demo]\napp_id = \"{}\"\noriginal_id = \"gh_7d31c0a94be2\"\nkind = \"service\"\n\
             app_secret = \"0123456789abcdef\"\ntoken = \"token\"\nmode = \"plain\"\n\
             pace = {{ lanes = 1, per_day = 1000 }}\n",
            *APP
        );
        let account = AccountsFile::parse(&text)
            .unwrap()
            .accounts
            .remove(0)
            .account;
        let indexes: &[(&str, &[&str])] = &[
            ("by_user", &["user", "created_ms"]),
            ("by_state", &["in_state", "created_ms"]),
            ("by_msgid", &["wechat_id"]),
            ("by_due", &["due", "due_ms"]),
        ];
        let table = EmulatedTable::with_indexes(&["id", "part"], indexes).await;
        let (fortune, dead) = (Arc::new(Mutex::new(Fortune::default())), Arc::default());
        let (fate, killed) = (Arc::clone(&fortune), Arc::<Notify>::clone(&dead));
        let delivery = move || {
            let mut fortune = fate.lock().unwrap();
            if fortune.outage > 0 {
                fortune.outage -= 1;
                return Delivery::Refused;
            }
            if !fortune.dies() {
                return Delivery::Whole;
            }
            killed.notify_one();
            match fortune.sequence % 2 {
                0 => Delivery::Lost,
                _ => Delivery::Unanswered,
            }
        };
        let weathered = table.client_under(Arc::new(move || Box::pin(ready(delivery()))));
        Self {
            theirs: Sends::new(weathered, &table.name),
            sends: Sends::new(table.client.clone(), &table.name),
            clock: ManualClock::new(NOW),
            account: Arc::new(account),
            pacers: Pacers::default(),
            fortune,
            dead,
            count: 0,
        }
    }

    fn fortune(&self) -> MutexGuard<'_, Fortune> {
        self.fortune.lock().unwrap()
    }

    /// A step that is no request to the table; a worker that dies in it makes it or not.
    async fn step(&self) {
        if self.fortune().dies() {
            self.dead.notify_one();
            pending::<()>().await;
        }
    }

    async fn arrive(&mut self, kind: SendKind, dies: bool) {
        self.count += 1;
        let id = format!("m{}", self.count);
        let job = SendJob {
            client_msg_id: id.clone(),
            body: json!({ "touser": "oA", "msgtype": "text", "text": { "content": id } }),
            ..sample::job(kind)
        };
        let (sends, now) = (&self.sends, self.clock.now());
        let intake = sends.open_intake(&APP, &id, vec![id.clone()], false, now);
        let intake = intake.await.unwrap();
        sends.take(&intake, &[job], now).await.unwrap();
        if !dies {
            let row = sends.read(&APP, &id).await.unwrap().unwrap();
            let message = Outgoing::job(lane().to_string(), row.deduplication_id(), &row.job());
            self.put(&[message.unwrap()]).await.unwrap();
            sends.close_intake(&intake).await.unwrap();
        }
    }

    /// A worker's work; `None` when it died.
    async fn run<T>(
        &self,
        left: Option<u32>,
        work: impl AsyncFnOnce(Worker<'_, Self>) -> T,
    ) -> Option<T> {
        self.fortune().left = left.map(|left| left + 1);
        let now = self.clock.now();
        let me = format!("{:032x}", fastrand::u128(..));
        let worker = Worker {
            sends: &self.theirs,
            outside: self,
            clock: &self.clock,
            pacers: &self.pacers,
            me: &me,
            deadline: now + ms(61_000),
            last_start: now + ms(30_000),
        };
        let ended = tokio::select! {
            ended = work(worker) => Some(ended),
            () = self.dead.notified() => None,
        };
        self.fortune().left = None;
        ended
    }

    async fn work(&self, most: usize, left: Option<u32>) {
        let now = self.clock.now();
        let batch: Vec<(String, String, u32)> = {
            let mut fortune = self.fortune();
            if now < fortune.blocked {
                return;
            }
            let first = fortune.queue.iter_mut().take(most);
            first
                .map(|queued| {
                    queued.received += 1;
                    let sequence = queued.sequence.to_string();
                    (sequence, queued.body.clone(), queued.received)
                })
                .collect()
        };
        let arrived: Vec<_> = batch
            .iter()
            .map(|(sequence, body, received)| Arrived {
                id: sequence,
                body,
                sequence,
                received: *received,
            })
            .collect();
        let group = lane().to_string();
        let work = async |worker: Worker<'_, Self>| worker.group(&group, &arrived).await;
        let ended = self.run(left, work).await;
        let now = self.clock.now();
        let mut fortune = self.fortune();
        match ended {
            // What a dead worker held comes again when its time on the queue is over.
            None => fortune.blocked = now + ms(120_000),
            Some(Ended { done, back_s }) => {
                fortune.queue.drain(..done);
                if done < batch.len() {
                    fortune.blocked = now + ms(u64::from(back_s.unsigned_abs()) * 1_000);
                }
            }
        }
    }

    async fn release(&self, left: Option<u32>) {
        self.run(left, async |worker: Worker<'_, Self>| {
            worker.release().await
        })
        .await;
    }

    /// Whatever was let down is over: everything comes to its end.
    async fn settle(&self) {
        {
            let mut fortune = self.fortune();
            fortune.fates.clear();
            fortune.outage = 0;
        }
        for _ in 0..400 {
            self.clock.wait(ms(400_000)).await;
            self.release(None).await;
            for _ in 0..20 {
                self.work(10, None).await;
                self.clock.wait(ms(3_000)).await;
            }
            let parked = self.sends.parked(&lane(), "", 1).await.unwrap();
            let open = self.sends.lane(&lane()).await.unwrap().gate == Gate::Open;
            let due = self.sends.left_intakes(Timestamp::MAX).await.unwrap();
            if self.fortune().queue.is_empty() && parked.is_empty() && open && due.is_empty() {
                return;
            }
        }
        panic!("it never comes to its end");
    }

    /// What was promised.
    async fn check(&self) -> Result<(), TestCaseError> {
        let (delivered, order) = {
            let fortune = self.fortune();
            (fortune.delivered.clone(), fortune.order.clone())
        };
        for n in 1..=self.count {
            let id = format!("m{n}");
            let row = self.sends.read(&APP, &id).await.unwrap().unwrap();
            let times = delivered.iter().filter(|one| **one == id).count();
            prop_assert!(times <= 1, "{id} is on the phone {times} times");
            let right = match row.state {
                State::Sent => times == 1,
                State::Unknown => true,
                State::Failed | State::Dead => times == 0,
                _ => false,
            };
            prop_assert!(right, "{id} is {:?}, on the phone {times} times", row.state);
        }
        for kind in KINDS {
            let of_kind = |ids: &[String]| -> Vec<String> {
                ids.iter()
                    .filter(|id| kind_of(id) == kind)
                    .cloned()
                    .collect()
            };
            let sent = of_kind(&delivered);
            let mut sorted = of_kind(&order);
            sorted.retain(|id| sent.contains(id));
            prop_assert_eq!(sent, sorted, "overtaken");
        }
        Ok(())
    }
}

fn lane() -> LaneId {
    LaneId::of(&APP, "oA", 1)
}

fn kind_of(id: &str) -> SendKind {
    let number: usize = id.trim_start_matches('m').parse().unwrap();
    KINDS[usize::from(number.is_multiple_of(3))]
}

impl Outside for World {
    async fn account(&self, _: &str) -> Result<Option<Arc<Account>>, Problem> {
        Ok(Some(Arc::clone(&self.account)))
    }

    async fn make_ready(&self, _: &Account) {
        self.step().await;
    }

    async fn call(&self, _: &Account, record: &Record) -> Result<Value, Error> {
        self.step().await;
        let refused = |code| Err(Box::new(ApiError::new("/x", code, "no", Map::new())).into());
        let broken = |failure| {
            Err(Error::Transport {
                endpoint: "/x".into(),
                failure,
                source: "gone".into(),
            })
        };
        let fate = self.fortune().fates.pop_front().unwrap_or(Fate::Taken);
        match fate {
            Fate::NoConnection => return broken(Broken::Connect),
            Fate::Refused(code) => return refused(code),
            Fate::Taken | Fate::Unanswered => {}
        }
        let (id, now) = (record.client_msg_id.clone(), self.clock.now());
        let known = {
            let mut fortune = self.fortune();
            let known = fortune.ids.get(&id);
            let known = known.is_some_and(|since| now.since(*since) < ms(600_000));
            if !known {
                fortune.delivered.push(id.clone());
                if record.kind.has_id() {
                    fortune.ids.insert(id, now);
                }
            }
            known
        };
        self.step().await;
        match fate {
            Fate::Unanswered => broken(Broken::Timeout),
            _ if known => refused(40_241),
            _ => Ok(json!({ "errcode": 0, "msgid": 7 })),
        }
    }

    async fn put(&self, messages: &[Outgoing]) -> Result<(), Problem> {
        for message in messages {
            self.step().await;
            let now = self.clock.now();
            let mut fortune = self.fortune();
            let known = fortune.known.get(&message.deduplication_id);
            if known.is_some_and(|since| now.since(*since) < ms(300_000)) {
                continue;
            }
            fortune.known.insert(message.deduplication_id.clone(), now);
            fortune.sequence += 1;
            let sequence = fortune.sequence;
            if let Ok(job) = serde_json::from_str::<SendJob>(&message.body)
                && !fortune.order.contains(&job.client_msg_id)
            {
                fortune.order.push(job.client_msg_id);
            }
            fortune.queue.push_back(Queued {
                sequence,
                body: message.body.clone(),
                received: 0,
            });
        }
        Ok(())
    }

    async fn put_dead_letter(&self, _: Outgoing) -> Result<(), Problem> {
        self.step().await;
        self.fortune().buried += 1;
        Ok(())
    }

    fn count(&self, _: &'static str, _: &str) {}
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
        6 => prop::bool::weighted(0.1).prop_map(Op::Arrive),
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
            let mut world = World::new().await;
            for op in ops {
                match op {
                    Op::Arrive(dies) => {
                        let kind = kind_of(&format!("m{}", world.count + 1));
                        world.arrive(kind, dies).await;
                    }
                    Op::Work(most, fates, left) => {
                        world.fortune().fates = fates.into();
                        world.work(most, left).await;
                    }
                    Op::Release(left) => world.release(left).await,
                    Op::Outage(requests) => world.fortune().outage = requests,
                    Op::Wait(time) => world.clock.wait(ms(time)).await,
                    Op::Back(time) => world.clock.set(world.clock.now() - ms(time)),
                }
            }
            world.settle().await;
            world.check().await
        })?;
    }
}
