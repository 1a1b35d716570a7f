//! Mass send: campaigns. What is done about them is [`shared::sends::campaign::worker`].

mod context;
mod handler;

pub use context::Context;
pub use handler::{Done, handle};
pub use shared::sends::campaign::worker::Report;
