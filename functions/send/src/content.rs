//! What messages carry, and the groups they fall into.

use serde::Deserialize;
use shared::{
    lambda::QueueMessage,
    sends::{SendJob, lane::Marker},
};

/// What a message carries.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Content {
    Marker(Marker),
    Job(Box<SendJob>),
}

/// What a message carries; `None` when that does not read.
pub(crate) fn content(message: &QueueMessage) -> Option<Content> {
    serde_json::from_str(&message.body).ok()
}

/// Messages by their group, in the order they came.
pub(crate) fn groups(records: Vec<QueueMessage>) -> Vec<(String, Vec<QueueMessage>)> {
    let mut groups: Vec<(String, Vec<QueueMessage>)> = Vec::new();
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
        let ids: Vec<(String, String)> = groups(from_value(json!(records)).unwrap())
            .into_iter()
            .map(|(group, messages)| (group, messages.into_iter().map(|m| m.message_id).collect()))
            .collect();
        assert_eq!(ids, [("b".into(), "135".into()), ("a".into(), "24".into())]);
    }

    #[test]
    fn a_message_carries_a_job_or_a_marker_or_nothing() {
        let content = |body: Value| content(&from_value(record("1", "g", &body)).unwrap());
        let marker = json!({"marks": "wx1#0", "generation": 3});
        assert!(matches!(content(marker), Some(Content::Marker(m)) if m.generation == 3));
        let job = json!({
            "account": "demo", "kind": "template", "client_msg_id": "a", "to_user": "oA",
            "body": {"touser": "oA"},
        });
        assert!(matches!(content(job), Some(Content::Job(job)) if job.to_user == "oA"));
        for malformed in [
            json!({}),
            json!("text"),
            json!({"account": "demo"}),
            json!(null),
        ] {
            assert!(content(malformed).is_none());
        }
    }
}
