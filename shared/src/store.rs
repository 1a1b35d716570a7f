//! The tables: each decision of the core as one request to DynamoDB.

#[cfg(test)]
mod emulated;
mod error;
mod inbox;
mod write;

pub use error::StoreError;
pub use inbox::{Filing, Inbox};
