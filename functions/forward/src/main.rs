//! Wires `forward` to Lambda.

use forward::Handler;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use shared::{
    invocation::ForwardTask,
    lambda::{Context, start_logging},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    start_logging()?;
    let handler = &Context::load(Handler::new).await?;
    handler.accounts().start().await;
    let serve = run(service_fn(|event: LambdaEvent<ForwardTask>| async move {
        handler.handle(&event.payload, &event.context.into()).await
    }));
    handler.accounts().renewed_beside(serve).await
}
