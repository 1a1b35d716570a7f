//! Callback: verifies the URL; verifies, decrypts, deduplicates and answers pushes.

mod attempt;
mod collect;
mod handler;
mod known;
mod mark;
mod metrics;
mod origin;
mod rules;

pub use handler::Handler;
