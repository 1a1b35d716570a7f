//! A SAM template as it is run: read, evaluated, checked. Whatever it does not understand is refused.

mod api;
mod asynchronous;
mod block;
mod error;
mod events;
mod function;
mod intrinsics;
mod loader;
mod model;
mod policy;
mod queue;
mod role;
mod table;
pub mod yaml;

pub use error::TemplateError;
pub use loader::load;
pub use model::{
    Asynchronous, Event, Function, Log, Queue, QueueSource, Route, Schedule, StreamSource, Table,
    Template,
};
pub use policy::{Statement, wildcard};
