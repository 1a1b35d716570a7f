//! Messages on their way out: in order, paced, never twice.
//!
//! | module | holds |
//! |---|---|
//! | [`job`] | what travels on the send queue |
//! | [`record`] | the row of table `sends`, its states, and what a worker does about it |
//! | [`verdict`] | what an outcome of WeChat's means for the message |
//! | [`pace`], [`quiet`] | when a lane may send |
//! | [`lane`] | open, closed, draining: who waits, and who goes first |
//! | [`consent`], [`allowance`] | what a receiver still takes |
//! | [`cap`] | what an account sends one user at most |
//! | [`objection`] | when that may keep a message from being sent |
//! | [`campaign`] | one message to many |
//! | [`body`] | the body as WeChat gets it |
//! | `worker` | from the queue to WeChat (feature `aws`) |

pub mod allowance;
pub mod body;
pub mod campaign;
pub mod cap;
pub mod consent;
mod digest;
mod failure;
pub mod job;
pub mod lane;
mod late;
pub mod objection;
mod outgoing;
pub mod pace;
pub mod quiet;
pub mod record;
#[cfg(test)]
pub(crate) mod sample;
pub mod verdict;
#[cfg(feature = "aws")]
pub mod worker;

pub use digest::{digest, digest_of};
pub use failure::{Failure, FailureView};
pub use job::{OnUnknown, Options, SendJob, SendKind};
pub use outgoing::Outgoing;
pub use record::{Record, State, Step};

use std::time::Duration;

/// So many seconds, as a span.
pub(crate) const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The pause of that number, counted from 0; the last one from there on.
fn nth(pauses: &[Duration], number: u32) -> Duration {
    let number = usize::try_from(number).unwrap_or(usize::MAX);
    let pause = pauses.get(number).or(pauses.last());
    pause.copied().unwrap_or_default()
}
