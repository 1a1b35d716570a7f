//! Wires the web routes to Lambda.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use shared::lambda::{HttpRequest, start_logging};
use web::Context;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    start_logging()?;
    let context = &Context::from_environment().await?;
    run(service_fn(|event: LambdaEvent<HttpRequest>| async move {
        Ok::<_, Error>(context.handle(&event.payload).await)
    }))
    .await
}
