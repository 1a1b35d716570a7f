//! The bundle on one machine.
pub mod event_sources;
pub mod stack;
pub mod template;
