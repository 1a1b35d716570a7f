//! The library every function shares.
//!
//! | module | holds |
//! |---|---|
//! | [`account`] | the accounts served, and how they are written down |
//! | [`api`] | WeChat's API: its endpoints, and the client (feature `http`) |
//! | [`callback`] | a push, from its signature to its reply |
//! | [`media`] | media of messages, uploaded once |
//! | [`store`] | the tables (feature `aws`) |
//! | [`token`] | tokens and tickets: leases, refreshes, the token in memory |
//! | [`web`] | web pages: JS-SDK signatures, logins, user agents |
//! | [`lambda`] | entry glue of the functions (feature `lambda`) |

pub mod account;
pub mod api;
pub mod callback;
#[cfg(feature = "lambda")]
pub mod lambda;
pub mod media;
pub mod sends;
#[cfg(feature = "aws")]
pub mod store;
pub mod token;
pub mod web;
