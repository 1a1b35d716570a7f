//! WeChat's API: each call an ordinary struct, and one client that makes them.
//!
//! | module | holds |
//! |---|---|
//! | [`endpoint`] | what a call is: the [`Endpoint`] trait and its [`Meta`] data |
//! | [`accounts`] | which accounts may make a call |
//! | [`catalog`] | every endpoint there is, as data |
//! | [`checked`] | endpoints whose relayed requests are held against their rules |
//! | [`file`](mod@file) | what is uploaded, and what WeChat takes |
//! | [`errcode`], [`error`] | what WeChat refuses with, and what else goes wrong |
//! | [`token`], [`ticket`], [`base`], [`quota`] | the account: families of one file each |
//! | [`template`], [`notify`], [`subscribe_once`], [`custom`] | messages to one receiver |
//! | [`mass`] | messages to many |
//! | [`kf_account`], [`kf_session`], [`kf_record`] | customer service |
//! | [`media`], [`material`], [`article`], [`draft`], [`freepublish`], [`comment`] | what is written and shown |
//! | [`user`], [`tag`], [`blacklist`] | followers |
//! | [`menu`], [`qrcode`], [`shorten`], [`oauth`] | menus, codes, web pages |
//! | [`page`] | the endpoints a browser opens |
//! | [`guide`] | advisors; retired, and without types |
//! | [`escapes`] | JSON in raw UTF-8 |
//! | [`reader`] | reads a request somebody wrote as JSON |
//! | [`relay`] | a call somebody else made up, to be passed on |
//! | [`client`] | makes the calls (feature `client`) |
//!
//! A new endpoint is a struct in its family's file, one line in the `family!` table and one sample above it.

pub mod accounts;
pub mod answer;
pub mod article;
pub mod base;
pub mod blacklist;
pub mod body;
pub mod catalog;
pub mod checked;
#[cfg(feature = "client")]
pub mod client;
pub mod comment;
pub mod custom;
pub mod draft;
pub mod endpoint;
pub mod errcode;
pub mod error;
pub mod escapes;
pub mod file;
pub mod freepublish;
pub mod guide;
pub mod kf_account;
pub mod kf_record;
pub mod kf_session;
pub mod mass;
pub mod material;
pub mod media;
pub mod menu;
pub mod notify;
pub mod oauth;
pub mod page;
pub mod qrcode;
pub mod quota;
pub mod reader;
pub mod redact;
pub mod relay;
pub mod retry;
mod rules;
#[cfg(test)]
mod sample;
pub mod shorten;
pub mod subscribe_once;
pub mod tag;
pub mod template;
pub mod ticket;
pub mod token;
pub mod user;
pub mod wire;

pub use accounts::{Accounts, Scope};
pub use answer::Download;
pub use body::Body;
#[cfg(feature = "client")]
pub use client::{Client, Http, TokenSource};
pub use endpoint::{Endpoint, Invalid, Meta};
pub use errcode::{ErrorClass, Retry};
pub use error::{ApiError, Error};
pub use file::File;
pub use relay::Relay;
