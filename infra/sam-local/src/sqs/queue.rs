//! One queue: order, visibility, deduplication, redrive. Time is an input.

mod kept;

use super::{
    error::SqsError,
    message::{Draft, Message, parse_receipt},
};
use crate::{ids, template};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How long a deduplication id is remembered.
const DEDUPLICATION_MS: u64 = 5 * 60 * 1_000;

/// Most messages a FIFO queue gives out without a deletion; a standard queue gives 120,000.
const FIFO_IN_FLIGHT: usize = 20_000;

/// The state of a queue.
#[derive(Debug)]
pub(super) struct Queue {
    /// What the template says.
    pub settings: template::Queue,
    messages: BTreeMap<u64, Message>,
    /// FIFO only: places by group.
    groups: BTreeMap<String, BTreeSet<u64>>,
    /// FIFO only: what was sent under a deduplication id, and until when that counts.
    sent: HashMap<String, (u64, Sent)>,
    next: u64,
    /// What changed since it was last kept.
    touched: BTreeSet<Place>,
}

/// A part of a queue's state that changes as a whole.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// The message of this sequence.
    Message(u64),
    /// What was sent under this deduplication id.
    Sent(String),
}

/// The answer to a send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// `MessageId`.
    pub id: String,
    /// `SequenceNumber` of FIFO queues.
    pub sequence: u64,
}

/// What a receive brings: messages for the consumer, and messages that go to the dead letter queue.
#[derive(Debug, Default)]
pub(super) struct Received {
    /// Now in flight.
    pub messages: Vec<Message>,
    /// Received too often.
    pub dead: Vec<Message>,
}

/// `ApproximateNumberOfMessages`, `…NotVisible`, `…Delayed`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Ready to be received.
    pub visible: usize,
    /// With a consumer.
    pub in_flight: usize,
    /// Sent with a delay that runs.
    pub delayed: usize,
}

impl Queue {
    /// An empty queue.
    pub(super) fn new(settings: template::Queue) -> Self {
        Self {
            settings,
            messages: BTreeMap::new(),
            groups: BTreeMap::new(),
            sent: HashMap::new(),
            next: 1,
            touched: BTreeSet::new(),
        }
    }

    /// Takes a message in, or recognises it as sent before.
    pub(super) fn send(&mut self, mut draft: Draft, now_ms: u64) -> Result<Sent, SqsError> {
        self.check(&draft)?;
        if !self.settings.is_fifo() {
            return Ok(self.put(draft, now_ms));
        }
        let id = self.deduplication_id(&draft)?;
        let scope = match (&draft.group, self.settings.deduplicate_by_group) {
            (Some(group), true) => format!("{group}\n{id}"),
            _ => id.clone(),
        };
        let over = self.sent.extract_if(|_, (until, _)| *until <= now_ms);
        self.touched
            .extend(over.map(|(scope, _)| Place::Sent(scope)));
        if let Some((_, earlier)) = self.sent.get(&scope) {
            return Ok(earlier.clone());
        }
        draft.deduplication_id = Some(id);
        let sent = self.put(draft, now_ms);
        self.touched.insert(Place::Sent(scope.clone()));
        self.sent
            .insert(scope, (now_ms + DEDUPLICATION_MS, sent.clone()));
        Ok(sent)
    }

    /// Takes a message of another queue in, as a redrive does.
    pub(super) fn take_over(&mut self, message: Message, now_ms: u64) {
        let sequence = self.next_sequence();
        let message = Message {
            sequence,
            visible_ms: now_ms,
            receives: 0,
            first_received_ms: None,
            ..message
        };
        self.insert(message);
    }

    fn check(&self, draft: &Draft) -> Result<(), SqsError> {
        let fifo = self.settings.is_fifo();
        if draft.body.is_empty() {
            return Err(SqsError::missing("MessageBody"));
        }
        let allowed = |c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
        if !draft.body.chars().all(allowed) {
            return Err(SqsError::InvalidMessageContents);
        }
        if draft.size() > self.settings.maximum_message_bytes {
            return Err(SqsError::too_long(self.settings.maximum_message_bytes));
        }
        if fifo && draft.group.is_none() {
            return Err(SqsError::missing("MessageGroupId"));
        }
        if fifo && draft.delay_s.is_some_and(|d| d > 0) {
            return Err(SqsError::invalid(
                "DelaySeconds",
                "a FIFO queue delays all messages or none",
            ));
        }
        if !fifo && draft.deduplication_id.is_some() {
            return Err(SqsError::invalid(
                "MessageDeduplicationId",
                "valid for FIFO queues only",
            ));
        }
        Ok(())
    }

    fn deduplication_id(&self, draft: &Draft) -> Result<String, SqsError> {
        match (
            &draft.deduplication_id,
            self.settings.content_based_deduplication,
        ) {
            (Some(id), _) => Ok(id.clone()),
            (None, true) => Ok(hex::encode(Sha256::digest(draft.body.as_bytes()))),
            (None, false) => Err(SqsError::invalid(
                "MessageDeduplicationId",
                "the queue needs ContentBasedDeduplication or each message an id",
            )),
        }
    }

    fn next_sequence(&mut self) -> u64 {
        let sequence = self.next;
        self.next += 1;
        sequence
    }

    fn put(&mut self, draft: Draft, now_ms: u64) -> Sent {
        let queue_delay = self.settings.delay.as_secs();
        let visible_ms = now_ms + draft.delay_s.unwrap_or(queue_delay) * 1_000;
        let sent = Sent {
            id: ids::uuid(),
            sequence: self.next_sequence(),
        };
        self.insert(Message {
            draft,
            id: sent.id.clone(),
            sequence: sent.sequence,
            sent_ms: now_ms,
            visible_ms,
            receives: 0,
            first_received_ms: None,
        });
        sent
    }

    fn insert(&mut self, message: Message) {
        if self.settings.is_fifo() {
            let group = message.draft.group.clone().unwrap_or_default();
            self.groups
                .entry(group)
                .or_default()
                .insert(message.sequence);
        }
        self.touched.insert(Place::Message(message.sequence));
        self.messages.insert(message.sequence, message);
    }

    fn remove(&mut self, sequence: u64) -> Option<Message> {
        let message = self.messages.remove(&sequence)?;
        self.touched.insert(Place::Message(sequence));
        let group = message.draft.group.clone().unwrap_or_default();
        if let Some(places) = self.groups.get_mut(&group) {
            places.remove(&sequence);
            if places.is_empty() {
                self.groups.remove(&group);
            }
        }
        Some(message)
    }

    /// Gives out up to `max` messages and hides them for `visibility_ms`.
    pub(super) fn receive(&mut self, max: usize, visibility_ms: u64, now_ms: u64) -> Received {
        self.expire(now_ms);
        let mut received = Received::default();
        for sequence in self.candidates(max, now_ms) {
            let limit = self.settings.redrive.as_ref().map(|(_, count)| *count);
            let exhausted = |m: &Message| limit.is_some_and(|limit| m.receives >= limit);
            if self.messages.get(&sequence).is_some_and(exhausted) {
                received.dead.extend(self.remove(sequence));
            } else if let Some(message) = self.messages.get_mut(&sequence) {
                message.receives += 1;
                message.visible_ms = now_ms + visibility_ms;
                message.first_received_ms.get_or_insert(now_ms);
                self.touched.insert(Place::Message(sequence));
                received.messages.push(message.clone());
            }
        }
        received
    }

    fn expire(&mut self, now_ms: u64) {
        let retention_ms = u64::try_from(self.settings.retention.as_millis()).unwrap_or(u64::MAX);
        let old = |m: &Message| m.sent_ms.saturating_add(retention_ms) <= now_ms;
        let expired: Vec<u64> = self
            .messages
            .values()
            .take_while(|m| old(m))
            .map(|m| m.sequence)
            .collect();
        for sequence in expired {
            self.remove(sequence);
        }
    }

    fn candidates(&self, max: usize, now_ms: u64) -> Vec<u64> {
        let visible = |m: &&Message| m.visible_ms <= now_ms;
        if !self.settings.is_fifo() {
            return self
                .messages
                .values()
                .filter(visible)
                .take(max)
                .map(|m| m.sequence)
                .collect();
        }
        if self
            .messages
            .values()
            .filter(|m| m.in_flight(now_ms))
            .count()
            >= FIFO_IN_FLIGHT
        {
            return Vec::new();
        }
        // A group whose oldest messages are hidden waits; groups go in the order of their oldest message.
        let mut groups: Vec<&BTreeSet<u64>> = self.groups.values().collect();
        groups.sort_by_key(|places| places.first());
        let heads = |places: &BTreeSet<u64>| -> Vec<u64> {
            let messages = places.iter().filter_map(|s| self.messages.get(s));
            messages
                .take_while(visible)
                .take(max)
                .map(|m| m.sequence)
                .collect()
        };
        groups.into_iter().flat_map(heads).take(max).collect()
    }

    /// Deletes by receipt handle. Deleting twice is fine; a FIFO handle whose time is over is refused.
    pub(super) fn delete(&mut self, handle: &str, now_ms: u64) -> Result<(), SqsError> {
        let Some(message) = self.held(handle)? else {
            return Ok(());
        };
        if self.settings.is_fifo() && (message.receipt() != handle || !message.in_flight(now_ms)) {
            return Err(SqsError::ReceiptHandleIsInvalid(
                "The receipt handle has expired".into(),
            ));
        }
        let sequence = message.sequence;
        self.remove(sequence);
        Ok(())
    }

    /// Hides a received message for `seconds` from now; 0 shows it at once.
    pub(super) fn change_visibility(
        &mut self,
        handle: &str,
        seconds: u64,
        now_ms: u64,
    ) -> Result<(), SqsError> {
        let message = self
            .held(handle)?
            .filter(|m| m.receipt() == handle && m.in_flight(now_ms));
        let Some(sequence) = message.map(|m| m.sequence) else {
            return Err(SqsError::MessageNotInflight);
        };
        if let Some(message) = self.messages.get_mut(&sequence) {
            message.visible_ms = now_ms + seconds * 1_000;
            self.touched.insert(Place::Message(sequence));
        }
        Ok(())
    }

    fn held(&self, handle: &str) -> Result<Option<&Message>, SqsError> {
        let (sequence, _, id) = parse_receipt(handle).ok_or_else(|| {
            SqsError::ReceiptHandleIsInvalid("The input receipt handle is invalid.".into())
        })?;
        Ok(self.messages.get(&sequence).filter(|m| m.id == id))
    }

    /// Deletes every message.
    pub(super) fn purge(&mut self) {
        let purged = std::mem::take(&mut self.messages).into_keys();
        self.touched.extend(purged.map(Place::Message));
        self.groups.clear();
    }

    /// How many messages stand where.
    pub(super) fn counts(&self, now_ms: u64) -> Counts {
        let mut counts = Counts::default();
        for message in self.messages.values() {
            match (message.visible_ms > now_ms, message.receives) {
                (false, _) => counts.visible += 1,
                (true, 0) => counts.delayed += 1,
                (true, _) => counts.in_flight += 1,
            }
        }
        counts
    }

    /// When the next hidden message shows itself.
    pub(super) fn next_visible_ms(&self, now_ms: u64) -> Option<u64> {
        self.messages
            .values()
            .map(|m| m.visible_ms)
            .filter(|t| *t > now_ms)
            .min()
    }
}

#[cfg(test)]
mod tests;
