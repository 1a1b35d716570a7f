//! Wires token refresh to Lambda.

// A future nests deeper than the compiler looks by itself.
#![recursion_limit = "256"]

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use shared::lambda::start_logging;
use token_refresh::{Event, Handler};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    start_logging()?;
    let handler = &Handler::from_environment().await?;
    run(service_fn(|event: LambdaEvent<Event>| async move {
        handler.handle(event.payload, &event.context).await
    }))
    .await
}
