//! Token refresh: the only function that fetches tokens and tickets, and that may read app secrets.

mod errands;
mod handler;
mod routes;
mod tick;

use handler::{Event, Handler};
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
