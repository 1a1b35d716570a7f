//! Wires `token-refresh` to Lambda.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use shared::lambda::{self, start_logging};
use token_refresh::{Context, Event, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    start_logging()?;
    let context = &lambda::Context::load(Context::new).await?;
    let serve = run(service_fn(|event: LambdaEvent<Event>| async move {
        handle(context, event.payload, &event.context.into()).await
    }));
    context.accounts().renewed_beside(serve).await
}
