//! What a queue keeps between runs.

use super::{Message, Place, Queue};
use crate::{
    state::{Change, State, StateError},
    template,
};

impl Queue {
    /// The queue as the last run left it. What was with a consumer then can be received at once: the consumer is gone.
    pub(in crate::sqs) fn kept(
        settings: template::Queue,
        state: &State,
        now_ms: u64,
    ) -> Result<Self, StateError> {
        let mut queue = Self::new(settings);
        let messages = state.all::<Message>(&queue.part("messages"))?;
        queue.sent = state.all(&queue.part("sent"))?.into_iter().collect();
        let sent = queue.sent.values().map(|(_, sent)| sent.sequence);
        let last = sent.chain(messages.iter().map(|(_, m)| m.sequence)).max();
        // Above what an emptied queue gave out as well: consumers order what they put aside by these numbers.
        let by_clock = now_ms.saturating_mul(1_000);
        queue.next = last.map_or(by_clock, |last| by_clock.max(last + 1));
        for (_, mut message) in messages {
            if message.in_flight(now_ms) {
                message.visible_ms = now_ms;
            }
            queue.insert(message);
        }
        queue.touched.clear();
        Ok(queue)
    }

    /// What has to be kept or forgotten since this was last asked.
    pub(in crate::sqs) fn changes(&mut self) -> Vec<Change> {
        let touched = std::mem::take(&mut self.touched).into_iter();
        let change = |place| match place {
            Place::Message(sequence) => {
                let message = self.messages.get(&sequence);
                Change::new(self.part("messages"), sequence.to_string(), message)
            }
            Place::Sent(scope) => {
                let sent = self.sent.get(&scope);
                Change::new(self.part("sent"), scope, sent)
            }
        };
        touched.map(change).collect()
    }

    fn part(&self, what: &str) -> String {
        format!("{what} of {}", self.settings.name)
    }
}
