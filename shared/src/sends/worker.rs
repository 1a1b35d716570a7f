//! The worker of messages: from the queue to WeChat, in order, paced, never twice. The function `send` is
//! this with Lambda, SQS and HTTP around it; tests are this with a world of their own.
//!
//! | module | holds |
//! |---|---|
//! | `context` | what a worker works with |
//! | `lane_run` | one lane's messages, one after the other |
//! | `pacer` | whether the lane is open, and when the next call may be made |
//! | `message` | one message: its turn, its call, its fate |
//! | `prospect` | what is known about a receiver before and after |
//! | `release` | the schedule: what is parked, early or left goes on |

mod content;
mod context;
mod lane_run;
mod message;
mod pacer;
mod prospect;
mod release;

pub use context::{Arrived, Outside, Worker};
pub use lane_run::Ended;
pub use pacer::Pacers;
pub use release::Report;

use super::lane::LaneId;
use lane_run::{LaneRun, put_malformed};

impl<O: Outside> Worker<'_, O> {
    /// Does messages of one FIFO group, a lane, in order, up to the first that stays on the queue.
    pub async fn group(&self, group: &str, messages: &[Arrived<'_>]) -> Ended {
        match LaneId::parse(group) {
            Some(lane) => LaneRun::new(self, &lane).run(messages).await,
            None => self.bury(group, messages).await,
        }
    }

    /// Nobody but a stranger puts messages into a group that is no lane.
    async fn bury(&self, group: &str, messages: &[Arrived<'_>]) -> Ended {
        let mut done = 0;
        for message in messages {
            if put_malformed(self, group, message).await.is_err() {
                break;
            }
            done += 1;
        }
        Ended { done, back_s: 60 }
    }

    /// Looks after everything that is due: lanes whose time has come, messages that were filed and not
    /// queued, results that came before their messages.
    pub async fn release(&self) -> Report {
        release::run(self).await
    }
}

#[cfg(test)]
mod tests;
