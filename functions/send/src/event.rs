//! What the function is asked for: a batch of the queue, or a tick of the schedule.

use serde::{Deserialize, Deserializer, de::Error as _};
use shared::sends::{SendJob, lane::Marker};

/// An event of any of the function's triggers.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Event {
    Batch {
        #[serde(rename = "Records")]
        records: Vec<Message>,
    },
    Release {
        release: bool,
    },
}

/// A message as the queue hands it over.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Message {
    pub(crate) message_id: String,
    pub(crate) receipt_handle: String,
    pub(crate) body: String,
    pub(crate) attributes: Attributes,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Attributes {
    /// How often it was received, this time included.
    #[serde(deserialize_with = "number")]
    pub(crate) approximate_receive_count: u32,
    pub(crate) message_group_id: String,
    pub(crate) sequence_number: String,
}

fn number<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    let text = String::deserialize(from)?;
    text.parse().map_err(D::Error::custom)
}

/// What a message carries.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Content {
    Marker(Marker),
    Job(Box<SendJob>),
}

impl Message {
    /// What it carries; `None` when that does not read.
    pub(crate) fn content(&self) -> Option<Content> {
        serde_json::from_str(&self.body).ok()
    }
}

/// Messages by their group, in the order they came.
pub(crate) fn groups(records: Vec<Message>) -> Vec<(String, Vec<Message>)> {
    let mut groups: Vec<(String, Vec<Message>)> = Vec::new();
    for record in records {
        let name = &record.attributes.message_group_id;
        match groups.iter_mut().find(|(group, _)| group == name) {
            Some((_, messages)) => messages.push(record),
            None => groups.push((name.clone(), vec![record])),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, from_value, json};

    fn record(id: &str, group: &str, body: &Value) -> Value {
        json!({
            "messageId": id, "receiptHandle": format!("r-{id}"), "body": body.to_string(),
            "attributes": {
                "ApproximateReceiveCount": "1", "MessageGroupId": group, "SequenceNumber": "7",
            },
            "messageAttributes": {}, "eventSource": "aws:sqs",
        })
    }

    #[test]
    fn a_batch_falls_into_groups_that_keep_their_order() {
        let records = [("1", "b"), ("2", "a"), ("3", "b"), ("4", "a"), ("5", "b")];
        let records = records.map(|(id, group)| record(id, group, &json!({})));
        let Event::Batch { records } = from_value(json!({ "Records": records })).unwrap() else {
            panic!("a batch")
        };
        let ids: Vec<(String, String)> = groups(records)
            .into_iter()
            .map(|(group, messages)| (group, messages.into_iter().map(|m| m.message_id).collect()))
            .collect();
        assert_eq!(ids, [("b".into(), "135".into()), ("a".into(), "24".into())]);
    }

    #[test]
    fn a_message_carries_a_job_or_a_marker_or_nothing() {
        let content = |body: Value| {
            let message: Message = from_value(record("1", "g", &body)).unwrap();
            message.content()
        };
        let marker = json!({"marks": "wx1#0", "generation": 3});
        assert!(matches!(content(marker), Some(Content::Marker(m)) if m.generation == 3));
        let job = json!({
            "account": "demo", "kind": "template", "client_msg_id": "a", "to_user": "oA",
            "body": {"touser": "oA"},
        });
        assert!(matches!(content(job), Some(Content::Job(job)) if job.to_user == "oA"));
        for poison in [
            json!({}),
            json!("text"),
            json!({"account": "demo"}),
            json!(null),
        ] {
            assert!(content(poison).is_none());
        }
    }

    #[test]
    fn the_schedule_asks_for_a_release() {
        let event: Event = from_value(json!({"release": true})).unwrap();
        assert!(matches!(event, Event::Release { release: true }));
    }
}
