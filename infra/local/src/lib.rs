//! The bundle on one machine: `template.yaml` run as it would be deployed, on loopback.
//!
//! [`Bundle::start`] reads the template ([`template`]), builds the functions ([`functions`]), plays Lambda
//! ([`lambda`]), API Gateway ([`gateway`]), DynamoDB, SQS and SSM ([`aws`]), and feeds functions from queues, streams
//! and schedules ([`event_sources`]). Arrows point from `bundle` to all of them, from `event_sources`, `gateway` and
//! `aws` to `lambda`, and from everything to `template`, `stack`, `logs`, `clock` and `ids`.

pub mod accounts;
pub mod aws;
mod bundle;
mod cli;
mod clock;
pub mod demo;
mod error;
pub mod event_sources;
pub mod functions;
pub mod gateway;
mod ids;
pub mod lambda;
mod logs;
mod options;
mod progress;
pub mod rules;
mod signed;
pub mod stack;
mod tasks;
pub mod template;
pub mod terminal;
mod wechat;

pub use bundle::Bundle;
pub use cli::{Cli, FileError};
pub use error::BundleError;
pub use logs::{LogLine, Logs};
pub use options::{Options, Wechat};
pub use wechat::RunningWechat;
