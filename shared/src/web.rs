//! The account's side of web pages (protocol sections 7.8 and 7.9).
//!
//! | module | holds |
//! |---|---|
//! | [`agent`] | which app a page is looked at with |
//! | [`journey`] | the way to a page of WeChat's and back: `state` and its cookie |
//! | [`login`] | who came back, and the one-time code the site gets for it |
//! | [`subscribe_once`] | a one-time message: what the user was asked for, and what came back |
//! | [`verify`] | domain verification files |

pub mod agent;
pub mod journey;
pub mod login;
pub mod subscribe_once;
pub mod verify;

use sha2::{Digest as _, Sha256};

/// What stands for a code in the table: whoever reads the table cannot use it.
pub fn digest(secret: &str) -> String {
    hex::encode(Sha256::digest(secret))
}
