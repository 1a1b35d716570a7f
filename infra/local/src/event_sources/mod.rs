//! What starts functions besides HTTP: queues, streams, schedules.

pub mod filter;
pub mod schedule_time;
