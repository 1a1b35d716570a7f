//! Token refresh: the only function that fetches tokens and tickets, and that may read app secrets.

mod errands;
mod handler;
mod route;
mod tick;

pub use handler::{Event, Handler};
pub use route::routes;
