//! A function for tests: it does what the event tells it to.
//!
//! `{"do": "echo" | "sleep" | "fail" | "panic" | "exit" | "environment" | "large", …}`; batches of SQS and stream
//! records are printed one line each, and a record whose text contains `poison` fails (as a batch item if
//! `REPORT_FAILURES` is set).

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    if std::env::var_os("REFUSE_TO_START").is_some() {
        return Err("told not to start".into());
    }
    lambda_runtime::run(service_fn(handle)).await
}

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let (payload, context) = event.into_parts();
    if let Some(records) = payload.get("Records").and_then(Value::as_array) {
        return batch(records);
    }
    if payload.pointer("/requestContext/http").is_some() {
        if payload.get("rawPath").and_then(Value::as_str) == Some("/orders/slow") {
            tokio::time::sleep(Duration::from_millis(600)).await;
            println!("slow answer is ready");
        }
        return Ok(answer(&payload));
    }
    println!("event {payload}");
    match payload.get("do").and_then(Value::as_str) {
        Some("sleep") => {
            let ms = payload.get("ms").and_then(Value::as_u64).unwrap_or(0);
            tokio::time::sleep(Duration::from_millis(ms)).await;
            Ok(json!({ "slept": ms, "pid": std::process::id() }))
        }
        Some("fail") => {
            println!("failed in {}", context.request_id);
            Err("told to fail".into())
        }
        Some("exit") => std::process::exit(7),
        Some("environment") => Ok(std::env::vars().map(|(k, v)| (k, json!(v))).collect()),
        Some("large") => Ok(json!("x".repeat(6 * 1_024 * 1_024 + 1))),
        _ => Ok(json!({ "echo": payload, "pid": std::process::id() })),
    }
}

/// Answers an HTTP request with what the gateway made of it.
fn answer(event: &Value) -> Value {
    match event.get("rawPath").and_then(Value::as_str) {
        Some("/orders/binary") => json!({
            "statusCode": 200, "headers": { "content-type": "application/octet-stream" },
            "body": "AAH/", "isBase64Encoded": true,
        }),
        Some("/orders/fail") => json!({ "statusCode": "not a number" }),
        _ => {
            json!({ "statusCode": 200, "headers": { "content-type": "application/json" }, "body": event.to_string() })
        }
    }
}

fn batch(records: &[Value]) -> Result<Value, Error> {
    let mut failures = Vec::new();
    for record in records {
        let id = record
            .get("messageId")
            .or_else(|| record.pointer("/dynamodb/SequenceNumber"));
        let text = record
            .get("body")
            .or_else(|| record.pointer("/dynamodb/NewImage"))
            .unwrap_or(&Value::Null);
        println!("record {text}");
        if text.to_string().contains("poison") {
            failures.push(json!({ "itemIdentifier": id }));
        }
    }
    match (failures.is_empty(), std::env::var_os("REPORT_FAILURES")) {
        (false, None) => Err("a record is poison".into()),
        _ => Ok(json!({ "batchItemFailures": failures })),
    }
}
