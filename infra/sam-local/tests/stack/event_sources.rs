//! Queues, streams and schedules start functions.

use crate::support;
use aws_sdk_dynamodb::types::AttributeValue;
use sam_local::{Deployment, Options, sqs::Draft};
use serde_json::Value;
use std::time::Duration;

fn message(body: &str, group: &str) -> Draft {
    Draft {
        group: Some(group.into()),
        deduplication_id: Some(body.into()),
        ..Draft::new(body, "test")
    }
}

/// Waits for a message of a queue.
async fn receive(stack: &Deployment, queue: &str) -> String {
    let received = stack
        .queues()
        .receive(queue, 1, None, Duration::from_secs(20))
        .await
        .unwrap();
    received
        .first()
        .unwrap_or_else(|| panic!("nothing in {queue}"))
        .draft
        .body
        .clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_feeds_in_order_and_only_what_failed_comes_again() {
    let stack = support::stack().await;
    let mut logs = stack.logs();
    let queue = "local-Queue.fifo";
    for body in [
        r#"{"kind":"a"}"#,
        r#"{"kind":"noise"}"#,
        r#"{"kind":"poison"}"#,
    ] {
        stack.queues().send(queue, message(body, "g")).unwrap();
    }
    support::line(&mut logs, "QueueReader", r#"{\"kind\":\"a\"}"#).await;
    support::line(&mut logs, "QueueReader", "poison").await;
    assert_eq!(
        receive(&stack, "local-Dead.fifo").await,
        r#"{"kind":"poison"}"#
    );
    assert_eq!(
        stack.queues().counts(queue).unwrap(),
        Default::default(),
        "filtered and done are deleted"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_is_filtered_bisected_and_reported() {
    let stack = support::stack().await;
    let mut logs = stack.logs();
    let db = aws_sdk_dynamodb::Client::new(&support::sdk(&stack, "local").await);
    let text = |t: &str| AttributeValue::S(t.into());
    for (pk, kind) in [
        ("1", "event"),
        ("2", "message"),
        ("poison", "event"),
        ("3", "event"),
    ] {
        let put = db
            .put_item()
            .table_name("local-Table")
            .item("pk", text(pk))
            .item("kind", text(kind));
        put.send().await.unwrap();
    }
    let report: Value = serde_json::from_str(&receive(&stack, "local-Failures").await).unwrap();
    assert_eq!(
        report["requestContext"]["condition"],
        "RetryAttemptsExhausted"
    );
    assert_eq!(
        report["DDBStreamBatchInfo"]["batchSize"], 1,
        "the poison alone"
    );
    let info = &report["DDBStreamBatchInfo"];
    assert_eq!(info["startSequenceNumber"], info["endSequenceNumber"]);
    let last = support::line(&mut logs, "StreamReader", r#""pk":{"S":"3"}"#).await;
    assert!(!last.text.contains("message"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_fires_by_time_and_by_hand() {
    let stack = Deployment::start(&Options {
        schedule_speed: 600.0,
        ..support::options()
    })
    .await
    .unwrap();
    let mut logs = stack.logs();
    support::line(&mut logs, "Plain", r#"event {"scheduled":true}"#).await;
    support::line(&mut logs, "Plain", r#"event {"scheduled":true}"#).await;
    assert!(stack.fire("PlainOften").await.unwrap().is_ok());
    assert!(
        stack
            .fire("Nothing")
            .await
            .unwrap_err()
            .to_string()
            .contains("no schedule Nothing")
    );
}
