//! Entry glue of the functions: clients, settings, clock, events, logs. Built once per process.

#[cfg(feature = "ssm")]
mod accounts;
mod aws;
#[cfg(feature = "wechat")]
mod clients;
pub mod clock;
mod context;
mod counts;
mod event;
#[cfg(feature = "invoke")]
mod functions;
mod http;
mod problem;
#[cfg(feature = "sqs")]
mod queue;
mod random;
#[cfg(feature = "wechat")]
mod remote;
mod route;
mod settings;
mod stream;
mod telemetry;
#[cfg(feature = "invoke")]
mod token_refresh;

#[cfg(feature = "ssm")]
pub use accounts::{Accounts, AccountsError, Listed, Listing};
pub use aws::Aws;
#[cfg(feature = "wechat")]
use clients::REFRESH_PATIENCE;
#[cfg(feature = "wechat")]
pub use clients::{AccountClient, AccountTicket, Clients};
pub use context::Context;
pub use counts::Counts;
pub use event::{Invocation, QueueAttributes, QueueEvent, QueueMessage};
#[cfg(feature = "invoke")]
pub use functions::{Functions, Invoked};
pub use http::{BodyError, HttpRequest, HttpResponse};
#[cfg(feature = "sqs")]
pub use queue::{DeadLetters, QueueError, SendQueue};
pub use random::SystemRandom;
#[cfg(feature = "wechat")]
pub use remote::Remote;
pub use route::{Answer, Route, Unrouted};
pub use settings::{Settings, SettingsError, Variables};
pub use stream::{BatchFailures, ImageError, StreamEvent, StreamRecord};
pub use telemetry::{Metric, Unit, emit_metrics, log_id, start_logging};
#[cfg(feature = "invoke")]
pub use token_refresh::{AskError, TokenRefresh};
