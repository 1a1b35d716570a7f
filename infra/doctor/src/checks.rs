//! Which checks are made, in which order.

use crate::{
    callback, clock, http,
    options::{Examine, FileError},
    permission,
    report::{Check, Report},
    site,
    source::{self, StoredAccount, StoredAccounts},
    stack::Stack,
    wechat::Wechat,
};
use aws_config::SdkConfig;
use futures_util::{StreamExt as _, stream};
use wechat_oa::api::Http;

/// Accounts that are looked at side by side.
const AT_ONCE: usize = 8;

/// Where things are, by the flags and by what the stack says.
struct Endpoints {
    callback_url: Option<String>,
    wechat_api_base: Option<String>,
}

/// Looks at everything the flags name. `aws` is needed unless all is in files.
pub(crate) async fn report(
    options: &Examine,
    aws: Option<&SdkConfig>,
) -> Result<Report, FileError> {
    let (mut checks, stack) = deployed(options, aws).await;
    let endpoints = Endpoints::new(options, stack.as_ref());
    checks.extend(site_checks(&endpoints).await);
    let place = source::Place {
        file: options.accounts.as_deref(),
        // A stack that does not read does not tell its prefix: another's accounts are not meant.
        prefix: options.place.prefix(stack.as_ref()),
    };
    let mut all = source::read(&place, aws).await?;
    let unknown = unknown(&options.account, &all);
    let is_selected =
        |name: &str| options.account.is_empty() || options.account.iter().any(|a| a == name);
    all.checks
        .retain(|check| check.account.as_deref().is_none_or(is_selected));
    all.found
        .retain(|found| is_selected(found.account.name.as_str()));
    checks.extend(all.checks);
    checks.extend(unknown);
    let http = Http::default();
    let each = stream::iter(&all.found).map(|found| account_checks(found, &http, &endpoints));
    let each: Vec<_> = each.buffered(AT_ONCE).collect().await;
    checks.extend(each.into_iter().flatten());
    Ok(Report { checks })
}

/// What is found of the stack, and the stack; no stack where it does not read.
async fn deployed(options: &Examine, aws: Option<&SdkConfig>) -> (Vec<Check>, Option<Stack>) {
    let (Some(name), Some(config)) = (&options.stack, aws) else {
        return (Vec::new(), Some(Stack::default()));
    };
    match Stack::read(config, name).await {
        Ok(read) => (read.check(config).await, Some(read)),
        Err(check) => (vec![*check], None),
    }
}

/// A failed check for each name asked for that no account has.
fn unknown(asked: &[String], all: &StoredAccounts) -> Vec<Check> {
    let names = all.names();
    let unknown = asked.iter().filter(|name| !names.contains(&name.as_str()));
    let unknown = unknown.map(|name| {
        let known = match names.as_slice() {
            [] => "There is none".to_owned(),
            names => format!("There are: {}", names.join(", ")),
        };
        let advice =
            format!("{known}. Compare the name, or store the account: wechat-doctor init.");
        Check::failed("account", "no account of that name", advice).of(name)
    });
    unknown.collect()
}

/// What is the same for all accounts behind the callback's URL.
async fn site_checks(endpoints: &Endpoints) -> Vec<Check> {
    match (&endpoints.callback_url, http::client()) {
        (Some(url), Ok(client)) => site::checks(&client, url).await,
        _ => Vec::new(),
    }
}

impl Endpoints {
    fn new(options: &Examine, stack: Option<&Stack>) -> Self {
        let output = |name: &str| stack?.outputs.get(name).cloned();
        Self {
            callback_url: options
                .callback_url
                .clone()
                .or_else(|| output("CallbackUrl")),
            wechat_api_base: options
                .wechat_api_base
                .clone()
                .or_else(|| stack?.wechat_api_base().map(str::to_owned)),
        }
    }
}

async fn account_checks(found: &StoredAccount, http: &Http, endpoints: &Endpoints) -> Vec<Check> {
    let account = &found.account;
    let base = endpoints.wechat_api_base.as_deref();
    let wechat = Wechat::new(account, http.clone(), base);
    let mut checks = vec![source::sound(account)];
    checks.extend(permission::checks(account));
    let mut token = None;
    match &found.secret {
        Ok(secret) => {
            checks.push(source::readable());
            let tried = wechat.token(account, secret).await;
            checks.extend(tried.checks);
            token = tried.token;
        }
        Err(check) => checks.push(Check::clone(check)),
    }
    match http::client() {
        Ok(client) => {
            let first = account.hosts().first().map(String::as_str);
            let host = format!("https://{}", first.unwrap_or("api.weixin.qq.com"));
            checks.push(clock::check(&client, account, base.unwrap_or(&host)).await);
            checks.push(match &endpoints.callback_url {
                Some(url) => callback::check(&client, account, url).await,
                None => Check::skipped("callback", "no URL known: pass --callback-url or --stack"),
            });
        }
        Err(error) => checks.push(Check::failed(
            "clock",
            error,
            "Report this: the fault is here.",
        )),
    }
    match token {
        Some(token) => {
            checks.push(wechat.reach(&token).await);
            checks.extend(wechat.quotas(account, &token).await);
        }
        None => {
            checks.push(Check::skipped(
                "callback-check",
                "not asked without a token",
            ));
            checks.push(Check::skipped("quota", "not asked without a token"));
        }
    }
    checks
        .into_iter()
        .map(|check| check.of(account.name.as_str()))
        .collect()
}
