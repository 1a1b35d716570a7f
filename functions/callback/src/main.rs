//! Callback: verifies the URL; verifies, decrypts, deduplicates and answers pushes.

mod attempt;
mod handler;
mod rules;

use handler::Handler;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use shared::lambda::{HttpRequest, start_logging};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    start_logging()?;
    let handler = &Handler::from_environment().await?;
    run(service_fn(|event: LambdaEvent<HttpRequest>| async move {
        Ok::<_, Error>(
            handler
                .handle(&event.payload, &event.context.request_id)
                .await,
        )
    }))
    .await
}
