//! A stack of the example `scripted`, seen from outside.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod aws;
mod event_sources;
mod gateway;
mod lambda;
mod restart;
mod support;
