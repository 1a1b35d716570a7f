//! What the examples share: a client from the environment, and what to do when a call fails.

use secrecy::SecretString;
use shared::api::{
    Client, Error, ErrorClass, Http, TokenSource,
    client::{Hosts, Timing},
    error::Cause,
};
use std::process::ExitCode;

/// The token the example was given; it has no other.
#[derive(Debug)]
pub(crate) struct Given(SecretString);

impl TokenSource for Given {
    async fn token(&self) -> Result<SecretString, Cause> {
        Ok(self.0.clone())
    }

    async fn refused(&self, _: &SecretString) -> Result<SecretString, Cause> {
        Err("WeChat refused it; put a fresh one into WECHAT_ACCESS_TOKEN".into())
    }
}

/// A client with the token in `WECHAT_ACCESS_TOKEN`, of WeChat or of the URL in `WECHAT_URL`.
#[expect(
    clippy::disallowed_methods,
    reason = "an example has no other settings"
)]
pub(crate) fn client() -> Result<Client<Given>, String> {
    let token = std::env::var("WECHAT_ACCESS_TOKEN").map_err(|_| {
        "set WECHAT_ACCESS_TOKEN to an access token; a deployed or local bundle hands one out at \
         GET /v1/accounts/{account}/access-token"
    })?;
    let base = std::env::var("WECHAT_URL").ok();
    let hosts = Hosts::new(&["api.weixin.qq.com".to_owned()], base.as_deref());
    let http = Http::new(Timing::default());
    Ok(Client::new(http, hosts, Given(token.into())))
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
