//! Pushes that were given up in the stream of the inbox. A letter tells when they came, and no more: the stream forgets
//! them in a day, the table in seven. So their rows are looked for, and given to the function as the stream would give
//! them. It may see pushes again that it has seen: what they mean is written once.

use super::{
    error::RedriveError,
    letter::{Letter, Outcome},
};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_lambda::primitives::Blob;
use serde_json::{Value, json};
use shared::time::Timestamp;
use std::{collections::HashMap, time::Duration};

/// How far the time of a push and its time in the stream may lie apart: clocks, and an attempt of WeChat's.
const APART: Duration = Duration::from_secs(60);
/// How long the table keeps pushes.
const KEPT: Duration = Duration::from_secs(7 * 86_400);
/// Pushes of one invocation: EraseUser takes a second for each, Lambda 6 MB.
const AT_ONCE: usize = 10;

/// The pushes of letters, and who reads them.
pub(super) struct Pushes<'s> {
    pub(super) dynamodb: aws_sdk_dynamodb::Client,
    pub(super) lambda: aws_sdk_lambda::Client,
    pub(super) inbox: &'s str,
    pub(super) erase_user: &'s str,
    pub(super) mass_send_events: &'s str,
}

/// A row of the inbox.
pub(super) struct Row {
    at: Timestamp,
    is_unsubscribe: bool,
    /// In the stream's form.
    image: Value,
}

/// When the pushes of a letter came, from and to.
type Window = (Timestamp, Timestamp);

impl Pushes<'_> {
    /// All pushes of the time that these letters tell of: the table is read once, from end to end.
    pub(super) async fn find(&self, letters: &[Letter]) -> Result<Vec<Row>, RedriveError> {
        let windows: Vec<Window> = letters.iter().filter_map(window).collect();
        let from = windows.iter().map(|(from, _)| *from).min();
        let to = windows.iter().map(|(_, to)| *to).max();
        let (Some(from), Some(to)) = (from, to) else {
            return Ok(Vec::new());
        };
        let number = |at: Timestamp| AttributeValue::N(at.as_millis().to_string());
        let scan = self.dynamodb.scan().table_name(self.inbox);
        let scan = scan.filter_expression("received_at BETWEEN :from AND :to");
        let scan = scan.expression_attribute_values(":from", number(from));
        let scan = scan.expression_attribute_values(":to", number(to));
        let mut items = scan.into_paginator().items().send();
        let (mut rows, inside) = (Vec::new(), |at| {
            windows.iter().any(|(from, to)| (*from..=*to).contains(&at))
        });
        while let Some(item) = items.next().await {
            let item = item.map_err(|e| RedriveError::aws("dynamodb:Scan", &e))?;
            rows.extend(row(&item).filter(|row| inside(row.at)));
        }
        Ok(rows)
    }

    /// Has the function of a letter read its pushes, which are among these.
    pub(super) async fn read_again(
        &self,
        letter: &Letter,
        rows: &[Row],
        now: Timestamp,
    ) -> Result<Outcome, RedriveError> {
        let Some((from, to)) = window(letter) else {
            return Ok(Err("it is no letter of the stream".to_owned()));
        };
        if now.since(from) > KEPT {
            let why = "its pushes came more than seven days ago, and are kept no longer; see docs/runbook.md";
            return Ok(Err(why.to_owned()));
        }
        let erases = match letter.function() {
            Some(name) if name == self.erase_user => true,
            Some(name) if name == self.mass_send_events => false,
            _ => return Ok(Err("its function is none of this stack".to_owned())),
        };
        let due: Vec<&Value> = rows
            .iter()
            .filter(|row| (from..=to).contains(&row.at) && row.is_unsubscribe == erases)
            .map(|row| &row.image)
            .collect();
        let name = letter.function().unwrap_or_default();
        for some in due.chunks(AT_ONCE) {
            if let Err(why) = self.invoke(name, some).await? {
                return Ok(Err(why));
            }
        }
        Ok(Ok(()))
    }

    /// As Lambda does with a batch of the stream: what is not done is named.
    async fn invoke(&self, function: &str, images: &[&Value]) -> Result<Outcome, RedriveError> {
        let payload = Blob::new(event(images).to_string());
        let request = self.lambda.invoke().function_name(function);
        let answer = request.payload(payload).send().await;
        let answer = answer.map_err(|e| RedriveError::aws("lambda:InvokeFunction", &e))?;
        let payload = answer.payload.map(Blob::into_inner).unwrap_or_default();
        let document: Value = serde_json::from_slice(&payload).unwrap_or_default();
        let failures = document.get("batchItemFailures").and_then(Value::as_array);
        Ok(match (answer.function_error, failures.map(Vec::len)) {
            (None, Some(0)) => Ok(()),
            (None, Some(failed)) => Err(format!(
                "{failed} of {} pushes are not done; the log of {function} says why",
                images.len()
            )),
            _ => Err(format!("{function} failed; its log says why")),
        })
    }
}

/// Of how long its pushes came, with what clocks may be apart.
fn window(letter: &Letter) -> Option<Window> {
    let at = |name: &str| {
        let at = letter.text_at(&format!(
            "/DDBStreamBatchInfo/approximateArrivalOf{name}Record"
        ));
        at.and_then(Timestamp::parse)
    };
    // Whole seconds.
    Some((at("First")? - APART, at("Last")? + APART))
}

fn event(images: &[&Value]) -> Value {
    let record = |(n, image): (usize, &&Value)| json!({ "eventName": "INSERT", "dynamodb": { "SequenceNumber": n.to_string(), "NewImage": image } });
    let records: Vec<Value> = images.iter().enumerate().map(record).collect();
    json!({ "Records": records })
}

/// A row as far as it can be given to a function: of a push that did not read, no consumer hears.
fn row(item: &HashMap<String, AttributeValue>) -> Option<Row> {
    let at = item.get("received_at")?.as_n().ok()?.parse().ok()?;
    let text = |value: Option<&AttributeValue>| value?.as_s().ok().cloned();
    if text(item.get("kind"))? == "unread" {
        return None;
    }
    let push = item.get("push").and_then(|push| push.as_m().ok());
    let event = text(push.and_then(|push| push.get("event")));
    let image = item
        .iter()
        .map(|(name, value)| (name.clone(), typed(value)));
    Some(Row {
        at: Timestamp::from_millis(at),
        is_unsubscribe: event.as_deref() == Some("unsubscribe"),
        image: Value::Object(image.collect()),
    })
}

/// A value with its type, as streams have it; the inbox holds neither sets nor bytes.
fn typed(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::Bool(flag) => json!({ "BOOL": flag }),
        AttributeValue::M(map) => {
            let members = map.iter().map(|(name, value)| (name.clone(), typed(value)));
            json!({ "M": members.collect::<serde_json::Map<_, _>>() })
        }
        AttributeValue::L(list) => json!({ "L": list.iter().map(typed).collect::<Vec<_>>() }),
        _ => json!({ "NULL": true }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(first: &str, last: &str) -> Letter {
        Letter {
            body: json!({ "DDBStreamBatchInfo": {
                "approximateArrivalOfFirstRecord": first, "approximateArrivalOfLastRecord": last,
            } }),
            ..Letter::default()
        }
    }

    #[test]
    fn a_letter_tells_when_its_pushes_came() {
        let (from, to) =
            window(&letter("2026-01-01T00:01:00Z", "2026-01-01T00:02:00.000Z")).unwrap();
        assert_eq!(
            (from.utc().as_str(), to.utc().as_str()),
            ("2026-01-01T00:00:00.000Z", "2026-01-01T00:03:00.000Z")
        );
        assert_eq!(window(&letter("", "2026-01-01T00:02:00Z")), None);
        assert_eq!(window(&Letter::default()), None);
    }

    #[test]
    fn a_row_becomes_what_the_stream_would_hold() {
        let s = |text: &str| AttributeValue::S(text.to_owned());
        let n = |number: &str| AttributeValue::N(number.to_owned());
        let push = HashMap::from([
            ("event".to_owned(), s("unsubscribe")),
            ("create_time".to_owned(), n("7")),
            (
                "list".to_owned(),
                AttributeValue::L(vec![AttributeValue::Bool(true)]),
            ),
        ]);
        let mut item = HashMap::from([
            ("id".to_owned(), s("wx1#a")),
            ("kind".to_owned(), s("event")),
            ("received_at".to_owned(), n("1500")),
            ("push".to_owned(), AttributeValue::M(push)),
        ]);
        let found = row(&item).unwrap();
        assert!(found.is_unsubscribe && found.at == Timestamp::from_millis(1_500));
        let record = &event(&[&found.image])["Records"][0]["dynamodb"];
        assert_eq!(record["SequenceNumber"], "0");
        assert_eq!(
            record["NewImage"],
            json!({
                "id": { "S": "wx1#a" }, "kind": { "S": "event" }, "received_at": { "N": "1500" },
                "push": { "M": {
                    "event": { "S": "unsubscribe" }, "create_time": { "N": "7" }, "list": { "L": [{ "BOOL": true }] },
                } },
            })
        );
        item.insert("kind".to_owned(), s("unread"));
        assert!(row(&item).is_none(), "nobody is told of it");
    }
}
