//! Entry glue of the functions: clients, settings, clock, events, logs. Built once per process.

mod accounts;
mod aws;
#[cfg(feature = "http")]
mod clients;
pub mod clock;
mod http;
mod queue;
#[cfg(feature = "http")]
mod remote;
mod route;
mod settings;
mod stream;
mod telemetry;
mod token_refresh;

pub use accounts::{Accounts, AccountsError, Listed, Listing};
pub use aws::Aws;
#[cfg(feature = "http")]
pub use clients::{AccountClient, AccountTicket, Clients, connections};
pub use http::{BodyError, HttpRequest, HttpResponse};
pub use queue::{Outgoing, QueueError, SendQueue};
#[cfg(feature = "http")]
pub use remote::Remote;
pub use route::{Answer, Route, Unrouted};
pub use settings::{Settings, SettingsError};
pub use stream::{BatchFailures, ImageError, StreamEvent, StreamRecord};
pub use telemetry::{Metric, Unit, emit_metrics, log_id, start_logging};
pub use token_refresh::{AskError, TokenRefresh};
