//! Mass sends: what was ordered, what it may cost, what became of it (protocol section 6).

mod job;
mod ledger;
mod received;
mod settings;

pub use job::JobView;
pub use received::Receivers;
pub use settings::{MassSettings, Protection};

pub(crate) use job::{Event, Target};
pub(crate) use ledger::{Admin, Ledger, Order, Refused};
pub(crate) use received::hash;
