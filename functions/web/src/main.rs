//! Web: JS-SDK configuration, logins, domain verification files, the subscription page.

mod handler;
mod handover;
mod js_sdk;
mod login;
mod notice;
mod page;
mod refusal;
mod verify;

use handler::Handler;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use shared::lambda::{Context, HttpRequest, start_logging};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    start_logging()?;
    let handler = &Context::load(Handler::new).await?;
    handler.accounts().start().await;
    let serve = run(service_fn(|event: LambdaEvent<HttpRequest>| async move {
        Ok::<_, Error>(handler.handle(&event.payload).await)
    }));
    handler.accounts().renewed_beside(serve).await
}
