//! DynamoDB streams: what changed, and what of it is not done.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use thiserror::Error;

/// A batch of changes, oldest first.
#[derive(Debug, Clone, Deserialize)]
pub struct StreamEvent {
    /// The changes.
    #[serde(rename = "Records")]
    pub records: Vec<StreamRecord>,
}

/// One change of one row.
#[derive(Debug, Clone, Deserialize)]
pub struct StreamRecord {
    dynamodb: Change,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    sequence_number: String,
    #[serde(default)]
    new_image: Map<String, Value>,
}

/// A row that is not what was expected.
#[derive(Debug, Error)]
#[error("the changed row does not read: {0}")]
pub struct ImageError(#[from] serde_json::Error);

impl StreamRecord {
    /// Its place in the stream.
    pub fn sequence(&self) -> &str {
        &self.dynamodb.sequence_number
    }

    /// The row after the change.
    ///
    /// # Errors
    /// The attribute that is missing or of another type.
    pub fn row<T: DeserializeOwned>(&self) -> Result<T, ImageError> {
        Ok(serde_json::from_value(members(&self.dynamodb.new_image))?)
    }
}

/// What a function says about its batch: what is not done comes again; of a stream, with all after
/// the first of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchFailures {
    batch_item_failures: Vec<Item>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    item_identifier: String,
}

impl BatchFailures {
    /// Says that the change of that sequence number, or the message of that id, is not done.
    pub fn add(&mut self, identifier: &str) {
        self.batch_item_failures.push(Item {
            item_identifier: identifier.to_owned(),
        });
    }

    /// How many are not done.
    pub fn count(&self) -> usize {
        self.batch_item_failures.len()
    }
}

fn members(attributes: &Map<String, Value>) -> Value {
    let plain_member = |(name, value): (&String, &Value)| (name.clone(), plain(value));
    Value::Object(attributes.iter().map(plain_member).collect())
}

/// `{"S": "x"}` → `"x"`. Sets and bytes, which no table here has, are `null`.
fn plain(attribute: &Value) -> Value {
    let Some((kind, value)) = attribute.as_object().and_then(|a| a.iter().next()) else {
        return Value::Null;
    };
    match (kind.as_str(), value) {
        ("S" | "BOOL", value) => value.clone(),
        ("N", Value::String(number)) => serde_json::from_str(number).unwrap_or_default(),
        ("M", Value::Object(map)) => members(map),
        ("L", Value::Array(list)) => list.iter().map(plain).collect(),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn a_changed_row_is_read_through_its_types() {
        let event: StreamEvent = from_value(json!({ "Records": [{
            "eventName": "INSERT",
            "dynamodb": { "SequenceNumber": "100", "NewImage": {
                "id": { "S": "a" },
                "n": { "N": "18446744073709551615" },
                "on": { "BOOL": true },
                "none": { "NULL": true },
                "push": { "M": { "list": { "L": [{ "M": { "x": { "N": "-1.5" } } }] } } },
            } },
        }] }))
        .unwrap();
        let record = event.records.first().unwrap();
        let row: Value = record.row().unwrap();
        assert_eq!(record.sequence(), "100");
        assert_eq!(
            row,
            json!({
                "id": "a", "n": u64::MAX, "on": true, "none": null,
                "push": { "list": [{ "x": -1.5 }] },
            })
        );
        assert!(record.row::<Vec<u8>>().is_err());
    }

    #[test]
    fn failures_are_told_as_lambda_wants_them() {
        let mut failures = BatchFailures::default();
        assert_eq!(json!(failures), json!({ "batchItemFailures": [] }));
        failures.add("7");
        assert_eq!(
            json!(failures)["batchItemFailures"][0]["itemIdentifier"],
            "7"
        );
    }
}
