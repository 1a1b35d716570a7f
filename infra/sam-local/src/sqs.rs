//! SQS: the template's queues, shared by the front, the pollers and Lambda's destinations.

mod error;
mod message;
mod queue;
mod wire;

pub use error::SqsError;
pub use message::{Draft, Message, md5_of_body, text_attribute};
pub use queue::{Counts, Sent};
pub use wire::call;

use crate::{
    clock::now_ms,
    stack::name_of,
    state::{State, StateError},
    template,
};
use queue::Queue;
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};

/// All queues of the stack.
#[derive(Debug)]
pub struct Queues {
    queues: Mutex<BTreeMap<String, Queue>>,
    state: State,
    /// Changes whenever a message may have become visible.
    changed: watch::Sender<u64>,
}

impl Queues {
    /// The queues with what `state` keeps of them.
    ///
    /// # Errors
    /// What it keeps cannot be read.
    pub fn new(settings: &[template::Queue], state: State) -> Result<Self, StateError> {
        let now = now_ms();
        let queues = settings.iter().map(|settings| {
            let queue = Queue::kept(settings.clone(), &state, now)?;
            Ok((settings.name.clone(), queue))
        });
        let queues = queues.collect::<Result<_, StateError>>()?;
        Ok(Self {
            queues: Mutex::new(queues),
            state,
            changed: watch::Sender::new(0),
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Queue>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `action` on the queue that a name, URL or ARN means.
    fn with<T>(
        &self,
        queue: &str,
        action: impl FnOnce(&mut Queue) -> Result<T, SqsError>,
    ) -> Result<T, SqsError> {
        let mut queues = self.lock();
        let done = action(find(&mut queues, queue)?);
        self.keep(&mut queues);
        done
    }

    /// Keeps what changed, all of it in one step: a message on its way to the dead letters is in one of both queues.
    fn keep(&self, queues: &mut BTreeMap<String, Queue>) {
        let changes: Vec<_> = queues.values_mut().flat_map(Queue::changes).collect();
        self.state.write(&changes);
    }

    fn wake(&self) {
        self.changed.send_modify(|n| *n += 1);
    }

    /// Names of all queues.
    pub fn names(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    /// The template's settings of a queue.
    pub fn settings(&self, queue: &str) -> Result<template::Queue, SqsError> {
        self.with(queue, |q| Ok(q.settings.clone()))
    }

    /// Sends one message.
    pub fn send(&self, queue: &str, draft: Draft) -> Result<Sent, SqsError> {
        let sent = self.with(queue, |q| q.send(draft, now_ms()));
        self.wake();
        sent
    }

    /// Receives up to `max` messages, waiting at most `wait` for the first.
    pub async fn receive(
        &self,
        queue: &str,
        max: usize,
        visibility: Option<Duration>,
        wait: Duration,
    ) -> Result<Vec<Message>, SqsError> {
        let deadline = Instant::now() + wait;
        let mut changed = self.changed.subscribe();
        loop {
            let (messages, next_ms) = self.receive_now(queue, max, visibility)?;
            if !messages.is_empty() || Instant::now() >= deadline {
                return Ok(messages);
            }
            let next = next_ms.map(|ms| {
                Instant::now() + Duration::from_millis(ms.saturating_sub(now_ms()).max(1))
            });
            let until = next.map_or(deadline, |n| n.min(deadline));
            let _ = timeout_at(until, changed.changed()).await;
        }
    }

    fn receive_now(
        &self,
        queue: &str,
        max: usize,
        visibility: Option<Duration>,
    ) -> Result<(Vec<Message>, Option<u64>), SqsError> {
        let now = now_ms();
        let mut queues = self.lock();
        let source = find(&mut queues, queue)?;
        let hidden = visibility.unwrap_or(source.settings.visibility_timeout);
        let hidden_ms = u64::try_from(hidden.as_millis()).unwrap_or(u64::MAX);
        let received = source.receive(max, hidden_ms, now);
        let next = source.next_visible_ms(now);
        let target = source.settings.redrive.as_ref().map(|(arn, _)| arn.clone());
        if let (Some(target), false) = (target, received.dead.is_empty()) {
            let target = find(&mut queues, &target)?;
            let dead = received.dead.into_iter();
            dead.for_each(|message| target.take_over(message, now));
            self.wake();
        }
        self.keep(&mut queues);
        Ok((received.messages, next))
    }

    /// Deletes a received message.
    pub fn delete(&self, queue: &str, handle: &str) -> Result<(), SqsError> {
        let deleted = self.with(queue, |q| q.delete(handle, now_ms()));
        self.wake();
        deleted
    }

    /// Changes how long a received message stays hidden.
    pub fn change_visibility(
        &self,
        queue: &str,
        handle: &str,
        seconds: u64,
    ) -> Result<(), SqsError> {
        let changed = self.with(queue, |q| q.change_visibility(handle, seconds, now_ms()));
        self.wake();
        changed
    }

    /// Deletes all messages of a queue.
    pub fn purge(&self, queue: &str) -> Result<(), SqsError> {
        self.with(queue, |q| {
            q.purge();
            Ok(())
        })
    }

    /// How many messages stand where.
    pub fn counts(&self, queue: &str) -> Result<Counts, SqsError> {
        self.with(queue, |q| Ok(q.counts(now_ms())))
    }
}

/// The queue that a name, URL or ARN means.
fn find<'a>(
    queues: &'a mut BTreeMap<String, Queue>,
    queue: &str,
) -> Result<&'a mut Queue, SqsError> {
    let queue = queues.get_mut(name_of(queue));
    queue.ok_or(SqsError::QueueDoesNotExist)
}
