//! Wires `send` to Lambda.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use send::{Context, handle};
use shared::lambda::{self, QueueEvent, start_logging};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    start_logging()?;
    let context = &lambda::Context::load(Context::new).await?;
    context.accounts().start().await;
    let serve = run(service_fn(|event: LambdaEvent<QueueEvent>| async move {
        Ok::<_, Error>(handle(context, event.payload, &event.context.into()).await)
    }));
    context.accounts().renewed_beside(serve).await
}
