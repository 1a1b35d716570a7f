//! Mass send events: what became of messages, and what users let the account send them.

mod effects;
mod handler;

pub use handler::Handler;
