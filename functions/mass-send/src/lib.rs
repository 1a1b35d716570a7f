//! Mass send: campaigns from the queue to WeChat, batch by batch, none twice.

mod context;
mod handler;
mod metrics;
mod plan;
mod run;
mod submit;
mod sweep;

pub use context::Context;
pub use handler::{Done, handle};
pub use sweep::Report;
