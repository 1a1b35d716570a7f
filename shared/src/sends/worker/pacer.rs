//! A lane's pacer: whether its gate is open, and when the next call may be made.

use crate::{
    beijing,
    problem::Problem,
    sends::{
        SendJob, SendKind,
        lane::{Lane, LaneId},
        pace::{Policy, Slot},
    },
    store::{Put, Sends, StoreError},
    time::Timestamp,
};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Writers of a lane's row that may be in each other's way before one gives up.
const TRIES: usize = 8;
/// A process forgets what it knows of lanes when there are more.
const REMEMBERED: usize = 4_096;

/// What a lane does with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Sends it in that slot.
    Call(Slot),
    /// Parks it, until about then.
    Park(Timestamp),
}

/// What a worker knows of a lane.
#[derive(Debug, Clone)]
pub(super) struct Pacer {
    sends: Sends,
    id: LaneId,
    lane: Lane,
    /// Whether the row was read or written in this invocation.
    fresh: bool,
    /// Calls reserved and not made, and the day they belong to.
    granted: (i64, u32),
    /// The last slot taken.
    last: i64,
}

/// What a process knows of lanes, from one invocation to the next.
#[derive(Debug, Default)]
pub struct Pacers(Mutex<HashMap<LaneId, Pacer>>);

impl Pacers {
    pub(super) fn take(&self, sends: &Sends, lane: &LaneId) -> Pacer {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let pacer = known.remove(lane).map(Pacer::later);
        pacer.unwrap_or_else(|| Pacer::new(sends, lane))
    }

    pub(super) fn put(&self, pacer: Pacer) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(pacer.id.clone(), pacer);
    }
}

impl Pacer {
    /// Of a lane that nothing is known of.
    pub(super) fn new(sends: &Sends, id: &LaneId) -> Self {
        Self {
            sends: sends.clone(),
            id: id.clone(),
            lane: Lane::default(),
            fresh: false,
            granted: (0, 0),
            last: 0,
        }
    }

    /// The same lane in another invocation: others may have written since. What was reserved and
    /// not used is given back with the next write.
    fn later(mut self) -> Self {
        let (day, spare) = std::mem::take(&mut self.granted);
        if self.lane.day == day {
            self.lane.counted -= spare.min(self.lane.counted);
        }
        self.fresh = false;
        self
    }

    /// What becomes of that message now. `wanted` calls are reserved with one write.
    pub(super) async fn next(
        &mut self,
        policy: &Policy,
        job: &SendJob,
        wanted: u32,
        now: Timestamp,
    ) -> Result<Turn, Problem> {
        let release = job.released.as_ref().map(|released| released.generation);
        for _ in 0..TRIES {
            if !self.lane.lets_pass(job.kind, release) {
                if self.fresh {
                    return Ok(Turn::Park(self.lane.until));
                }
                self.read().await?;
                continue;
            }
            let slot = self.slot(policy, now);
            let day = beijing::day(slot.at);
            if let Some(until) = policy.quiet_until(slot.at).map_err(malformed_pace)? {
                self.write(self.lane.closed(until)).await?;
            } else if self.granted.0 == day && self.granted.1 > 0 {
                return Ok(Turn::Call(slot));
            } else if let Some((next, granted)) = self.lane.reserve(day, policy.share, wanted) {
                if self.write(next).await? {
                    self.granted = (day, granted);
                }
            } else {
                self.write(self.lane.closed(beijing::midnight_after(day)))
                    .await?;
            }
        }
        Err(contended())
    }

    /// The next slot, for a call that came too late for its own too.
    pub(super) fn slot(&self, policy: &Policy, now: Timestamp) -> Slot {
        policy.next(now, self.last, self.lane.slow(now))
    }

    /// Takes a slot: the call is made.
    pub(super) fn take(&mut self, slot: Slot) {
        self.granted.1 -= self.granted.1.min(1);
        self.last = slot.number;
    }

    /// A message of that kind went through: its quota is tried afresh.
    pub(super) fn sent(&mut self, kind: SendKind) {
        if self.lane.holds_up(kind) {
            self.lane.probes = 0;
        }
    }

    /// Closes the lane to a kind whose allowance is used up.
    pub(super) async fn close(&mut self, kind: SendKind, now: Timestamp) -> Result<(), Problem> {
        self.change(|lane| (!lane.is_closed_to(kind)).then(|| lane.closed_by_quota(kind, now)))
            .await
    }

    /// Halves the lane's speed for a while.
    pub(super) async fn slow_down(&mut self, now: Timestamp) -> Result<(), Problem> {
        self.change(|lane| Some(lane.slowed(now))).await
    }

    /// Writes what `next` makes of the lane, unless that is nothing.
    pub(super) async fn change(
        &mut self,
        next: impl Fn(&Lane) -> Option<Lane>,
    ) -> Result<(), Problem> {
        for _ in 0..TRIES {
            let Some(next) = next(&self.lane) else {
                return Ok(());
            };
            if self.write(next).await? {
                return Ok(());
            }
        }
        Err(contended())
    }

    pub(super) async fn read(&mut self) -> Result<&Lane, StoreError> {
        self.lane = self.sends.lane(&self.id).await?;
        self.fresh = true;
        Ok(&self.lane)
    }

    async fn write(&mut self, next: Lane) -> Result<bool, StoreError> {
        let put = self.sends.write_lane(&self.id, &next).await?;
        let written = put == Put::Done;
        self.lane = put.or(next);
        self.fresh = true;
        Ok(written)
    }

    pub(super) fn lane(&self) -> &Lane {
        &self.lane
    }
}

/// A pace that cannot be one: somebody has to set it right.
pub(super) fn malformed_pace(why: String) -> Problem {
    Problem::new("malformed_pace", 500, why).retried_after(Duration::from_secs(60))
}

fn contended() -> Problem {
    Problem::new("lane_contended", 500, "too many write the lane's row")
}
