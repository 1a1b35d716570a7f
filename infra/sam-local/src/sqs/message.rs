//! A message, and what SQS adds to it.

use base64::{Engine, engine::general_purpose::STANDARD};
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A message to be sent.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Draft {
    /// `MessageBody`.
    pub body: String,
    /// `MessageAttributes`, in the wire's JSON form.
    pub attributes: Map<String, Value>,
    /// `MessageGroupId`.
    pub group: Option<String>,
    /// `MessageDeduplicationId`.
    pub deduplication_id: Option<String>,
    /// `DelaySeconds`; none takes the queue's.
    pub delay_s: Option<u64>,
    /// Who sends, for `SenderId`.
    pub sender: String,
}

impl Draft {
    /// A message of `sender` with just a body.
    pub fn new(body: impl Into<String>, sender: &str) -> Self {
        Self {
            body: body.into(),
            sender: sender.to_owned(),
            ..Self::default()
        }
    }

    /// Bytes that count against the size limit: body, attribute names, types and values.
    pub fn size(&self) -> usize {
        let attributes = self.attributes.iter().map(|(name, value)| {
            let part = |key: &str| value.get(key).and_then(Value::as_str).map_or(0, str::len);
            name.len() + part("DataType") + part("StringValue") + part("BinaryValue") * 3 / 4
        });
        self.body.len() + attributes.sum::<usize>()
    }
}

/// A message in a queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Message {
    /// What was sent.
    pub draft: Draft,
    /// `MessageId`.
    pub id: String,
    /// Place in the queue; also the FIFO sequence number.
    pub sequence: u64,
    /// When it was sent, in milliseconds since 1970.
    pub sent_ms: u64,
    /// Hidden before this time.
    pub visible_ms: u64,
    /// `ApproximateReceiveCount`.
    pub receives: u32,
    /// When it was first received.
    pub first_received_ms: Option<u64>,
}

impl Message {
    /// `ReceiptHandle` of the latest receive.
    pub fn receipt(&self) -> String {
        format!("{}.{}.{}", self.sequence, self.receives, self.id)
    }

    /// Whether it is with a consumer.
    pub fn in_flight(&self, now_ms: u64) -> bool {
        self.receives > 0 && self.visible_ms > now_ms
    }

    /// The system attributes, all as text.
    pub fn system_attributes(&self) -> Map<String, Value> {
        let mut all = Map::new();
        let mut put = |name: &str, value: String| {
            all.insert(name.to_owned(), Value::String(value));
        };
        put("ApproximateReceiveCount", self.receives.to_string());
        put("SentTimestamp", self.sent_ms.to_string());
        put("SenderId", self.draft.sender.clone());
        put(
            "ApproximateFirstReceiveTimestamp",
            self.first_received_ms.unwrap_or(self.sent_ms).to_string(),
        );
        if let Some(group) = &self.draft.group {
            put("MessageGroupId", group.clone());
        }
        if let Some(id) = &self.draft.deduplication_id {
            put("MessageDeduplicationId", id.clone());
            put("SequenceNumber", sequence_number(self.sequence));
        }
        all
    }
}

/// The 20-digit form of a FIFO sequence number.
pub(super) fn sequence_number(sequence: u64) -> String {
    format!(
        "{:020}",
        10_000_000_000_000_000_000_u64.saturating_add(sequence)
    )
}

/// Reads a receipt handle: place in the queue, receive count, message id.
pub(super) fn parse_receipt(handle: &str) -> Option<(u64, u32, &str)> {
    let mut parts = handle.splitn(3, '.');
    Some((
        parts.next()?.parse().ok()?,
        parts.next()?.parse().ok()?,
        parts.next()?,
    ))
}

/// `MD5OfMessageBody`.
pub fn md5_of_body(body: &str) -> String {
    hex::encode(Md5::digest(body.as_bytes()))
}

/// `MD5OfMessageAttributes`: names sorted, each part prefixed with its length (SQS guide, "calculating the MD5").
pub(super) fn md5_of_attributes(attributes: &Map<String, Value>) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut names: Vec<_> = attributes.iter().collect();
    names.sort_by_key(|(name, _)| name.as_str());
    let mut digest = Md5::new();
    for (name, value) in names {
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
        prefixed(&mut digest, name.as_bytes());
        prefixed(&mut digest, text("DataType").as_bytes());
        if value.get("StringValue").is_some() {
            digest.update([1]);
            prefixed(&mut digest, text("StringValue").as_bytes());
        } else {
            digest.update([2]);
            prefixed(
                &mut digest,
                &STANDARD.decode(text("BinaryValue")).unwrap_or_default(),
            );
        }
    }
    Some(hex::encode(digest.finalize()))
}

fn prefixed(digest: &mut Md5, bytes: &[u8]) {
    digest.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    digest.update(bytes);
}

/// A text attribute in the wire's JSON form.
pub fn text_attribute(data_type: &str, value: &str) -> Value {
    json!({ "DataType": data_type, "StringValue": value })
}
