//! Dead letters, looked at and run again: pushes whose slow rule failed three times, messages and campaigns that left
//! their queues, pushes that the consumers of the inbox gave up, runs of schedules.
//!
//! A letter is deleted once its work is in safe hands. What breaks off between the two runs twice; rows decide that it
//! counts once. AWS's own `StartMessageMoveTask` would not do: it moves letters of two of the five queues, is not to be
//! had in China, and would put back as they are the letters of `Send`, which hold neither text nor receiver.

mod again;
mod error;
mod letter;
mod outcome;
mod pushes;
mod queue;

pub use error::RedriveError;

use crate::{
    init::Input,
    options::{DeadLetters, Redrive},
    stack::Stack,
};
use again::Again;
use aws_config::SdkConfig;
use letter::Letter;
use outcome::{Seen, Stays};
use queue::Queue;
use shared::{lambda::clock, time::Timestamp};
use std::io::Write;

/// How long letters that are looked at are hidden from others, in seconds.
const GLANCE_S: i32 = 30;
/// How long letters that are run are hidden, in seconds: longer than ten batches for EraseUser take.
const HIDDEN_S: i32 = 1_800;
/// Letters that are looked at, and those of them that are shown.
const LOOK: usize = 10;
const SAMPLE: usize = 3;

/// Looks at the queues and, after a yes, has their letters run again; `true` when none stays.
pub(crate) async fn run(
    redrive: &Redrive,
    config: &SdkConfig,
    mut input: Input,
    to: &mut dyn Write,
) -> Result<bool, RedriveError> {
    let name = &redrive.stack;
    let stack = Stack::read(config, name).await;
    let stack = stack.map_err(|check| RedriveError::stack(name, *check))?;
    let run = Run::new(name, &stack, config)?;
    let mut all = Vec::new();
    for queue in redrive.queues() {
        all.push(run.look(queue).await?);
    }
    if !redrive.json {
        outcome::write_seen(&all, to)?;
    }
    let is_empty = all.iter().all(|seen| seen.letters == 0);
    let goes = !is_empty && !redrive.dry_run && (redrive.yes || agrees(&mut input)?);
    for seen in all.iter_mut().filter(|seen| goes && seen.letters > 0) {
        run.again(seen).await?;
    }
    let is_ok = all.iter().all(|seen| seen.stays.is_empty());
    match (redrive.json, is_empty, goes) {
        (true, ..) => outcome::write_json(&all, is_ok, to)?,
        (false, true, _) => writeln!(to, "No dead letters.")?,
        (false, false, false) => writeln!(to, "Nothing was run.")?,
        (false, false, true) => outcome::write_done(&all, to)?,
    }
    Ok(is_ok)
}

/// No answer is none.
fn agrees(input: &mut Input) -> Result<bool, RedriveError> {
    let answer = input.open("Go ahead [y/N]")?.unwrap_or_default();
    Ok(["y", "yes"].contains(&answer.to_ascii_lowercase().as_str()))
}

struct Run<'s> {
    name: &'s str,
    stack: &'s Stack,
    sqs: aws_sdk_sqs::Client,
    again: Again<'s>,
    started: Timestamp,
}

impl<'s> Run<'s> {
    fn new(name: &'s str, stack: &'s Stack, config: &SdkConfig) -> Result<Self, RedriveError> {
        let stack_name = name.to_owned();
        let lacks = |missing| RedriveError::Lacks {
            stack: stack_name,
            missing,
        };
        Ok(Self {
            name,
            stack,
            sqs: aws_sdk_sqs::Client::new(config),
            again: Again::new(config, stack).map_err(lacks)?,
            started: clock::now(),
        })
    }

    fn queue(&self, queue: DeadLetters) -> Result<Queue<'_>, RedriveError> {
        let missing = queue.logical_id();
        let stack = self.name.to_owned();
        let url = self.stack.queue(missing);
        let url = url.ok_or(RedriveError::Lacks { stack, missing })?;
        Ok(Queue::new(&self.sqs, url))
    }

    /// Takes a few letters and shows them again.
    async fn look(&self, name: DeadLetters) -> Result<Seen, RedriveError> {
        let queue = self.queue(name)?;
        let counted = queue.count().await?;
        let letters = queue.take(LOOK, GLANCE_S).await?;
        let handles: Vec<String> = letters.iter().map(|letter| letter.handle.clone()).collect();
        queue.show_again(&handles).await;
        let oldest = letters.iter().filter_map(|letter| letter.sent).min();
        let sample = letters.iter().take(SAMPLE);
        Ok(Seen {
            queue: name,
            letters: counted.max(letters.len()),
            oldest_s: oldest.map(|sent| self.started.since(sent).as_secs()),
            sample: sample.map(|letter| letter.name(name)).collect(),
            done: 0,
            stays: Vec::new(),
        })
    }

    /// Runs every letter that was there at the start; those that stay are shown again at the end.
    async fn again(&self, seen: &mut Seen) -> Result<(), RedriveError> {
        let queue = self.queue(seen.queue)?;
        let mut held = Vec::new();
        let ended = self.each(&queue, seen, &mut held).await;
        queue.show_again(&held).await;
        ended
    }

    async fn each(
        &self,
        queue: &Queue<'_>,
        seen: &mut Seen,
        held: &mut Vec<String>,
    ) -> Result<(), RedriveError> {
        loop {
            let letters = queue.take(seen.queue.at_once(), HIDDEN_S).await?;
            if letters.is_empty() {
                return Ok(());
            }
            // All are written down first: an error must not leave some hidden.
            held.extend(letters.iter().map(|letter| letter.handle.clone()));
            // One that came meanwhile may be one that was just run, and failed again.
            let old = |letter: &&Letter| letter.sent.is_none_or(|sent| sent <= self.started);
            let rows = match seen.queue {
                DeadLetters::Inbox => self.again.pushes.find(&letters).await?,
                _ => Vec::new(),
            };
            for letter in letters.iter().filter(old) {
                match self.again.one(seen.queue, letter, &rows).await? {
                    Ok(()) => {
                        queue.delete(&letter.handle).await?;
                        held.retain(|handle| *handle != letter.handle);
                        seen.done += 1;
                    }
                    Err(reason) => seen.stays.push(Stays {
                        letter: letter.name(seen.queue),
                        reason,
                    }),
                }
            }
        }
    }
}
