//! A lane's turns: whether its gate is open, and when the next call may be made.

use shared::{
    beijing,
    lambda::Problem,
    sends::{
        SendJob, SendKind,
        lane::Lane,
        pace::{Policy, Slot},
    },
    store::{Put, Sends, StoreError},
    time::Timestamp,
};
use std::time::Duration;

/// Writers of a lane's row that may be in each other's way before one gives up.
const TRIES: usize = 8;

/// What a lane does with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Sends it in that slot.
    Call(Slot),
    /// Parks it, until about then.
    Park(Timestamp),
}

/// What a worker knows of a lane.
#[derive(Debug, Clone, Default)]
pub(crate) struct Turns {
    lane: Lane,
    /// Whether the row was read or written in this invocation.
    fresh: bool,
    /// Calls reserved and not made, and the day they belong to.
    granted: (i64, u32),
    /// The last slot taken.
    last: i64,
}

impl Turns {
    /// The same lane in another invocation: others may have written since. What was reserved and
    /// not used is given back with the next write.
    pub(crate) fn later(mut self) -> Self {
        let (day, spare) = std::mem::take(&mut self.granted);
        if self.lane.day == day {
            self.lane.counted -= spare.min(self.lane.counted);
        }
        self.fresh = false;
        self
    }

    /// What becomes of that message now. `wanted` calls are reserved with one write.
    pub(crate) async fn next(
        &mut self,
        sends: &Sends,
        group: &str,
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
                self.read(sends, group).await?;
                continue;
            }
            let slot = policy.next(now, self.last, self.lane.slow(now));
            let day = beijing::day(slot.at);
            if let Some(until) = policy.quiet_until(slot.at).map_err(malformed_pace)? {
                self.write(sends, group, self.lane.closed(until)).await?;
            } else if self.granted.0 == day && self.granted.1 > 0 {
                return Ok(Turn::Call(slot));
            } else if let Some((next, granted)) = self.lane.reserve(day, policy.share, wanted) {
                if self.write(sends, group, next).await? {
                    self.granted = (day, granted);
                }
            } else {
                let midnight = beijing::midnight_after(day);
                self.write(sends, group, self.lane.closed(midnight)).await?;
            }
        }
        Err(contended())
    }

    /// The next slot, for a call that came too late for its own.
    pub(crate) fn another(&self, policy: &Policy, now: Timestamp) -> Slot {
        policy.next(now, self.last, self.lane.slow(now))
    }

    /// Takes a slot: the call is made.
    pub(crate) fn take(&mut self, slot: Slot) {
        self.granted.1 -= self.granted.1.min(1);
        self.last = slot.number;
    }

    /// A message of that kind went through: its quota is tried afresh.
    pub(crate) fn sent(&mut self, kind: SendKind) {
        if self.lane.holds_up(kind) {
            self.lane.probes = 0;
        }
    }

    /// Closes the lane to a kind whose allowance is used up.
    pub(crate) async fn close(
        &mut self,
        sends: &Sends,
        group: &str,
        kind: SendKind,
        now: Timestamp,
    ) -> Result<(), Problem> {
        self.change(sends, group, |lane| {
            (!lane.is_closed_to(kind)).then(|| lane.closed_by_quota(kind, now))
        })
        .await
    }

    /// Halves the lane's speed for a while.
    pub(crate) async fn slow_down(
        &mut self,
        sends: &Sends,
        group: &str,
        now: Timestamp,
    ) -> Result<(), Problem> {
        self.change(sends, group, |lane| Some(lane.slowed(now)))
            .await
    }

    /// Writes what `next` makes of the lane, unless that is nothing.
    pub(crate) async fn change(
        &mut self,
        sends: &Sends,
        group: &str,
        next: impl Fn(&Lane) -> Option<Lane>,
    ) -> Result<(), Problem> {
        for _ in 0..TRIES {
            let Some(next) = next(&self.lane) else {
                return Ok(());
            };
            if self.write(sends, group, next).await? {
                return Ok(());
            }
        }
        Err(contended())
    }

    pub(crate) async fn read(&mut self, sends: &Sends, group: &str) -> Result<&Lane, StoreError> {
        self.lane = sends.lane(group).await?;
        self.fresh = true;
        Ok(&self.lane)
    }

    async fn write(&mut self, sends: &Sends, group: &str, next: Lane) -> Result<bool, StoreError> {
        let put = sends.write_lane(group, &next).await?;
        let written = put == Put::Done;
        self.lane = put.or(next);
        self.fresh = true;
        Ok(written)
    }

    pub(crate) fn lane(&self) -> &Lane {
        &self.lane
    }
}

/// A pace that cannot be one: somebody has to set it right.
pub(crate) fn malformed_pace(why: String) -> Problem {
    Problem::new("malformed_pace", 500, why).retried_after(Duration::from_secs(60))
}

fn contended() -> Problem {
    Problem::new("lane_contended", 500, "too many write the lane's row")
}
