//! Callback: verifies the URL; verifies, decrypts, deduplicates and answers pushes.

mod attempt;
mod handler;
mod rules;

pub use handler::Handler;
