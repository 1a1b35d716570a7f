//! The addresses that WeChat pushes from, for accounts that take pushes from nowhere else.

use crate::context::Context;
use secrecy::SecretString;
use shared::{account::Account, callback_ips::CallbackIps, lambda::clock};
use std::time::Duration;
use wechat_oa::api::{
    Client,
    base::GetCallbackIp,
    client::{FixedToken, Hosts},
};

/// How long WeChat may take: the tick has other accounts to see to.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks WeChat for the list once an hour, and keeps it where `callback` reads it. What fails is told in
/// the log and tried at the next tick: until then the list before stands.
pub(crate) async fn renew(context: &Context, account: &Account, token: &SecretString) {
    let account_name = account.name.as_str();
    let renewed = clock::within(PATIENCE, renewed(context, account, token)).await;
    match renewed.unwrap_or_else(|| Err("no answer in time".to_owned())) {
        Ok(None) => {}
        Ok(Some(addresses)) => {
            tracing::info!(
                account = account_name,
                addresses,
                "list of WeChat's addresses"
            );
        }
        Err(detail) => {
            let outcome = "callback_ips_unknown";
            tracing::warn!(
                account = account_name,
                outcome,
                detail,
                "list of WeChat's addresses"
            );
        }
    }
}

/// How many addresses and ranges were stored; `None` when it was not time.
async fn renewed(
    context: &Context,
    account: &Account,
    token: &SecretString,
) -> Result<Option<usize>, String> {
    let (app_id, now) = (account.app_id(), context.clock.now());
    let said = |error: shared::store::StoreError| error.to_string();
    let before = context.tokens.callback_ips(app_id).await.map_err(said)?;
    if before.is_some_and(|list| !list.is_due(now)) {
        return Ok(None);
    }
    let hosts = Hosts::new(account.hosts(), context.base.as_deref());
    let client = Client::new(context.http.clone(), hosts, FixedToken::from(token.clone()));
    let answer = client.call(&GetCallbackIp {}).await;
    let list = CallbackIps {
        ips: answer.map_err(|error| error.to_string())?.ip_list,
        at: now,
    };
    if !list.names_any() {
        return Err("WeChat told no address that reads".to_owned());
    }
    context
        .tokens
        .put_callback_ips(app_id, &list)
        .await
        .map_err(said)?;
    Ok(Some(list.ips.len()))
}
