//! Management API: accepts messages and media, tells what became of them, reaches any endpoint.

mod body;
mod context;
mod listing;
mod mass;
mod media;
mod messages;
mod permission;
mod queue;
mod refusal;
mod route;
mod sends;
mod wechat;

pub use context::Context;
pub use route::routes;
