//! Forward: runs a slow rule once, beside the attempts of WeChat that wait for its answer.

mod answer;
mod courier;
mod handler;
pub mod handlers;
mod source;

pub use handler::{Done, Handler};
