//! Wires `web` to Lambda.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use shared::lambda::{self, HttpRequest, start_logging};
use web::Context;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    start_logging()?;
    let context = &lambda::Context::load(Context::new).await?;
    context.accounts().start().await;
    let serve = run(service_fn(|event: LambdaEvent<HttpRequest>| async move {
        Ok::<_, Error>(context.handle(&event.payload).await)
    }));
    context.accounts().renewed_beside(serve).await
}
