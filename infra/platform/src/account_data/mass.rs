//! Mass sends: what was ordered, what it may cost, what became of it (protocol section 6).

mod job;
mod ledger;
mod received;
mod settings;

pub use job::JobView;
pub(crate) use job::{Event, Target};
pub(crate) use ledger::{Admin, Ledger, Order, Refused};
pub use received::Receivers;
pub(crate) use received::hash;
pub use settings::{MassSettings, Protection};
