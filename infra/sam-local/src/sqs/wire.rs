//! SQS's JSON 1.0 protocol: operations by name, members as the service model spells them.

use super::{
    Queues, SqsError,
    message::{Draft, Message, md5_of_attributes, md5_of_body, sequence_number},
};
use crate::stack::Stack;
use serde_json::{Map, Value, json};
use std::{collections::BTreeSet, time::Duration};

/// Most bytes of one batch.
const MAX_BATCH_BYTES: usize = 1_048_576;

type Result<T> = std::result::Result<T, SqsError>;

/// Answers one operation. `caller` becomes the messages' sender.
pub async fn call(
    queues: &Queues,
    stack: &Stack,
    caller: &str,
    operation: &str,
    body: &Value,
) -> Result<Value> {
    match operation {
        "ListQueues" => Ok(list_queues(queues, stack, body)),
        "GetQueueUrl" => {
            let settings = queues.settings(text(body, "QueueName")?)?;
            Ok(json!({ "QueueUrl": stack.queue_url(&settings.name) }))
        }
        "GetQueueAttributes" => attributes(queues, stack, text(body, "QueueUrl")?, body),
        "PurgeQueue" => queues.purge(text(body, "QueueUrl")?).map(|()| json!({})),
        "SendMessage" => {
            let draft = draft(body, caller)?;
            send(queues, text(body, "QueueUrl")?, draft)
        }
        "SendMessageBatch" => send_batch(queues, caller, body),
        "ReceiveMessage" => receive(queues, body).await,
        "DeleteMessage" => delete(queues, text(body, "QueueUrl")?, body),
        "DeleteMessageBatch" => batch(body, |entry| delete(queues, text(body, "QueueUrl")?, entry)),
        "ChangeMessageVisibility" => change_visibility(queues, text(body, "QueueUrl")?, body),
        "ChangeMessageVisibilityBatch" => batch(body, |entry| {
            change_visibility(queues, text(body, "QueueUrl")?, entry)
        }),
        other => Err(SqsError::UnsupportedOperation(other.to_owned())),
    }
}

fn text<'a>(body: &'a Value, key: &str) -> Result<&'a str> {
    body.get(key)
        .and_then(Value::as_str)
        .ok_or_else(|| SqsError::missing(key))
}

fn number(body: &Value, key: &str, most: u64) -> Result<Option<u64>> {
    match body.get(key).map(Value::as_u64) {
        None => Ok(None),
        Some(Some(n)) if n <= most => Ok(Some(n)),
        Some(_) => Err(SqsError::invalid(
            key,
            &format!("must be between 0 and {most}"),
        )),
    }
}

fn list_queues(queues: &Queues, stack: &Stack, body: &Value) -> Value {
    let prefix = body
        .get("QueueNamePrefix")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let names = queues.names().into_iter().filter(|n| n.starts_with(prefix));
    json!({ "QueueUrls": names.map(|n| stack.queue_url(&n)).collect::<Vec<_>>() })
}

fn attributes(queues: &Queues, stack: &Stack, queue: &str, body: &Value) -> Result<Value> {
    let (settings, counts) = (queues.settings(queue)?, queues.counts(queue)?);
    let mut all = Map::new();
    let mut put = |name: &str, value: String| {
        all.insert(name.to_owned(), Value::String(value));
    };
    put("QueueArn", stack.queue_arn(&settings.name));
    put("ApproximateNumberOfMessages", counts.visible.to_string());
    put(
        "ApproximateNumberOfMessagesNotVisible",
        counts.in_flight.to_string(),
    );
    put(
        "ApproximateNumberOfMessagesDelayed",
        counts.delayed.to_string(),
    );
    put(
        "VisibilityTimeout",
        settings.visibility_timeout.as_secs().to_string(),
    );
    put("DelaySeconds", settings.delay.as_secs().to_string());
    put(
        "MessageRetentionPeriod",
        settings.retention.as_secs().to_string(),
    );
    put(
        "ReceiveMessageWaitTimeSeconds",
        settings.receive_wait.as_secs().to_string(),
    );
    put(
        "MaximumMessageSize",
        settings.maximum_message_bytes.to_string(),
    );
    if settings.is_fifo() {
        put("FifoQueue", "true".into());
        put(
            "ContentBasedDeduplication",
            settings.content_based_deduplication.to_string(),
        );
    }
    if let Some((target, count)) = &settings.redrive {
        put(
            "RedrivePolicy",
            json!({ "deadLetterTargetArn": target, "maxReceiveCount": count }).to_string(),
        );
    }
    let wanted = names(body, "AttributeNames");
    all.retain(|name, _| wanted.contains("All") || wanted.contains(name.as_str()));
    Ok(json!({ "Attributes": all }))
}

fn names<'a>(body: &'a Value, key: &str) -> BTreeSet<&'a str> {
    body.get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn draft(entry: &Value, caller: &str) -> Result<Draft> {
    let optional = |key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
    Ok(Draft {
        body: text(entry, "MessageBody")?.to_owned(),
        attributes: entry
            .get("MessageAttributes")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default(),
        group: optional("MessageGroupId"),
        deduplication_id: optional("MessageDeduplicationId"),
        delay_s: number(entry, "DelaySeconds", 900)?,
        sender: caller.to_owned(),
    })
}

fn send(queues: &Queues, queue: &str, draft: Draft) -> Result<Value> {
    let mut answer = json!({ "MD5OfMessageBody": md5_of_body(&draft.body) });
    let attributes_digest = md5_of_attributes(&draft.attributes);
    let sent = queues.send(queue, draft)?;
    if let Some(map) = answer.as_object_mut() {
        map.insert("MessageId".into(), json!(sent.id));
        if let Some(digest) = attributes_digest {
            map.insert("MD5OfMessageAttributes".into(), json!(digest));
        }
        if queue.ends_with(".fifo") {
            map.insert(
                "SequenceNumber".into(),
                json!(sequence_number(sent.sequence)),
            );
        }
    }
    Ok(answer)
}

fn send_batch(queues: &Queues, caller: &str, body: &Value) -> Result<Value> {
    let queue = text(body, "QueueUrl")?;
    queues.settings(queue)?;
    let entries = body
        .get("Entries")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let bytes: usize = entries
        .iter()
        .filter_map(|e| draft(e, caller).ok())
        .map(|d| d.size())
        .sum();
    if bytes > MAX_BATCH_BYTES {
        return Err(SqsError::BatchRequestTooLong(MAX_BATCH_BYTES));
    }
    batch(body, |entry| send(queues, queue, draft(entry, caller)?))
}

/// Runs `action` on each entry and sorts the answers, as every batch operation does.
fn batch(body: &Value, action: impl Fn(&Value) -> Result<Value>) -> Result<Value> {
    let entries = body
        .get("Entries")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    match entries.len() {
        0 => return Err(SqsError::EmptyBatchRequest),
        1..=10 => {}
        more => return Err(SqsError::TooManyEntriesInBatchRequest(more)),
    }
    let mut seen = BTreeSet::new();
    for entry in entries {
        let id = text(entry, "Id")?;
        if !seen.insert(id) {
            return Err(SqsError::BatchEntryIdsNotDistinct(id.to_owned()));
        }
    }
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in entries {
        let id = text(entry, "Id")?;
        match action(entry) {
            Ok(mut answer) => {
                if let Some(map) = answer.as_object_mut() {
                    map.insert("Id".into(), json!(id));
                }
                successful.push(answer);
            }
            Err(SqsError::QueueDoesNotExist) => return Err(SqsError::QueueDoesNotExist),
            Err(error) => failed.push(json!({
                "Id": id, "SenderFault": true, "Code": error.codes().0, "Message": error.to_string(),
            })),
        }
    }
    Ok(json!({ "Successful": successful, "Failed": failed }))
}

async fn receive(queues: &Queues, body: &Value) -> Result<Value> {
    let queue = text(body, "QueueUrl")?;
    let settings = queues.settings(queue)?;
    let max = match number(body, "MaxNumberOfMessages", 10)? {
        Some(0) => {
            return Err(SqsError::invalid(
                "MaxNumberOfMessages",
                "must be between 1 and 10",
            ));
        }
        given => usize::try_from(given.unwrap_or(1)).unwrap_or(1),
    };
    let wait =
        number(body, "WaitTimeSeconds", 20)?.map_or(settings.receive_wait, Duration::from_secs);
    let visibility = number(body, "VisibilityTimeout", 43_200)?.map(Duration::from_secs);
    let messages = queues.receive(queue, max, visibility, wait).await?;
    if messages.is_empty() {
        return Ok(json!({}));
    }
    let mut system = names(body, "AttributeNames");
    system.extend(names(body, "MessageSystemAttributeNames"));
    let own = names(body, "MessageAttributeNames");
    Ok(
        json!({ "Messages": messages.iter().map(|m| message(m, &system, &own)).collect::<Vec<_>>() }),
    )
}

fn message(message: &Message, system: &BTreeSet<&str>, own: &BTreeSet<&str>) -> Value {
    let mut out = Map::from_iter([
        ("MessageId".to_owned(), json!(message.id)),
        ("ReceiptHandle".to_owned(), json!(message.receipt())),
        (
            "MD5OfBody".to_owned(),
            json!(md5_of_body(&message.draft.body)),
        ),
        ("Body".to_owned(), json!(message.draft.body)),
    ]);
    let mut attributes = message.system_attributes();
    attributes.retain(|name, _| system.contains("All") || system.contains(name.as_str()));
    if !attributes.is_empty() {
        out.insert("Attributes".into(), Value::Object(attributes));
    }
    let mut attributes = message.draft.attributes.clone();
    attributes
        .retain(|name, _| own.contains("All") || own.contains(".*") || own.contains(name.as_str()));
    if let Some(digest) = md5_of_attributes(&attributes) {
        out.insert("MD5OfMessageAttributes".into(), json!(digest));
        out.insert("MessageAttributes".into(), Value::Object(attributes));
    }
    Value::Object(out)
}

fn delete(queues: &Queues, queue: &str, entry: &Value) -> Result<Value> {
    queues
        .delete(queue, text(entry, "ReceiptHandle")?)
        .map(|()| json!({}))
}

fn change_visibility(queues: &Queues, queue: &str, entry: &Value) -> Result<Value> {
    let seconds = number(entry, "VisibilityTimeout", 43_200)?
        .ok_or_else(|| SqsError::missing("VisibilityTimeout"))?;
    queues
        .change_visibility(queue, text(entry, "ReceiptHandle")?, seconds)
        .map(|()| json!({}))
}
