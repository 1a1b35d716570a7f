//! What the others need of the function that may read everything: calls that take the app secret,
//! and the verification files of all accounts.

use crate::context::Context;
use shared::{
    invocation::AccountCall,
    lambda::AccountsError,
    problem::{Classified as _, Problem},
    token::secret_call::SecretAnswer,
};
use std::collections::BTreeMap;
use wechat_oa::api::{
    Client,
    client::{Hosts, Tokenless},
};

/// An account that cannot be had, in the log too.
pub(crate) fn logged(error: AccountsError) -> Problem {
    tracing::error!(outcome = error.error_type(), detail = %error, "event");
    error.into()
}

/// Makes the call with the app secret.
pub(crate) async fn call(context: &Context, asked: AccountCall) -> Result<SecretAnswer, Problem> {
    let accounts = &context.accounts;
    let account = accounts.get(asked.account.as_str()).await.map_err(logged)?;
    let secret = accounts.app_secret(&account.name).await.map_err(logged)?;
    let hosts = Hosts::new(account.hosts(), context.base.as_deref());
    let client = Client::new(context.http.clone(), hosts, Tokenless);
    let path = asked.call.path();
    let relay = asked.call.relay(account.app_id().clone(), &secret);
    let answer = match relay {
        Ok(relay) => SecretAnswer::of(client.pass(&relay).await),
        Err(error) => Err(error),
    };
    let account = &account.name;
    match &answer {
        Ok(SecretAnswer::Json(_)) => tracing::info!(%account, path, "secret call"),
        Ok(SecretAnswer::Refused {
            errcode, errmsg, ..
        }) => {
            tracing::warn!(%account, path, errcode, errmsg, "secret call");
        }
        Err(error) => {
            tracing::error!(%account, path, outcome = error.error_type(), detail = %error, "secret call");
        }
    }
    Ok(answer?)
}

/// Names and contents of all verification files. An account that does not read has none.
pub(crate) async fn verify_files(context: &Context) -> Result<BTreeMap<String, String>, Problem> {
    let listing = context.accounts.all().await.map_err(logged)?;
    let accounts = listing.accounts.iter().flat_map(|listed| &listed.account);
    let pages = accounts.filter_map(|account| account.web.get().ok());
    Ok(pages.flat_map(|web| web.verify_files.clone()).collect())
}
