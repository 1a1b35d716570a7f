//! WeChat, the table and the clock, and each worker's way to them.

use super::super::*;
use crate::{
    account::{Account, AccountsFile},
    clock::{Clock, ManualClock, Wait},
    problem::Problem,
    sends::{
        Outgoing,
        campaign::{
            State,
            batch::{Batch, Counts},
            record::{Campaign, Target},
            result::MassResult,
            view::view,
        },
        sample::{self, APP},
    },
    store::{
        Change, Sends,
        emulated::{Delivery, EmulatedTable},
    },
    time::{Timestamp, ms},
};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::sync::Semaphore;
use wechat_oa::api::{
    ApiError, Error,
    error::Failure as Broken,
    mass::{DeleteMass, MassSent, MassState},
};

/// The second of a month in Beijing: a month of days follows.
pub(super) const NOW: Timestamp = Timestamp::from_millis(1_798_819_200_000);
pub(super) const MSG_ID: u64 = 3_147_483_661;
pub(super) const DAY: Duration = Duration::from_secs(86_400);
/// No worker lives longer, and no call longer than its lease.
pub(super) const INVOCATION: Duration = Duration::from_secs(80);

/// What WeChat makes of a call.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fate {
    Taken,
    TakenUnanswered,
    Lost,
    Refused(i64),
}

#[derive(Default)]
pub(super) struct WeChat {
    taken: Option<Timestamp>,
    times: u32,
    deleted: bool,
    /// What becomes of a worker's next call.
    pub(super) fates: [Option<Fate>; 2],
    /// Calls that may still begin after a stop was answered; any number before.
    calls_left: Option<u32>,
}

pub(super) struct World {
    account: Arc<Account>,
    pub(super) clock: ManualClock,
    pub(super) sends: Sends,
    wechat: Mutex<WeChat>,
    pub(super) hands: [Hand; 2],
}

/// One worker's way into the world: it passes a gate before each step.
pub(super) struct Hand {
    pub(super) sends: Sends,
    pub(super) gate: Arc<Semaphore>,
}

impl World {
    pub(super) async fn new(message: &str) -> Self {
        let text = format!(
            "[accounts.demo]\napp_id = \"{}\"\noriginal_id = \"gh_7d31c0a94be2\"\nkind = \"service\"\n\
             app_secret = \"0123456789abcdef\"\ntoken = \"token\"\nmode = \"plain\"\n\
             mass = {{ to_all = 1, calls_per_minute = 100000, calls_per_day = 100000 }}\n",
            *APP
        );
        let account = AccountsFile::parse(&text)
            .unwrap()
            .accounts
            .remove(0)
            .account;
        let indexes: &[(&str, &[&str])] =
            &[("by_msgid", &["wechat_id"]), ("by_due", &["due", "due_ms"])];
        let table = EmulatedTable::with_indexes(&["id", "part"], indexes).await;
        let hand = || {
            let gate = Arc::new(Semaphore::new(0));
            let passed = Arc::clone(&gate);
            let client = table.client_under(Arc::new(move || {
                let gate = Arc::clone(&passed);
                Box::pin(async move {
                    gate.acquire().await.unwrap().forget();
                    Delivery::Whole
                })
            }));
            Hand {
                sends: Sends::new(client, &table.name),
                gate,
            }
        };
        let world = Self {
            account: Arc::new(account),
            clock: ManualClock::new(NOW),
            hands: [hand(), hand()],
            sends: Sends::new(table.client.clone(), &table.name),
            wechat: Mutex::default(),
        };
        let draft = Campaign {
            target: Target::All,
            message: message.to_owned(),
            created: NOW,
            ..sample::campaign()
        };
        let campaign = draft.released(NOW, NOW).unwrap();
        let campaign = Campaign {
            version: 1,
            ..campaign
        };
        world.sends.create_campaign(&campaign).await.unwrap();
        world
    }

    pub(super) fn wechat(&self) -> MutexGuard<'_, WeChat> {
        self.wechat.lock().unwrap()
    }

    pub(super) async fn campaign(&self) -> Campaign {
        self.sends.campaign(&APP, "c").await.unwrap().unwrap()
    }

    pub(super) async fn batches(&self) -> Vec<Batch> {
        self.sends.batches(&APP, "c").await.unwrap()
    }

    /// The campaign as one to a list, with a failed batch that was sent again after its receivers went.
    pub(super) async fn resent_without_receivers(&self) {
        let listed = |found: &Campaign| {
            Some(Campaign {
                target: Target::Openids,
                batches: 1,
                ..found.next(NOW)
            })
        };
        let changed = self.sends.change_campaign(&APP, "c", listed).await;
        changed.unwrap();
        let campaign = self.campaign().await;
        let failed = Batch {
            state: State::Failed,
            ..Batch::planned(&campaign, 0, 2, "p")
        };
        let batch = failed.again(2);
        self.sends.create_batch(&campaign, &batch).await.unwrap();
    }

    /// A worker's whole invocation.
    pub(super) async fn invocation(&self, n: usize) {
        let me = format!("{n}-{:032x}", fastrand::u128(..));
        let outside = Side { world: self, n };
        let worker = Worker {
            sends: &self.hands[n].sends,
            outside: &outside,
            clock: &outside,
            me: &me,
            stop: self.clock.now() + ms(60_000),
            patience: ms(900_000),
        };
        let work = Work {
            app_id: APP.clone(),
            client_msg_id: "c".into(),
        };
        worker.go_on(&work).await.unwrap();
    }

    /// Taken back, and what is told about it.
    pub(super) async fn stop(&self) {
        let now = self.clock.now();
        let stopped = |found: &Campaign| Some(found.taken_back(None, now));
        let change = self.sends.change_campaign(&APP, "c", stopped).await;
        let (Change::Made(campaign) | Change::Unchanged(campaign)) = change.unwrap() else {
            panic!("it is there");
        };
        let told = view(&campaign, &self.batches().await);
        let listed = told["on_their_way"].as_array().map_or(0, Vec::len);
        let mut wechat = self.wechat();
        let listed = u32::try_from(listed).unwrap();
        wechat.calls_left.get_or_insert(listed);
    }

    pub(super) async fn result(&self) {
        if self.wechat().taken.is_none() {
            return;
        }
        let result = MassResult {
            msg_id: MSG_ID,
            status: "send success".into(),
            counts: Counts {
                total: 9,
                filtered: 8,
                sent: 8,
                failed: 0,
            },
            ..MassResult::default()
        };
        let now = self.clock.now();
        self.sends.mass_result(&APP, &result, now).await.unwrap();
    }

    pub(super) async fn check(&self) {
        let quota = self.sends.mass_quota(&APP).await.unwrap();
        let (campaign, batches) = (self.campaign().await, self.batches().await);
        let wechat = self.wechat();
        assert!(wechat.times <= 1, "sent twice");
        assert!(quota.to_all <= 1, "counted twice");
        let (taken, state) = (wechat.times > 0, campaign.state_of(&batches));
        if state == State::Deleted {
            assert!(!taken || wechat.deleted, "told as deleted and is not");
        }
        if state == State::Failed {
            assert!(!taken, "told as failed and went: {batches:?}");
        }
    }

    /// Until nobody has anything to do.
    pub(super) async fn drain(&self) {
        self.wechat().fates = [None, None];
        for hand in &self.hands {
            hand.gate.add_permits(1_000_000);
        }
        for _ in 0..200 {
            let outside = Side { world: self, n: 0 };
            let worker = Worker {
                sends: &self.sends,
                outside: &outside,
                clock: &outside,
                me: "sweep",
                stop: self.clock.now() + ms(60_000),
                patience: ms(900_000),
            };
            worker.sweep().await;
            match self.campaign().await.due {
                None => break,
                Some(due) => self.clock.set(self.clock.now().max(due)),
            }
            self.invocation(0).await;
            self.check().await;
        }
        let (campaign, batches) = (self.campaign().await, self.batches().await);
        assert_eq!(campaign.due, None, "no end: {campaign:?} {batches:?}");
        let quota = self.sends.mass_quota(&APP).await.unwrap();
        let wechat = self.wechat();
        let Some(batch) = batches.first() else {
            assert_eq!(wechat.times, 0);
            return;
        };
        assert!(
            !batch.is_open() && batch.state != State::Accepted,
            "{batch:?}"
        );
        let taken = wechat.times == 1;
        let spent = taken || batch.uncertain_since.is_some();
        assert_eq!(quota.to_all, u32::from(spent), "{batch:?}");
        if wechat.calls_left.is_none() && !batch.is_unspent() && batch.state != State::Unknown {
            assert!(taken, "told as sent: {batch:?}");
        }
    }
}

/// The world as one worker sees it.
#[derive(Clone, Copy)]
pub(super) struct Side<'w> {
    world: &'w World,
    n: usize,
}

impl std::fmt::Debug for Side<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.n)
    }
}

impl Side<'_> {
    async fn step(&self) {
        let gate = &self.world.hands[self.n].gate;
        gate.acquire().await.unwrap().forget();
    }
}

impl Clock for Side<'_> {
    fn now(&self) -> Timestamp {
        self.world.clock.now()
    }

    fn wait(&self, time: Duration) -> Wait<'_> {
        Box::pin(async move {
            self.step().await;
            self.world.clock.wait(time).await;
        })
    }
}

impl Outside for Side<'_> {
    async fn account(&self, _: &str) -> Result<Arc<Account>, Problem> {
        Ok(Arc::clone(&self.world.account))
    }

    async fn send(&self, _: &Account, _: &MassCall) -> Result<MassSent, Error> {
        let refused = |code, msg_id: Option<u64>| {
            let fields = json!({ "msg_id": msg_id }).as_object().cloned();
            Err(Box::new(ApiError::new("/x", code, "no", fields.unwrap())).into())
        };
        let unanswered = || {
            Err(Error::Transport {
                endpoint: "/x".into(),
                failure: Broken::Timeout,
                source: "gone".into(),
            })
        };
        let now = self.world.clock.now();
        let (fate, known) = {
            let mut wechat = self.world.wechat();
            if let Some(left) = &mut wechat.calls_left {
                assert!(*left > 0, "a call began after the stop was answered");
                *left -= 1;
            }
            let known = wechat.taken.is_some_and(|taken| now.since(taken) < DAY);
            let fate = wechat.fates[self.n].take().unwrap_or(Fate::Taken);
            if matches!(fate, Fate::Taken | Fate::TakenUnanswered) && !known {
                wechat.taken = Some(now);
                wechat.times += 1;
            }
            (fate, known)
        };
        self.step().await;
        match fate {
            Fate::Lost | Fate::TakenUnanswered => unanswered(),
            // WeChat may look at the rules before it looks at the id.
            Fate::Refused(code) => refused(code, None),
            Fate::Taken if known => refused(45_065, Some(MSG_ID)),
            Fate::Taken => Ok(MassSent {
                msg_id: MSG_ID,
                msg_data_id: None,
            }),
        }
    }

    async fn look(&self, _: &Account, msg_id: u64) -> Result<MassState, Error> {
        self.step().await;
        let state: Value = json!({ "msg_id": msg_id, "msg_status": "SEND_SUCCESS" });
        Ok(serde_json::from_value(state).unwrap())
    }

    async fn delete(&self, _: &Account, _: &DeleteMass) -> Result<(), Error> {
        self.step().await;
        self.world.wechat().deleted = true;
        Ok(())
    }

    async fn put(&self, _: &[Outgoing]) -> Result<(), Problem> {
        self.step().await;
        Ok(())
    }

    fn count(&self, _: &'static str, _: &str, _: &str) {}

    fn set(&self, _: &'static str, _: &str, _: u32) {}
}
