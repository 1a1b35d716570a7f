//! AWS Lambda: functions as processes that poll a runtime API, started, reused, throttled and killed like sandboxes.

mod asynchronous;
mod environment;
mod instance;
mod invocation;
mod pool;
mod runtime_api;
mod directory;

pub use asynchronous::{AsyncQueue, Destinations, iso_time};
pub use environment::Environment;
pub use invocation::{InvokeError, MAX_ASYNC_PAYLOAD, MAX_PAYLOAD, Outcome};
pub use pool::Pool;
pub use directory::{Lambda, OutsideFunction, function_name};
