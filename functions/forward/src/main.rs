//! Wires `forward` to Lambda.

use forward::Calls;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use shared::{
    invocation::ForwardCall,
    lambda::{Context, start_logging},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    start_logging()?;
    let calls = &Context::load(Calls::new).await?;
    calls.accounts().start().await;
    let serve = run(service_fn(|event: LambdaEvent<ForwardCall>| async move {
        calls.handle(&event.payload, &event.context.into()).await
    }));
    calls.accounts().renewed_beside(serve).await
}
