//! One send to all, two workers, one who stops it: any order of claim, call, lost answer, kill,
//! stop and result. The rows are taken as the table takes them, one version on or not at all.

use super::{
    State,
    agenda::{Next, next},
    batch::Batch,
    quota::{Quota, ToAll},
    record::{Campaign, Target},
    result::{Counts, MassResult},
    verdict::Verdict,
    view::view,
};
use crate::{
    account::{Kind, MassLimits},
    sends::sample,
    time::{Timestamp, ms},
};
use proptest::prelude::*;
use serde_json::json;
use std::time::Duration;
use wechat_oa::api::{
    ApiError, Error,
    error::Failure as Broken,
    mass::{MassSent, MassStatus},
};

/// The second of a month in Beijing: a month of days follows.
const NOW: Timestamp = Timestamp::from_millis(1_798_819_200_000);
const MSG_ID: u64 = 3_147_483_661;
const DAY: Duration = Duration::from_secs(86_400);
/// No worker lives longer.
const INVOCATION: Duration = Duration::from_secs(120);

/// What WeChat makes of a call.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Taken,
    TakenUnanswered,
    Lost,
    Refused(i64),
}

#[derive(Debug, Clone, Copy)]
enum Op {
    Step(usize, Fate),
    Kill(usize),
    Stop,
    Result,
    Wait(Duration),
}

/// Where a worker is: between any two of its writes it may die.
#[derive(Debug, Clone, Default)]
enum At {
    #[default]
    Idle,
    Counted(Batch),
    Claimed(Batch),
    Cleared(Batch),
    Answered(Verdict),
}

#[derive(Debug, Default)]
struct WeChat {
    taken: Vec<Timestamp>,
    deleted: bool,
}

#[derive(Debug)]
struct World {
    now: Timestamp,
    campaign: Campaign,
    batch: Batch,
    quota: Quota,
    wechat: WeChat,
    workers: [At; 2],
    /// Of each worker, whether it was about to call when the stop was answered.
    calling: Option<[bool; 2]>,
}

fn world(message: &str) -> World {
    let campaign = Campaign {
        target: Target::All,
        message: message.to_owned(),
        state: State::Submitting,
        batches: 1,
        created: NOW,
        ..sample::campaign()
    };
    World {
        now: NOW,
        batch: Batch::planned(&campaign, 0, 0, ""),
        campaign,
        quota: Quota::default(),
        wechat: WeChat::default(),
        workers: [At::Idle, At::Idle],
        calling: None,
    }
}

impl World {
    fn id(&self) -> String {
        self.batch.clientmsgid.clone()
    }

    /// Writes a batch as the table does.
    fn put(&mut self, next: Batch) -> bool {
        let taken = next.version == self.batch.version + 1;
        if taken {
            self.batch = next;
        }
        taken
    }

    fn change(&mut self, next: impl Fn(&Batch) -> Option<Batch>) {
        if let Some(next) = next(&self.batch) {
            assert!(self.put(next), "each change is one version on");
        }
    }

    fn apply(&mut self, op: Op) {
        match op {
            Op::Wait(time) => {
                self.now += time;
                if time > INVOCATION {
                    self.workers = [At::Idle, At::Idle];
                }
            }
            Op::Kill(worker) => self.workers[worker] = At::Idle,
            Op::Stop => self.stop(),
            Op::Result => self.result(),
            Op::Step(worker, fate) => self.step(worker, fate),
        }
    }

    fn stop(&mut self) {
        self.campaign = self.campaign.taken_back(None, self.now);
        let told = view(&self.campaign, std::slice::from_ref(&self.batch));
        let listed = told["on_their_way"] == json!([self.id()]);
        let calling = [0, 1].map(|n| matches!(self.workers[n], At::Cleared(_)));
        if self.calling.is_none() {
            let called = calling.contains(&true) && self.batch.is_open();
            assert!(listed || !called, "told as on its way: {told}");
            self.calling = Some(calling);
        }
    }

    fn result(&mut self) {
        if self.wechat.taken.is_empty() {
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
        let known = self.batch.msg_id == Some(MSG_ID);
        let may_be = result.may_be_of(&self.batch, self.now);
        self.change(|batch| match known {
            true => batch.joined(&result),
            false => batch.inferred(&result).filter(|_| may_be),
        });
    }

    fn step(&mut self, worker: usize, fate: Fate) {
        let me = ["a", "b"][worker];
        self.workers[worker] = match std::mem::take(&mut self.workers[worker]) {
            At::Idle => self.begin(),
            At::Counted(batch) => {
                let claimed = batch.claimed(me, self.now);
                match self.put(claimed.clone()) {
                    true => At::Claimed(claimed),
                    false => At::Idle,
                }
            }
            At::Claimed(_) if self.campaign.stopped => {
                let mine = |batch: &Batch| batch.lease_owner.as_deref() == Some(me);
                self.change(|batch| mine(batch).then(|| batch.released()));
                At::Idle
            }
            At::Claimed(batch) => At::Cleared(batch),
            // No call takes longer than its lease.
            At::Cleared(batch) if self.now >= batch.lease_until => At::Idle,
            At::Cleared(batch) => {
                let was_calling = self
                    .calling
                    .as_mut()
                    .is_none_or(|c| std::mem::take(&mut c[worker]));
                assert!(was_calling, "a call began after the stop was answered");
                let outcome = self.called(fate);
                let verdict = Verdict::of(&batch, &outcome, self.now);
                At::Answered(verdict)
            }
            At::Answered(verdict) => {
                self.settle(me, &verdict);
                At::Idle
            }
        };
    }

    fn begin(&mut self) -> At {
        let now = self.now;
        let batches = [self.batch.clone()];
        match next(&self.campaign, &batches, now) {
            Next::Submit(_) => return self.count(),
            Next::GiveUp(_) => self.change(|batch| batch.lost("lost", now)),
            Next::Drop(_) => self.change(Batch::dropped),
            Next::TakeBack(..) => {
                self.wechat.deleted = true;
                self.change(|batch| Some(batch.article_gone(0, None)));
            }
            Next::Look(_) => {
                let pause = self.campaign.pause(&self.batch, ms(900_000), now);
                let status = Some(&MassStatus::SendSuccess);
                self.change(|batch| Some(batch.looked(status, pause, now)));
            }
            Next::Done if self.batch.is_unspent() => {
                let back = self.quota.given_back(&self.id());
                self.quota = back.unwrap_or_else(|| self.quota.clone());
            }
            Next::Done | Next::Wait(_) => {}
        }
        At::Idle
    }

    fn count(&mut self) -> At {
        let id = self.id();
        let to_all = (!self.batch.is_in_doubt()).then_some(ToAll {
            id: Some(&id),
            called: self.batch.attempts > 0,
        });
        let limits = MassLimits {
            to_all: Some(1),
            calls_per_minute: u32::MAX,
            calls_per_day: u32::MAX,
        };
        let spent = self.quota.spent(&limits, Kind::Service, to_all, self.now);
        self.quota = spent.expect("its own allowance is never in its way");
        At::Counted(self.batch.clone())
    }

    fn called(&mut self, fate: Fate) -> Result<MassSent, Error> {
        let refused = |code, msg_id: Option<u64>| {
            let fields = json!({ "msg_id": msg_id }).as_object().cloned();
            Box::new(ApiError::new("/x", code, "no", fields.unwrap()))
        };
        let unanswered = Error::Transport {
            endpoint: "/x".into(),
            failure: Broken::Timeout,
            source: "gone".into(),
        };
        let known = self.wechat.taken.first();
        let known = known.is_some_and(|taken| self.now.since(*taken) < DAY);
        match fate {
            Fate::Lost => return Err(unanswered),
            Fate::Taken | Fate::TakenUnanswered if !known => self.wechat.taken.push(self.now),
            Fate::Taken | Fate::TakenUnanswered => {}
            // WeChat may look at the rules before it looks at the id.
            Fate::Refused(code) => return Err(refused(code, None).into()),
        }
        match fate {
            Fate::TakenUnanswered => Err(unanswered),
            _ if known => Err(refused(45_065, Some(MSG_ID)).into()),
            _ => Ok(MassSent {
                msg_id: MSG_ID,
                msg_data_id: None,
            }),
        }
    }

    fn settle(&mut self, me: &str, verdict: &Verdict) {
        let now = self.now;
        self.change(|batch| {
            let settled = || batch.settled(verdict.clone(), ms(900_000), now);
            batch.takes(verdict, me).then(settled)
        });
    }

    fn check(&self) {
        let batch = &self.batch;
        let taken = self.wechat.taken.len();
        assert!(taken <= 1, "sent twice");
        assert!(self.quota.to_all <= 1, "counted twice");
        let state = self.campaign.state_of(std::slice::from_ref(batch));
        if state == State::Deleted {
            assert!(
                taken == 0 || self.wechat.deleted,
                "told as deleted and is not"
            );
        }
        if state == State::Failed {
            assert_eq!(taken, 0, "told as failed and went: {batch:?}");
        }
    }

    /// Until nobody has anything to do.
    fn drain(&mut self) {
        for _ in 0..200 {
            let idle = self.workers.iter().all(|at| matches!(at, At::Idle));
            let batches = [self.batch.clone()];
            if idle {
                match next(&self.campaign, &batches, self.now) {
                    Next::Done => break,
                    Next::Wait(until) => self.now = self.now.max(until),
                    _ => {}
                }
            }
            for worker in [0, 1] {
                self.step(worker, Fate::Taken);
                self.check();
            }
        }
        self.step(0, Fate::Taken);
        self.check();
        let batch = &self.batch;
        assert!(
            !batch.is_open() && batch.state != State::Accepted,
            "{batch:?}"
        );
        let taken = self.wechat.taken.len() == 1;
        let spent = taken || batch.uncertain_since > None;
        assert_eq!(self.quota.to_all, u32::from(spent), "{batch:?}");
        if self.calling.is_none() && !batch.is_unspent() && batch.state != State::Unknown {
            assert!(taken, "told as sent: {batch:?}");
        }
    }
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
        12 => (0..2_usize, fate()).prop_map(|(worker, fate)| Op::Step(worker, fate)),
        1 => (0..2_usize).prop_map(Op::Kill),
        1 => Just(Op::Stop),
        1 => Just(Op::Result),
        3 => prop::sample::select(vec![1, 1_000, 30_000, 100_000, 3_600_000, 82_000_000])
            .prop_map(|time| Op::Wait(ms(time))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn sent_once_stopped_for_good_and_told_as_it_is(
        articles in any::<bool>(),
        ops in prop::collection::vec(op(), 1..30),
    ) {
        let mut world = world(match articles {
            true => r#"{"msgtype":"mpnews","mpnews":{"media_id":"m"}}"#,
            false => r#"{"msgtype":"text","text":{"content":"a"}}"#,
        });
        for op in ops {
            world.apply(op);
            world.check();
        }
        world.drain();
    }
}
