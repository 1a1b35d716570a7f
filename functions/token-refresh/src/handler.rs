//! What the function is asked for: a tick of the schedule, a token by invoke, a token over HTTP.

use crate::{
    context::Context,
    route,
    secret_calls::{self, logged},
    tick,
};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::{
    invocation::Question,
    lambda::{HttpRequest, Invocation},
    problem::Problem,
    token::Why,
};

/// An event of any of the function's triggers.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Event {
    /// A request of another system.
    Http(Box<HttpRequest>),
    /// A question of another function, or the schedule.
    Question(Question),
}

/// Answers an event. What fails has one line: here, or where more is known of it.
///
/// # Errors
/// Why there is no token, or no answer of WeChat's.
pub async fn handle(
    context: &Context,
    event: Event,
    invocation: &Invocation,
) -> Result<Value, Problem> {
    match event {
        Event::Http(request) => Ok(json!(route::answer(context, &request).await)),
        Event::Question(question) => answer(context, question, invocation).await,
    }
}

async fn answer(
    context: &Context,
    question: Question,
    invocation: &Invocation,
) -> Result<Value, Problem> {
    match question {
        Question::Token {
            account,
            kind,
            refused,
        } => {
            let account = context.accounts.get(&account).await.map_err(logged)?;
            let why = refused.as_ref().map_or(Why::Need, Why::Refused);
            Ok(json!(context.granted(&account, kind, why).await?))
        }
        Question::SecretCall { secret_call } => {
            Ok(json!(secret_calls::call(context, secret_call).await?))
        }
        Question::VerifyFiles { .. } => Ok(json!(secret_calls::verify_files(context).await?)),
        Question::Tick { .. } => {
            let listing = context.accounts.all().await.map_err(logged)?;
            let report = tick::run(context, listing, invocation.deadline).await;
            Ok(json!(report))
        }
    }
}
