//! Token refresh: the only function that fetches tokens and tickets, and that may read app secrets.

mod addresses;
mod context;
mod handler;
mod route;
mod secret_calls;
mod tick;

pub use context::Context;
pub use handler::{Event, handle};
pub use route::routes;
