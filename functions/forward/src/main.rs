//! Forward: runs a slow rule once, beside the attempts of WeChat that wait for its answer.

mod answer;
mod handler;

use handler::{Handler, Task};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use shared::lambda::start_logging;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    start_logging()?;
    let handler = &Handler::from_environment().await?;
    run(service_fn(|event: LambdaEvent<Task>| async move {
        handler.handle(&event.payload, &event.context).await
    }))
    .await
}
