//! Web: JS-SDK configuration, logins, one-time messages, domain verification files, the subscription page.

mod context;
mod handover;
mod js_sdk;
mod login;
mod notice;
mod page;
mod problem;
mod route;
mod subscribe_once;
mod verify;

pub use context::Context;
pub use route::routes;
