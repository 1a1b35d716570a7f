//! Send: messages from the queue to WeChat. What is done about them is [`shared::sends::worker`].

mod context;
mod handler;

pub use context::Context;
pub use handler::{Done, handle};
pub use shared::sends::worker::Report;
