//! The library every function shares.
//!
//! | module | holds |
//! |---|---|
//! | [`account`] | the accounts served, and how they are written down |
//! | [`api`] | WeChat's API: its endpoints, and the client (feature `http`) |
//! | [`beijing`] | the days WeChat counts in |
//! | [`callback`] | a push, from its signature to its reply |
//! | [`media`] | media of messages, uploaded once |
//! | [`sends`] | messages and campaigns: verdicts, lanes, pace, consent |
//! | [`store`] | the tables (feature `aws`) |
//! | [`token`] | tokens and tickets: leases, refreshes, the token in memory |
//! | [`web`] | web pages: JS-SDK signatures, logins, user agents |
//! | [`lambda`] | entry glue of the functions (feature `lambda`) |
//!
//! "protocol section 2.3" and the like stand for WeChat's pages: `docs/protocol.md` lists them.

pub mod account;
pub mod api;
pub mod beijing;
pub mod callback;
#[cfg(feature = "lambda")]
pub mod lambda;
pub mod media;
pub mod sends;
#[cfg(feature = "aws")]
pub mod store;
pub mod token;
pub mod web;
