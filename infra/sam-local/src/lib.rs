//! Runs a SAM template with Rust functions on one machine, as it would be deployed, on loopback.
//!
//! [`Deployment::start`] reads the template ([`template`]), builds the functions ([`functions`]), plays Lambda
//! ([`lambda`]), API Gateway ([`gateway`]), SQS ([`sqs`]), DynamoDB, Parameter Store and CloudFormation ([`aws`]), and
//! feeds functions from queues, streams and schedules ([`event_sources`]). Arrows point from `deployment` to all of
//! them, from `event_sources`, `gateway` and `aws` to `lambda`, from there to `sqs`, and from everything to `state`,
//! `template`, `stack`, `logs`, `clock` and `ids`.
//!
//! ```no_run
//! # async fn example() -> Result<(), sam_local::Error> {
//! use sam_local::{Deployment, Options};
//!
//! let mut options = Options::new("infra/template.yaml");
//! options.schedule_speed = 60.0;
//! let stack = Deployment::start(&options).await?;
//! println!("{}", stack.gateway_url());
//! # Ok(())
//! # }
//! ```

#[cfg(not(unix))]
compile_error!(
    "functions are started as processes of Unix, with its signals: on Windows, run cargo inside WSL 2 (wsl --install)"
);

mod arguments;
pub mod aws;
mod clock;
mod deployment;
mod error;
pub mod event_sources;
mod filter;
pub mod functions;
pub mod gateway;
mod ids;
mod interrupt;
pub mod lambda;
mod logs;
mod options;
pub mod rights;
mod schedule_time;
pub mod signed;
mod sockets;
pub mod sqs;
pub mod stack;
mod state;
mod tasks;
pub mod template;

pub use arguments::Arguments;
pub use deployment::Deployment;
pub use error::Error;
pub use interrupt::interrupt;
pub use logs::{LogLine, Logs};
pub use options::{ANY_PORT, Options};
pub use sockets::Sockets;
pub use state::StateError;
