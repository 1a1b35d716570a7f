//! Wires `mass-send-events` to Lambda.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use mass_send_events::Handler;
use shared::lambda::{Context, StreamEvent, start_logging};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    start_logging()?;
    let handler = &Context::load(Handler::new).await?;
    run(service_fn(|event: LambdaEvent<StreamEvent>| async move {
        Ok::<_, Error>(handler.handle(&event.payload).await)
    }))
    .await
}
