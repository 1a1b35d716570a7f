//! Send: messages from the queue to WeChat, in order, paced, never twice.

mod call;
mod event;
mod group;
mod handler;
mod message;
mod release;
mod tally;
mod turn;

use event::Event;
use handler::Handler;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use shared::lambda::start_logging;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    start_logging()?;
    let handler = &Handler::from_environment().await?;
    run(service_fn(|event: LambdaEvent<Event>| async move {
        handler.handle(event.payload, &event.context).await
    }))
    .await
}
