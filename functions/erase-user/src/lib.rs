//! Erase user: deletes what is stored about a follower who left.

mod handler;

pub use handler::Handler;
