//! Mass send: campaigns from the queue to WeChat, batch by batch, none twice.

mod event;
mod handler;
mod plan;
mod run;
mod submit;
mod sweep;
mod tally;

use event::Event;
use handler::Handler;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use shared::lambda::start_logging;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    start_logging()?;
    let handler = &Handler::from_environment().await?;
    run(service_fn(|event: LambdaEvent<Event>| async move {
        Ok::<_, Error>(handler.handle(event.payload, &event.context).await)
    }))
    .await
}
