//! Send: messages from the queue to WeChat, in order, paced, never twice.

mod call;
mod content;
mod context;
mod group;
mod handler;
mod message;
mod metrics;
mod release;
mod turn;

pub use context::Context;
pub use handler::{Done, handle};
pub use release::Report;
