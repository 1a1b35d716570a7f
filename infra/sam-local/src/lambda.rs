//! AWS Lambda: functions as processes that poll a runtime API, started, reused, throttled and killed like sandboxes.

mod asynchronous;
mod directory;
mod environment;
mod handler;
mod instance;
mod invocation;
mod pool;
mod runtime_api;

pub use asynchronous::{AsyncQueue, Destinations, iso_time};
pub use directory::{Lambda, OutsideFunction, function_name};
pub use environment::Environment;
pub use handler::{Handler, Handlers};
pub use invocation::{InvokeError, MAX_ASYNC_PAYLOAD, MAX_PAYLOAD, Outcome};
pub use pool::{Pool, Unstarted};
