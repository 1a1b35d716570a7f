//! Wires `callback` to Lambda.

use callback::Handler;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use shared::lambda::{Context, HttpRequest, start_logging};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    start_logging()?;
    let handler = &Context::load(Handler::new).await??;
    handler.start().await;
    let serve = run(service_fn(|event: LambdaEvent<HttpRequest>| async move {
        let request_id = &event.context.request_id;
        Ok::<_, Error>(handler.handle(&event.payload, request_id).await)
    }));
    handler.accounts().renewed_beside(serve).await
}
