//! Everything between a request of WeChat and the answer to it, without I/O.

pub mod inbox;
