//! The library every function shares.
//!
//! | module | holds |
//! |---|---|
//! | [`account`] | the accounts served, and how they are written down |

pub mod account;
