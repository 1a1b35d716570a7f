//! All that is around a worker, and outlives it.

use super::super::*;
use crate::{
    account::{Account, AccountsFile},
    answers::PieceOf,
    clock::{Clock as _, ManualClock},
    sends::{
        Outgoing, SendJob, SendKind, State,
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
use serde_json::json;
use std::time::Duration;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    future::{pending, ready},
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::sync::Notify;

pub(super) const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
pub(super) const KINDS: [SendKind; 2] = [SendKind::Template, SendKind::CustomerService];

/// What becomes of a call.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fate {
    Taken,
    /// WeChat has it, and its answer is lost.
    Unanswered,
    NoConnection,
    Refused(i64),
}

pub(super) struct Queued {
    pub(super) sequence: u64,
    pub(super) body: String,
    pub(super) received: u32,
}

/// All that outlives a worker, but for the table.
#[derive(Default)]
pub(super) struct Fortune {
    pub(super) queue: VecDeque<Queued>,
    pub(super) sequence: u64,
    /// Until when the queue hands out nothing of the lane.
    pub(super) blocked: Timestamp,
    /// Counts what the queue handed out.
    pub(super) receipt: u64,
    /// By which the queue knows a repeat, and since when.
    pub(super) known: HashMap<String, Timestamp>,
    /// Messages in the order in which they were first queued.
    pub(super) order: Vec<String>,
    pub(super) fates: VecDeque<Fate>,
    /// When messages may go that have a time.
    pub(super) times: HashMap<String, Timestamp>,
    /// Messages on phones.
    pub(super) delivered: Vec<String>,
    /// Ids by which WeChat knows a template message, and since when.
    pub(super) ids: HashMap<String, Timestamp>,
    pub(super) buried: usize,
    /// Calls that were made.
    pub(super) calls: usize,
    /// Messages that came.
    pub(super) count: usize,
    /// Steps until the worker dies.
    pub(super) left: Option<u32>,
    /// Requests that do not come through.
    pub(super) outage: u32,
    /// Answers of which the user may read on.
    pub(super) read_on: HashSet<String>,
}

/// A message off the queue: sequence number, body, how often it was received.
pub(super) type Received = (String, String, u32);

pub(super) fn arrived(batch: &[Received]) -> Vec<Arrived<'_>> {
    let batch = batch.iter();
    batch
        .map(|(sequence, body, received)| Arrived {
            id: sequence,
            body,
            sequence,
            received: *received,
        })
        .collect()
}

impl Fortune {
    /// Whether the worker dies here.
    fn dies(&mut self) -> bool {
        self.left = self.left.map(|left| left.saturating_sub(1));
        self.left == Some(0)
    }
}

pub(super) struct World {
    pub(super) sends: Sends,
    /// The workers' way to the same table.
    pub(super) theirs: Sends,
    pub(super) table: EmulatedTable,
    pub(super) clock: ManualClock,
    pub(super) account: Arc<Account>,
    pub(super) pacers: Pacers,
    pub(super) fortune: Arc<Mutex<Fortune>>,
    pub(super) dead: Arc<Notify>,
}

impl World {
    pub(super) async fn new(more: &str) -> Self {
        let text = format!(
            "[accounts.demo]\napp_id = \"{}\"\noriginal_id = \"gh_7d31c0a94be2\"\nkind = \"service\"\n\
             app_secret = \"0123456789abcdef\"\ntoken = \"token\"\nmode = \"plain\"\n\
             pace = {{ lanes = 1, per_day = 1000 }}\n{more}",
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
            ("by_account", &["listed", "created_ms"]),
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
            table,
            clock: ManualClock::new(NOW),
            account: Arc::new(account),
            pacers: Pacers::default(),
            fortune,
            dead,
        }
    }

    pub(super) fn fortune(&self) -> MutexGuard<'_, Fortune> {
        self.fortune.lock().unwrap()
    }

    pub(super) fn count(&self) -> usize {
        self.fortune().count
    }

    /// A step that is no request to the table; a worker that dies in it makes it or not.
    pub(super) async fn step(&self) {
        if self.fortune().dies() {
            self.dead.notify_one();
            pending::<()>().await;
        }
    }

    pub(super) async fn arrive(&self, kind: SendKind, dies: bool, later: Option<Duration>) {
        let count = self.count() + 1;
        self.fortune().count = count;
        let id = format!("m{count}");
        let mut body = json!({ "touser": "oA", "msgtype": "text", "text": { "content": id } });
        if kind == SendKind::OneTimeSubscription {
            body = json!({ "touser": "oA", "template_id": "T", "scene": "7" });
        }
        let job = SendJob {
            client_msg_id: id.clone(),
            body,
            not_before: later.map(|later| self.clock.now() + later),
            answer: Some(PieceOf {
                answer: id.clone(),
                set: id.clone(),
                piece: 0,
                asked: self.clock.now(),
                then: Some(1..2),
            }),
            ..sample::job(kind)
        };
        if let Some(time) = job.not_before {
            self.fortune().times.insert(id.clone(), time);
        }
        let (sends, now) = (&self.sends, self.clock.now());
        let intake = sends.open_intake(&APP, &id, vec![id.clone()], false, now);
        let intake = intake.await.unwrap();
        sends.take(&intake, &[job], now).await.unwrap();
        if !dies {
            let row = sends.read(&APP, &id).await.unwrap().unwrap();
            if later.is_none() {
                let message = Outgoing::job(lane().to_string(), row.deduplication_id(), &row.job());
                self.put(&[message.unwrap()]).await.unwrap();
            }
            sends.close_intake(&intake).await.unwrap();
        }
    }

    /// Sets the clock back. What was due by then stays due: it may be on its way already.
    pub(super) fn back(&self, time: Duration) {
        let now = self.clock.now();
        self.fortune().times.retain(|_, due| *due > now);
        self.clock.set(now - time);
    }

    pub(super) async fn cancel(&self, back: usize) {
        if let Some(n) = self.count().checked_sub(back).filter(|n| *n > 0) {
            let (id, now) = (format!("m{n}"), self.clock.now());
            self.sends.cancel(&APP, &id, now).await.unwrap();
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

    /// What the queue hands out, hidden until then, and by which receipt.
    pub(super) fn receive(&self, most: usize, hidden: Timestamp) -> Option<(u64, Vec<Received>)> {
        let now = self.clock.now();
        let mut fortune = self.fortune();
        if now < fortune.blocked {
            return None;
        }
        let first = fortune.queue.iter_mut().take(most);
        let batch: Vec<_> = first
            .map(|queued| {
                queued.received += 1;
                let sequence = queued.sequence.to_string();
                (sequence, queued.body.clone(), queued.received)
            })
            .collect();
        fortune.blocked = hidden;
        fortune.receipt += 1;
        Some((fortune.receipt, batch))
    }

    /// What a worker leaves done and undone, unless the queue has handed it out again.
    pub(super) fn give_back(&self, receipt: u64, received: usize, ended: Ended) {
        let now = self.clock.now();
        let mut fortune = self.fortune();
        if fortune.receipt != receipt {
            return;
        }
        fortune.queue.drain(..ended.done);
        fortune.blocked = match ended.done < received {
            true => now + ms(u64::from(ended.back_s.unsigned_abs()) * 1_000),
            false => now,
        };
    }

    pub(super) async fn work(&self, most: usize, left: Option<u32>) {
        // What a dead worker held comes again when its time on the queue is over.
        let hidden = self.clock.now() + ms(120_000);
        let Some((receipt, batch)) = self.receive(most, hidden) else {
            return;
        };
        let (arrived, group) = (arrived(&batch), lane().to_string());
        let work = async |worker: Worker<'_, Self>| worker.group(&group, &arrived).await;
        if let Some(ended) = self.run(left, work).await {
            self.give_back(receipt, batch.len(), ended);
        }
    }

    pub(super) async fn release(&self, left: Option<u32>) {
        self.run(left, async |worker: Worker<'_, Self>| {
            worker.release().await
        })
        .await;
    }

    /// Whatever was let down is over: everything comes to its end.
    pub(super) async fn settle(&self) {
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
            let left = self.sends.left_intakes(Timestamp::MAX).await.unwrap();
            let later = self.sends.scheduled(Timestamp::MAX).await.unwrap();
            let due = left.len() + later.len();
            if self.fortune().queue.is_empty() && parked.is_empty() && open && due == 0 {
                return;
            }
        }
        panic!("it never comes to its end");
    }

    /// The queue runs empty; nothing of it is parked or early.
    pub(super) async fn drain(&self) {
        while !self.fortune().queue.is_empty() {
            self.clock.wait(ms(100_000)).await;
            self.work(10, None).await;
        }
    }

    /// What was promised.
    pub(super) async fn check(&self) -> Result<(), TestCaseError> {
        let (delivered, order) = {
            let fortune = self.fortune();
            (fortune.delivered.clone(), fortune.order.clone())
        };
        for n in 1..=self.count() {
            let id = format!("m{n}");
            let row = self.sends.read(&APP, &id).await.unwrap().unwrap();
            let times = delivered.iter().filter(|one| **one == id).count();
            prop_assert!(times <= 1, "{id} is on the phone {times} times");
            let right = match row.state {
                State::Sent => times == 1,
                State::Unknown => true,
                State::Failed | State::Dead | State::Cancelled => times == 0,
                _ => false,
            };
            prop_assert!(right, "{id} is {:?}, on the phone {times} times", row.state);
            let is_read_on = self.fortune().read_on.contains(&id);
            prop_assert!(
                is_read_on || row.state == State::Cancelled,
                "nobody reads on behind {id}"
            );
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

pub(super) fn lane() -> LaneId {
    LaneId::of(&APP, "oA", 1)
}

pub(super) fn kind_of(id: &str) -> SendKind {
    let number: usize = id.trim_start_matches('m').parse().unwrap();
    KINDS[usize::from(number.is_multiple_of(3))]
}
