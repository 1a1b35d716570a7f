//! What starts functions besides HTTP: queues, streams, schedules.

mod batch;
mod queue_source;
mod retry;
mod schedule;
mod stream_source;

use crate::{
    aws::DynamoDb,
    error::Error,
    lambda::{AsyncQueue, Destinations, Lambda, Outcome},
    logs::Logs,
    sqs::Queues,
    stack::Stack,
    state::{State, StateError},
    tasks::Tasks,
    template::{Event, Schedule},
};
use std::sync::Arc;

/// What the event sources read from and send to.
#[derive(Debug)]
pub struct Sources {
    /// Names.
    pub stack: Stack,
    /// The functions.
    pub lambda: Arc<Lambda>,
    /// Their asynchronous invocations, which schedules make.
    pub async_queue: Arc<AsyncQueue>,
    /// The queues.
    pub queues: Arc<Queues>,
    /// The database, for its streams.
    pub dynamodb: Arc<DynamoDb>,
    /// What is kept between runs.
    pub state: State,
    /// Where records go that no attempt managed.
    pub destinations: Destinations,
    /// Where troubles are said.
    pub logs: Logs,
    /// How many times faster than real time schedules run.
    pub speed: f64,
    /// The pollers, and everything else that runs beside them.
    pub tasks: Arc<Tasks>,
}

/// Goes on with what the last run left, and starts a poller for every enabled source of every function.
///
/// # Errors
/// What is kept of the last run cannot be read.
pub fn start(sources: &Arc<Sources>) -> Result<(), StateError> {
    sources.async_queue.resume();
    let tasks = &sources.tasks;
    for pool in sources.lambda.pools() {
        let id = pool.function.id.clone();
        for (_, event) in pool.function.events.clone() {
            let (sources, id) = (Arc::clone(sources), id.clone());
            match event {
                Event::Sqs(source) if source.enabled => {
                    tasks.spawn(queue_source::poll(sources, id, source));
                }
                Event::Stream(source) if source.enabled => {
                    let start = stream_source::Start::of(&sources, &id, &source)?;
                    tasks.spawn(stream_source::poll(sources, id, source, start));
                }
                Event::Schedule(schedule) if schedule.enabled => {
                    tasks.spawn(schedule::run(sources, id, schedule));
                }
                Event::Http(_) | Event::Sqs(_) | Event::Stream(_) | Event::Schedule(_) => {}
            }
        }
    }
    Ok(())
}

impl Sources {
    /// Fires the schedule `{function}{event}` now and waits for the function.
    pub async fn fire(&self, id: &str) -> Result<Outcome, Error> {
        let (function, schedule) = self
            .schedule(id)
            .ok_or_else(|| Error::NoSchedule(id.to_owned()))?;
        let payload = schedule::payload(&self.stack, &schedule, crate::clock::now_ms());
        Ok(self.lambda.invoke(&function, payload).await?)
    }

    fn schedule(&self, id: &str) -> Option<(String, Schedule)> {
        let pools = self.lambda.pools().iter();
        let mut all = pools.flat_map(|p| {
            p.function
                .events
                .iter()
                .map(move |(event_id, e)| (&p.function.id, event_id, e))
        });
        all.find_map(|(function, event_id, event)| match event {
            Event::Schedule(schedule) if format!("{function}{event_id}") == id => {
                Some((function.clone(), schedule.clone()))
            }
            _ => None,
        })
    }
}
