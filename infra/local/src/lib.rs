//! The bundle on one machine: `template.yaml` run by `sam_local` as it would be deployed, with a WeChat beside it.
//!
//! [`Bundle::start`] reads the accounts, starts the simulated WeChat, checks the rules and hands the template to
//! [`sam_local::Deployment`].

pub mod accounts;
mod bundle;
mod cli;
pub mod demo;
mod error;
mod options;
mod progress;
pub mod rules;
pub mod terminal;
mod wechat;

pub use bundle::Bundle;
pub use cli::{Cli, FileError};
pub use error::BundleError;
pub use options::{Options, Wechat};
pub use wechat::RunningWechat;
