//! The AWS front, spoken to by the AWS SDK as functions do.

use crate::support;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_lambda::{primitives::Blob, types::InvocationType};
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use sam_local::{Deployment, Options, lambda::OutsideFunction};
use serde_json::{Value, json};
use std::sync::Arc;

const TABLE: &str = "local-Table";

fn key(value: &str) -> AttributeValue {
    AttributeValue::S(value.into())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dynamodb_answers_and_permissions_hold() {
    let stack = support::stack().await;
    let mut logs = stack.logs();
    let people = aws_sdk_dynamodb::Client::new(&support::sdk(&stack, "local").await);
    let function = aws_sdk_dynamodb::Client::new(&support::sdk(&stack, "Plain").await);
    function
        .put_item()
        .table_name(TABLE)
        .item("pk", key("a"))
        .send()
        .await
        .unwrap();
    let read = people
        .get_item()
        .table_name(TABLE)
        .key("pk", key("a"))
        .send()
        .await
        .unwrap();
    assert!(read.item.is_some());

    let denied = function
        .get_item()
        .table_name(TABLE)
        .key("pk", key("a"))
        .send()
        .await
        .unwrap_err();
    let denied = denied.into_service_error();
    assert_eq!(denied.meta().code(), Some("AccessDeniedException"));
    assert!(
        denied.meta().message().unwrap().contains(
            "dynamodb:GetItem on resource: arn:aws:dynamodb:us-east-1:000000000000:table/"
        )
    );
    support::line(&mut logs, "Plain", "AccessDenied: dynamodb:GetItem").await;

    let twice = function.put_item().table_name(TABLE).item("pk", key("a"));
    let conflict = twice
        .condition_expression("attribute_not_exists(pk)")
        .send()
        .await
        .unwrap_err();
    assert!(
        conflict
            .into_service_error()
            .is_conditional_check_failed_exception(),
        "errors keep the service's shape"
    );

    let stranger = aws_sdk_dynamodb::Client::new(&support::sdk(&stack, "Nobody").await);
    let refused = stranger
        .list_tables()
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert_eq!(refused.meta().code(), Some("UnrecognizedClientException"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ssm_holds_what_it_was_given_and_keeps_it_from_functions() {
    let name = "/local/north/key";
    let stack = Deployment::start(&Options {
        ssm_parameters: [(name.to_owned(), "secret".to_owned())].into(),
        ..support::options()
    })
    .await
    .unwrap();
    let people = aws_sdk_ssm::Client::new(&support::sdk(&stack, "local").await);
    let read = people
        .get_parameter()
        .name(name)
        .with_decryption(true)
        .send()
        .await
        .unwrap();
    assert_eq!(read.parameter().unwrap().value(), Some("secret"));
    assert!(
        people
            .get_parameter()
            .name("/local/none")
            .send()
            .await
            .unwrap_err()
            .into_service_error()
            .is_parameter_not_found()
    );
    let listed = people
        .get_parameters_by_path()
        .path("/local")
        .recursive(true)
        .send()
        .await
        .unwrap();
    assert_eq!(listed.parameters().len(), 1);

    let function = aws_sdk_ssm::Client::new(&support::sdk(&stack, "Plain").await);
    let denied = function
        .get_parameter()
        .name(name)
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert_eq!(denied.meta().code(), Some("AccessDeniedException"));
}

fn entry(n: u8) -> SendMessageBatchRequestEntry {
    SendMessageBatchRequestEntry::builder()
        .id(n.to_string())
        .message_body(format!("m{n}"))
        .build()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqs_speaks_to_the_sdk() {
    let stack = support::stack().await;
    let people = aws_sdk_sqs::Client::new(&support::sdk(&stack, "local").await);
    let url = people
        .get_queue_url()
        .queue_name("local-Letters")
        .send()
        .await
        .unwrap();
    let url = url.queue_url().unwrap();
    let sent = people
        .send_message_batch()
        .queue_url(url)
        .entries(entry(1))
        .entries(entry(2))
        .send()
        .await
        .unwrap();
    assert_eq!((sent.successful().len(), sent.failed().len()), (2, 0));
    let received = people
        .receive_message()
        .queue_url(url)
        .max_number_of_messages(10)
        .send()
        .await
        .unwrap();
    let bodies: Vec<_> = received
        .messages()
        .iter()
        .filter_map(|m| m.body())
        .collect();
    assert_eq!(bodies, ["m1", "m2"]);
    let handle = received.messages()[0].receipt_handle().unwrap();
    people
        .delete_message()
        .queue_url(url)
        .receipt_handle(handle)
        .send()
        .await
        .unwrap();
    let hidden = received.messages()[1].receipt_handle().unwrap();
    people
        .change_message_visibility()
        .queue_url(url)
        .receipt_handle(hidden)
        .visibility_timeout(0)
        .send()
        .await
        .unwrap();
    let again = people
        .receive_message()
        .queue_url(url)
        .wait_time_seconds(1)
        .send()
        .await
        .unwrap();
    assert_eq!(again.messages()[0].body(), Some("m2"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqs_refuses_in_the_sdks_words() {
    let stack = support::stack().await;
    let people = aws_sdk_sqs::Client::new(&support::sdk(&stack, "local").await);
    let url = stack.stack().queue_url("local-Letters");
    let missing = people
        .send_message()
        .queue_url("http://127.0.0.1/000000000000/none")
        .message_body("x");
    assert!(
        missing
            .send()
            .await
            .unwrap_err()
            .into_service_error()
            .is_queue_does_not_exist()
    );
    let function = aws_sdk_sqs::Client::new(&support::sdk(&stack, "Web").await);
    let denied = function
        .send_message()
        .queue_url(&url)
        .message_body("x")
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert_eq!(denied.meta().code(), Some("AccessDeniedException"));
}

fn invocation(
    client: &aws_sdk_lambda::Client,
    function: &str,
    payload: &Value,
) -> aws_sdk_lambda::operation::invoke::builders::InvokeFluentBuilder {
    client
        .invoke()
        .function_name(function)
        .payload(Blob::new(payload.to_string()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lambda_invokes_errors_and_functions_of_the_team() {
    let outside: OutsideFunction =
        Arc::new(|event| Box::pin(async move { Ok(json!({ "heard": event })) }));
    let options = Options {
        outside_functions: [("team".to_owned(), outside)].into(),
        ..support::options()
    };
    let stack = Deployment::start(&options).await.unwrap();
    let people = aws_sdk_lambda::Client::new(&support::sdk(&stack, "local").await);
    let answer = invocation(&people, "team", &json!(1)).send().await.unwrap();
    assert_eq!(answer.payload().unwrap().as_ref(), br#"{"heard":1}"#);
    let arn = stack.stack().function_arn("local-Plain");
    let failed = invocation(&people, &arn, &json!({"do": "fail"}))
        .send()
        .await
        .unwrap();
    assert_eq!(failed.function_error(), Some("Unhandled"));
    let missing = invocation(&people, "none", &json!({}))
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(missing.is_resource_not_found_exception());
    let slow = json!({"do": "sleep", "ms": 300});
    let (a, b) = tokio::join!(
        invocation(&people, "Single", &slow).send(),
        invocation(&people, "Single", &slow).send()
    );
    let (answered, throttled): (Vec<_>, Vec<_>) = [a, b].into_iter().partition(Result::is_ok);
    assert_eq!(answered.len(), 1);
    assert!(throttled.into_iter().all(|t| {
        t.unwrap_err()
            .into_service_error()
            .is_too_many_requests_exception()
    }));
    let function = aws_sdk_lambda::Client::new(&support::sdk(&stack, "Plain").await);
    let denied = invocation(&function, "Web", &json!({}))
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert_eq!(denied.meta().code(), Some("AccessDeniedException"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_asynchronous_event_is_repeated_then_reported() {
    let options = Options {
        schedule_speed: 6_000.0,
        ..support::options()
    };
    let stack = Deployment::start(&options).await.unwrap();
    let mut logs = stack.logs();
    let people = support::sdk(&stack, "local").await;
    let lambda = aws_sdk_lambda::Client::new(&people);
    let event = invocation(&lambda, "Plain", &json!({"do": "fail", "n": 7}))
        .invocation_type(InvocationType::Event);
    assert_eq!(event.send().await.unwrap().status_code(), 202);
    let sqs = aws_sdk_sqs::Client::new(&people);
    let receive = async |queue: &str| {
        let url = stack.stack().queue_url(queue);
        let received = sqs
            .receive_message()
            .queue_url(url)
            .wait_time_seconds(10)
            .message_attribute_names("All");
        received.send().await.unwrap().messages()[0].clone()
    };
    let record: Value =
        serde_json::from_str(receive("local-Failures").await.body().unwrap()).unwrap();
    assert_eq!(record["requestContext"]["condition"], "RetriesExhausted");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 2);
    assert_eq!(record["requestPayload"]["n"], 7);
    assert_eq!(record["responsePayload"]["errorMessage"], "told to fail");
    let letter = receive("local-Letters").await;
    assert_eq!(letter.body(), Some(r#"{"do":"fail","n":7}"#));
    assert_eq!(
        letter.message_attributes().unwrap()["ErrorMessage"].string_value(),
        Some("told to fail")
    );
    let id = record["requestContext"]["requestId"].as_str().unwrap();
    let attribute = &letter.message_attributes().unwrap()["RequestID"];
    assert_eq!(attribute.string_value(), Some(id));
    for attempt in 1..=2 {
        let line = support::line(&mut logs, "Plain", "failed in ").await;
        assert_eq!(line.text, format!("failed in {id}"), "attempt {attempt}");
    }
}
