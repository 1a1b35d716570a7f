//! Forward: runs a slow rule once, beside the attempts of WeChat that wait for its answer; and asks WeChat what rules
//! need to know of a follower.

mod answer;
mod calls;
mod courier;
mod followers;
mod handler;
pub mod handlers;
mod listen;
mod opening;
mod source;
mod task;

pub use calls::{Answered, Calls};
pub use handler::{Done, Handler};
