//! The bundle on one machine: `template.yaml` run by `sam_local` as it would be deployed, with a WeChat beside it.
//!
//! [`Bundle::start`] reads the accounts, starts the simulated WeChat, checks the rules and hands the template to
//! [`sam_local::Deployment`]; [`Bundle::watch`] takes up what changes in the files of accounts, assistants and rules.

pub mod accounts;
pub mod assistants;
mod bundle;
mod cli;
pub mod demo;
pub mod diagnosis;
mod error;
mod files;
mod options;
mod place;
mod progress;
pub mod rules;
pub mod terminal;
mod trouble;
mod watch;
mod wechat;
mod window;

pub use bundle::Bundle;
pub use cli::{Cli, FileError, Printed};
pub use error::BundleError;
pub use options::{Files, Options, Wechat};
pub use wechat::RunningWechat;
