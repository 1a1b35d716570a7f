//! What wakes a function: an invocation, a batch of a queue, a schedule.

use crate::{invocation::True, time::Timestamp};
use serde::{Deserialize, Deserializer, de::Error as _};

/// One invocation.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// Lambda's id of it: no other has it.
    pub id: String,
    /// When the function's time is over.
    pub deadline: Timestamp,
}

impl From<lambda_runtime::Context> for Invocation {
    fn from(context: lambda_runtime::Context) -> Self {
        Self {
            deadline: context.deadline().into(),
            id: context.request_id,
        }
    }
}

/// What wakes a function that works a queue off.
#[derive(Debug, Deserialize)]
pub enum QueueEvent {
    /// A batch of the queue.
    Records(Vec<QueueMessage>),
    /// The schedule: look after what is due. `send` calls it a release, `mass-send` a sweep.
    #[serde(rename = "tick", alias = "release", alias = "sweep")]
    Tick(True),
}

/// A message as a FIFO queue hands it over.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueMessage {
    /// By which the batch's failures name it.
    pub message_id: String,
    /// By which it is deleted, or hidden for longer.
    pub receipt_handle: String,
    /// What was put on the queue.
    pub body: String,
    /// What the queue says of it.
    pub attributes: QueueAttributes,
}

/// What a FIFO queue says of a message.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct QueueAttributes {
    /// How often it was received, this time included.
    #[serde(deserialize_with = "number")]
    pub approximate_receive_count: u32,
    /// Messages of one group keep their order.
    pub message_group_id: String,
    /// Its place in the queue.
    pub sequence_number: String,
}

fn number<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    let text = String::deserialize(from)?;
    text.parse().map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn a_queue_hands_over_messages_and_the_schedule_a_tick() {
        let attributes = json!({
            "ApproximateReceiveCount": "3", "MessageGroupId": "wx1", "SequenceNumber": "7",
        });
        let record = json!({
            "messageId": "1", "receiptHandle": "r", "body": "{}", "eventSource": "aws:sqs",
            "messageAttributes": {}, "attributes": attributes,
        });
        let event = from_value(json!({ "Records": [record] })).unwrap();
        let QueueEvent::Records(messages) = event else {
            panic!("{event:?}")
        };
        assert_eq!(messages[0].attributes.approximate_receive_count, 3);
        for name in ["release", "sweep"] {
            let event = from_value(json!({ name: true })).unwrap();
            assert!(matches!(event, QueueEvent::Tick(True)));
        }
        assert!(from_value::<QueueEvent>(json!({ "sweep": false })).is_err());
    }
}
