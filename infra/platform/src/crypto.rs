//! Signatures and the AES envelope, from the platform's side (protocol 1.2 to 1.6).

mod envelope;
mod signature;

pub(crate) use envelope::{AesKey, OpenError, Padding, open, seal};
pub(crate) use signature::sign;
