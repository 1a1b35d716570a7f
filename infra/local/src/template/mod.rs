//! `template.yaml` as the bundle runs it: read, evaluated, checked. Whatever it does not understand is refused.

mod block;
mod error;
mod events;
mod function;
mod intrinsics;
mod loader;
mod model;
mod policy;
mod queue;
mod table;
pub mod yaml;

pub use error::TemplateError;
pub use loader::load;
pub use model::{
    Asynchronous, Event, Function, Log, Queue, QueueSource, Route, Schedule, StreamSource, Table,
    Template,
};
pub use policy::Statement;
