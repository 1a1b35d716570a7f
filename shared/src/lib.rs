//! The library every function shares.
//!
//! | module | holds |
//! |---|---|
//! | [`account`] | the accounts served, and how they are written down |
//! | [`lambda`] | entry glue of the functions (feature `lambda`) |

pub mod account;
#[cfg(feature = "lambda")]
pub mod lambda;
