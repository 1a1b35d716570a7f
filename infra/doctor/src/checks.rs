//! Which checks are made, in which order.

use crate::{
    callback, clock, http,
    options::{Examine, FileError, read},
    permission,
    report::{Check, Report},
    source::{self, StoredAccount, StoredAccounts},
    stack::Stack,
    wechat::Wechat,
};
use aws_config::SdkConfig;
use wechat_oa::api::Http;

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
    let mut report = Report::default();
    let mut stack = Some(Stack::default());
    if let (Some(name), Some(config)) = (&options.stack, aws) {
        match Stack::read(config, name).await {
            Ok(read) => {
                report.checks.extend(read.check(config).await);
                stack = Some(read);
            }
            Err(check) => {
                report.checks.push(*check);
                stack = None;
            }
        }
    }
    let endpoints = Endpoints::new(options, stack.as_ref());
    let StoredAccounts { found, checks } = accounts(options, stack.as_ref(), aws).await?;
    let is_selected =
        |name: &str| options.account.is_empty() || options.account.iter().any(|a| a == name);
    let concerns = |check: &Check| check.account.as_deref().is_none_or(is_selected);
    report.checks.extend(checks.into_iter().filter(concerns));
    for name in &options.account {
        let is_it = |found: &StoredAccount| found.account.name.as_str() == name;
        let is_told = |check: &Check| check.account.as_deref() == Some(name);
        if !found.iter().any(is_it) && !report.checks.iter().any(is_told) {
            let advice = "Compare the name, or store the account: wechat-doctor init.";
            let check = Check::failed("account", "no account of that name", advice);
            report.checks.push(check.of(name));
        }
    }
    let http = Http::default();
    for found in found
        .iter()
        .filter(|f| is_selected(f.account.name.as_str()))
    {
        let checks = account_checks(found, &http, &endpoints).await;
        let name = found.account.name.as_str();
        report
            .checks
            .extend(checks.into_iter().map(|check| check.of(name)));
    }
    Ok(report)
}

impl Endpoints {
    fn new(options: &Examine, stack: Option<&Stack>) -> Self {
        let output = |name: &str| stack?.outputs.get(name).cloned();
        let base = stack.and_then(|stack| stack.parameters.get("WechatApiBase").cloned());
        Self {
            callback_url: options
                .callback_url
                .clone()
                .or_else(|| output("CallbackUrl")),
            wechat_api_base: options
                .wechat_api_base
                .clone()
                .or_else(|| base.filter(|base| !base.is_empty())),
        }
    }
}

async fn accounts(
    options: &Examine,
    stack: Option<&Stack>,
    aws: Option<&SdkConfig>,
) -> Result<StoredAccounts, FileError> {
    match (&options.accounts, aws) {
        (Some(path), _) => Ok(source::of_file(&read(path)?)),
        (None, Some(config)) => {
            // A stack that does not read does not tell its prefix: another's accounts are not meant.
            match options.place.prefix(stack) {
                Some(prefix) => Ok(source::of_parameters(config, &prefix).await),
                None => Ok(StoredAccounts::default()),
            }
        }
        (None, None) => Ok(StoredAccounts::default()),
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
            "Report this as a fault of wechat-doctor.",
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
}
