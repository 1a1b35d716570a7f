//! What the function is asked for: work from the queue, or a tick of the schedule.

use serde::Deserialize;
use shared::sends::campaign::Work;

/// An event of any of the function's triggers.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Event {
    Batch {
        #[serde(rename = "Records")]
        records: Vec<Message>,
    },
    Sweep {
        sweep: bool,
    },
}

/// A message as the queue hands it over.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Message {
    pub(crate) message_id: String,
    pub(crate) receipt_handle: String,
    body: String,
}

impl Message {
    /// What is to be done; `None` when that does not read.
    pub(crate) fn work(&self) -> Option<Work> {
        serde_json::from_str(&self.body).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, from_value, json};

    fn record(body: &str) -> Value {
        json!({
            "messageId": "1", "receiptHandle": "r", "body": body, "eventSource": "aws:sqs",
            "attributes": { "MessageGroupId": "wx1", "SequenceNumber": "7" },
        })
    }

    #[test]
    fn a_message_names_a_campaign_or_nothing() {
        let work = r#"{"app_id": "wx1", "client_msg_id": "c"}"#;
        let event = json!({ "Records": [record(work), record("{}"), record("poison")] });
        let Event::Batch { records } = from_value(event).unwrap() else {
            panic!("a batch")
        };
        let works: Vec<_> = records.iter().map(Message::work).collect();
        assert_eq!(works[0].as_ref().unwrap().client_msg_id, "c");
        assert_eq!(works[1..], [None, None]);
    }

    #[test]
    fn the_schedule_asks_for_a_sweep() {
        let event: Event = from_value(json!({ "sweep": true })).unwrap();
        assert!(matches!(event, Event::Sweep { sweep: true }));
    }
}
