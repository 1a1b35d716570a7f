//! A guestbook: `Web` counts a guest's visits and greets; `Reader` hears of each over a queue.
//!
//! `cargo run --bin sam-local -- infra/sam-local/examples/guestbook/template.yaml --ssm /guestbook/greeting=Hello`, and
//! then `curl -X POST http://127.0.0.1:9000/guests/ada`.

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};
use std::env;

struct Guestbook {
    visits: aws_sdk_dynamodb::Client,
    arrivals: aws_sdk_sqs::Client,
    parameters: aws_sdk_ssm::Client,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let config = aws_config::defaults(BehaviorVersion::latest());
    let aws = config.http_client(http).load().await;
    let guestbook = Guestbook {
        visits: aws_sdk_dynamodb::Client::new(&aws),
        arrivals: aws_sdk_sqs::Client::new(&aws),
        parameters: aws_sdk_ssm::Client::new(&aws),
    };
    let handle = |event: LambdaEvent<Value>| guestbook.handle(event.payload);
    lambda_runtime::run(service_fn(handle)).await
}

impl Guestbook {
    async fn handle(&self, event: Value) -> Result<Value, Error> {
        if let Some(records) = event.get("Records").and_then(Value::as_array) {
            for record in records {
                println!("{} came", record.get("body").unwrap_or(&Value::Null));
            }
            return Ok(Value::Null);
        }
        let name = event.pointer("/pathParameters/name");
        let name = name.and_then(Value::as_str).unwrap_or("nobody");
        let body = json!({
            "greeting": format!("{}, {name}", self.greeting().await?),
            "visits": self.count(name).await?,
            "closing": env::var("CLOSING")?,
            "process": std::process::id(),
        });
        let message = self.arrivals.send_message().message_body(name);
        message.queue_url(env::var("QUEUE")?).send().await?;
        Ok(json!({ "statusCode": 200, "body": body.to_string() }))
    }

    async fn greeting(&self) -> Result<String, Error> {
        let parameter = self.parameters.get_parameter().name("/guestbook/greeting");
        let answer = parameter.with_decryption(true).send().await?;
        let value = answer.parameter.and_then(|parameter| parameter.value);
        Ok(value.unwrap_or_default())
    }

    async fn count(&self, name: &str) -> Result<u64, Error> {
        let update = self.visits.update_item().table_name(env::var("TABLE")?);
        let answer = update
            .key("name", AttributeValue::S(name.to_owned()))
            .update_expression("ADD visits :one")
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .return_values(ReturnValue::AllNew)
            .send()
            .await?;
        let row = answer.attributes.unwrap_or_default();
        let visits = row.get("visits").and_then(|visits| visits.as_n().ok());
        Ok(visits.and_then(|n| n.parse().ok()).unwrap_or_default())
    }
}
