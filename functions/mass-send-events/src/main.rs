//! Mass send events: what became of messages, and what users let the account send them.

mod effects;
mod handler;

use handler::Handler;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use shared::lambda::{StreamEvent, start_logging};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    start_logging()?;
    let handler = &Handler::from_environment().await?;
    run(service_fn(|event: LambdaEvent<StreamEvent>| async move {
        Ok::<_, Error>(handler.handle(&event.payload).await)
    }))
    .await
}
