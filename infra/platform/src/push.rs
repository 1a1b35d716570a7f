//! Pushes: written, sealed, delivered up to three times, and the answer judged (protocol 1.3 to 1.7).

mod catalog;
mod compose;
mod damage;
mod delivery;
mod format;
mod judge;
mod record;
mod reply;
mod seal;
mod spec;
mod user_action;

pub(crate) use catalog::kinds;
pub use damage::{Characters, Damage};
pub use format::Format;
pub(crate) use record::Pushes;
pub use record::{Attempt, Outcome, PushReport, UserSees};
pub use spec::{PushRequest, Tamper};
