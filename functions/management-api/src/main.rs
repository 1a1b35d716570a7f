//! Management API: accepts messages and media, tells what became of them, reaches any endpoint.

mod body;
mod handler;
mod mass;
mod media;
mod messages;
#[cfg(test)]
mod openapi;
mod queue;
mod refusal;
mod sends;
mod wechat;

use handler::Handler;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use shared::lambda::{Context, HttpRequest, start_logging};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    start_logging()?;
    let handler = &Context::load(Handler::new).await?;
    handler.accounts().start().await;
    let serve = run(service_fn(|event: LambdaEvent<HttpRequest>| async move {
        Ok::<_, Error>(handler.handle(&event.payload, &event.context).await)
    }));
    handler.accounts().renewed_beside(serve).await
}
