//! Entry glue of the functions: clients, settings, clock, events, logs. Built once per process.

mod accounts;
mod aws;
pub mod clock;
mod http;
mod queue;
mod settings;
mod telemetry;

pub use accounts::{Accounts, AccountsError};
pub use aws::Aws;
pub use http::{BodyError, HttpRequest, HttpResponse};
pub use queue::{Outgoing, QueueError, SendQueue};
pub use settings::{Settings, SettingsError};
pub use telemetry::{Metric, Unit, emit_metrics, start_logging};
