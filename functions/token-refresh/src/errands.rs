//! What the web pages need of the function that may read everything: who came back with a code,
//! which takes the app secret, and the verification files of all accounts.

use crate::handler::{Failure, Handler};
use shared::{
    api::{
        Client,
        client::{Hosts, Tokenless},
        oauth::GetWebToken,
    },
    web::exchange::{Exchange, Exchanged},
};
use std::collections::BTreeMap;

/// Exchanges a code of WeChat's; that works once.
pub(crate) async fn exchange(handler: &Handler, asked: Exchange) -> Result<Exchanged, Failure> {
    let account = handler.accounts.get(asked.account.as_str()).await?;
    let secret = handler.accounts.app_secret(&account.name).await?;
    let hosts = Hosts::new(&account.api_hosts, handler.base.as_deref());
    let client = Client::new(handler.http.clone(), hosts, Tokenless);
    let request = GetWebToken::new(account.app_id.clone(), &secret, asked.code);
    let exchanged = Exchanged::of(client.call(&request).await);
    let account = &account.name;
    match &exchanged {
        Ok(Exchanged::Granted(_)) => tracing::info!(%account, "code exchanged"),
        Ok(Exchanged::Refused { errcode }) => {
            tracing::info!(%account, errcode, "code not taken");
        }
        Err(error) => {
            tracing::error!(%account, outcome = error.error_type(), detail = %error, "code");
        }
    }
    Ok(exchanged?)
}

/// Names and contents of all verification files. An account that does not read has none.
pub(crate) async fn verify_files(handler: &Handler) -> Result<BTreeMap<String, String>, Failure> {
    let accounts = handler.accounts.all().await?;
    let files = accounts
        .iter()
        .flatten()
        .flat_map(|account| account.web.verify_files.clone());
    Ok(files.collect())
}
