//! What the examples share: a client from the environment, and what to do when a call fails.

use std::process::ExitCode;
use wechat_oa::api::{Client, Error, ErrorClass, client::FixedToken};

/// A client with the token in `WECHAT_ACCESS_TOKEN`, of WeChat or of the URL in `WECHAT_URL`.
#[expect(
    clippy::disallowed_methods,
    reason = "an example has no other settings"
)]
pub(crate) fn client() -> Result<Client<FixedToken>, String> {
    let token = std::env::var("WECHAT_ACCESS_TOKEN").map_err(|_| {
        "set WECHAT_ACCESS_TOKEN to an access token; a deployed or local bundle hands one out at \
         GET /v1/accounts/{account}/access-token"
    })?;
    Ok(match std::env::var("WECHAT_URL") {
        Ok(base) => Client::with_token(token).at(&base),
        Err(_) => Client::with_token(token),
    })
}

/// Says what went wrong.
pub(crate) fn end(outcome: Result<(), String>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// The failure, and what to do next.
pub(crate) fn explain(error: Error) -> String {
    let next = match &error {
        Error::Invalid { .. } => "put the field right; nothing was sent",
        Error::NoToken { .. } => "fetch a fresh token and try again",
        Error::Transport { .. } => "see that the host can be reached, or set WECHAT_URL",
        Error::Api(refusal) => match refusal.class {
            ErrorClass::Ip => "put this machine's address on the whitelist in the console",
            ErrorClass::Rate => "wait a minute",
            ErrorClass::Quota => "wait for midnight in Beijing, or for the next month",
            ErrorClass::Transient => "try again in a moment",
            ErrorClass::Refused => "this user cannot be reached; try another",
            ErrorClass::Permission => "see in the console whether the account has this interface",
            _ => "look the code up in WeChat's table of error codes",
        },
        _ => "see that WECHAT_URL is WeChat or a simulator of it",
    };
    format!("{error}\nnext: {next}")
}
