//! What the others need of the function that may read everything: calls that take the app secret,
//! and the verification files of all accounts.

use crate::handler::{Failure, Handler};
use serde::Deserialize;
use shared::{
    account::AccountName,
    token::secret_call::{SecretAnswer, SecretCall},
};
use std::collections::BTreeMap;
use wechat_oa::api::{
    Client,
    client::{Hosts, Tokenless},
};

/// A call of that account's to make.
#[derive(Deserialize)]
pub struct Asked {
    account: AccountName,
    call: SecretCall,
}

/// Makes the call with the app secret.
pub(crate) async fn call(handler: &Handler, asked: Asked) -> Result<SecretAnswer, Failure> {
    let account = handler.accounts.get(asked.account.as_str()).await?;
    let secret = handler.accounts.app_secret(&account.name).await?;
    let hosts = Hosts::new(account.hosts(), handler.base.as_deref());
    let client = Client::new(handler.http.clone(), hosts, Tokenless);
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
pub(crate) async fn verify_files(handler: &Handler) -> Result<BTreeMap<String, String>, Failure> {
    let listing = handler.accounts.all().await?;
    let accounts = listing.accounts.iter().flat_map(|listed| &listed.account);
    let pages = accounts.filter_map(|account| account.web.get().ok());
    Ok(pages.flat_map(|web| web.verify_files.clone()).collect())
}
