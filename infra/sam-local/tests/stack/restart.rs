//! A stack with a data directory goes on where the last one ended.

use crate::support;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_lambda::types::InvocationType;
use sam_local::{
    Deployment, Error, Options,
    sqs::{Counts, Draft},
};
use serde_json::Value;
use std::{path::Path, time::Duration};

async fn try_start(data: &Path, speed: f64) -> Result<Deployment, Error> {
    let options = Options {
        data: Some(data.to_owned()),
        schedule_speed: speed,
        ..support::options()
    };
    Deployment::start(&options).await
}

async fn start(data: &Path, speed: f64) -> Deployment {
    try_start(data, speed).await.unwrap()
}

fn message(body: &str) -> Draft {
    Draft {
        group: Some("g".into()),
        deduplication_id: Some(body.into()),
        ..Draft::new(body, "test")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_stay_with_their_counts_order_delays_and_ids() {
    let data = tempfile::tempdir().unwrap();
    let stack = start(data.path(), 1.0).await;
    let queues = stack.queues();
    let dead = "local-Dead.fifo";
    let first = queues.send(dead, message("one")).unwrap();
    queues.send(dead, message("two")).unwrap();
    let hour = Some(Duration::from_secs(3_600));
    let held = queues.receive(dead, 1, hour, Duration::ZERO).await.unwrap();
    assert_eq!(held.len(), 1);
    let later = Draft {
        delay_s: Some(600),
        ..Draft::new("later", "test")
    };
    queues.send("local-Failures", later).unwrap();
    queues
        .send("local-Letters", Draft::new("done", "test"))
        .unwrap();
    let done = queues
        .receive("local-Letters", 1, hour, Duration::ZERO)
        .await
        .unwrap();
    queues.delete("local-Letters", &done[0].receipt()).unwrap();
    let refused = try_start(data.path(), 1.0).await.unwrap_err().to_string();
    assert!(refused.contains("is in use by another stack"), "{refused}");
    stack.stop().await;

    let stack = start(data.path(), 1.0).await;
    let queues = stack.queues();
    let again = queues
        .receive(dead, 10, None, Duration::ZERO)
        .await
        .unwrap();
    let seen: Vec<_> = again
        .iter()
        .map(|m| (m.draft.body.as_str(), m.receives))
        .collect();
    assert_eq!(seen, [("one", 2), ("two", 1)]);
    assert_eq!(
        queues.send(dead, message("one")).unwrap(),
        first,
        "the id counts still"
    );
    assert!(queues.send(dead, message("three")).unwrap().sequence > again[1].sequence);
    let delayed = Counts {
        delayed: 1,
        ..Counts::default()
    };
    assert_eq!(queues.counts("local-Failures").unwrap(), delayed);
    assert_eq!(queues.counts("local-Letters").unwrap(), Counts::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_waits_for_its_repeat_is_repeated_under_its_id() {
    let data = tempfile::tempdir().unwrap();
    let stack = start(data.path(), 1.0).await;
    let mut logs = stack.logs();
    let lambda = aws_sdk_lambda::Client::new(&support::sdk(&stack, "local").await);
    let event = aws_sdk_lambda::primitives::Blob::new(r#"{"do":"fail"}"#);
    let invoke = lambda.invoke().function_name("local-Plain").payload(event);
    invoke
        .invocation_type(InvocationType::Event)
        .send()
        .await
        .unwrap();
    let failed = support::line(&mut logs, "Plain", "failed in").await.text;
    let id = failed
        .rsplit(' ')
        .next()
        .unwrap()
        .trim_matches(|c: char| !c.is_alphanumeric());
    // Until the failure is written down.
    tokio::time::sleep(Duration::from_millis(300)).await;
    drop(lambda);
    stack.stop().await;

    let stack = start(data.path(), 600.0).await;
    let wait = Duration::from_secs(20);
    let told = stack
        .queues()
        .receive("local-Failures", 1, None, wait)
        .await
        .unwrap();
    let told: Value = serde_json::from_str(&told[0].draft.body).unwrap();
    assert_eq!(told["requestContext"]["approximateInvokeCount"], 2);
    assert!(
        id.contains(told["requestContext"]["requestId"].as_str().unwrap()),
        "{id} {told}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_goes_on_behind_what_was_handled_and_parameters_stay() {
    let data = tempfile::tempdir().unwrap();
    let mut told = 0;
    for (pk, value) in [("poison 1", "first"), ("poison 2", "second")] {
        let stack = start(data.path(), 1.0).await;
        let sdk = support::sdk(&stack, "local").await;
        let ssm = aws_sdk_ssm::Client::new(&sdk);
        let kept = ssm.get_parameter().name("/p/kept").send().await;
        assert_eq!(kept.is_ok(), told > 0);
        let put = ssm
            .put_parameter()
            .name("/p/kept")
            .value(value)
            .overwrite(true);
        assert_eq!(put.send().await.unwrap().version(), told + 1);
        let text = |text: &str| AttributeValue::S(text.into());
        let put = aws_sdk_dynamodb::Client::new(&sdk).put_item();
        let put = put.table_name("local-Table").item("pk", text(pk));
        put.item("kind", text("event")).send().await.unwrap();
        told += 1;
        let discarded = || stack.queues().counts("local-Failures").unwrap().visible;
        let until = tokio::time::Instant::now() + Duration::from_secs(20);
        while discarded() < usize::try_from(told).unwrap() && tokio::time::Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(discarded(), usize::try_from(told).unwrap(), "{pk}");
        drop((sdk, ssm));
        stack.stop().await;
    }
}
