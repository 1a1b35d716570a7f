//! SQS: the template's queues, shared by the front, the pollers and Lambda's destinations.

mod error;
mod message;
mod queue;
mod wire;

pub use error::SqsError;
pub use message::{Draft, Message, md5_of_body, text_attribute};
pub use queue::{Counts, Sent};
pub use wire::call;

use crate::{clock::now_ms, stack::name_of, template};
use queue::Queue;
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
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
    /// Changes whenever a message may have become visible.
    changed: watch::Sender<u64>,
}

impl Queues {
    /// Empty queues.
    pub fn new(settings: &[template::Queue]) -> Self {
        let queues = settings
            .iter()
            .map(|s| (s.name.clone(), Queue::new(s.clone())));
        Self {
            queues: Mutex::new(queues.collect()),
            changed: watch::Sender::new(0),
        }
    }

    /// Runs `action` on the queue that a name, URL or ARN means.
    fn with<T>(
        &self,
        queue: &str,
        action: impl FnOnce(&mut Queue) -> Result<T, SqsError>,
    ) -> Result<T, SqsError> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        action(
            queues
                .get_mut(name_of(queue))
                .ok_or(SqsError::QueueDoesNotExist)?,
        )
    }

    fn wake(&self) {
        self.changed.send_modify(|n| *n += 1);
    }

    /// Names of all queues.
    pub fn names(&self) -> Vec<String> {
        self.queues
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .keys()
            .cloned()
            .collect()
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
        let (received, target, next) = self.with(queue, |q| {
            let hidden = visibility.unwrap_or(q.settings.visibility_timeout);
            let received = q.receive(
                max,
                u64::try_from(hidden.as_millis()).unwrap_or(u64::MAX),
                now,
            );
            let target = q.settings.redrive.as_ref().map(|(arn, _)| arn.clone());
            Ok((received, target, q.next_visible_ms(now)))
        })?;
        if let (Some(target), false) = (target, received.dead.is_empty()) {
            self.with(&target, |q| {
                received.dead.into_iter().for_each(|m| q.take_over(m, now));
                Ok(())
            })?;
            self.wake();
        }
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
