//! Parameter Store: the documents of accounts, their secrets, and the list of their names.

use super::{
    error::AccountsError,
    shelf::{Look, Revision, Stored},
};
use crate::{
    account::{Account, AccountName, Names},
    store::sdk_reason,
};
use aws_sdk_ssm::{
    Client,
    config::{Builder, retry::RetryConfig, timeout::TimeoutConfig},
    error::{ProvideErrorMetadata, SdkError},
    operation::get_parameter::GetParameterError,
    types::{Parameter, ParameterType},
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

/// How long a repeat waits at most, the first time.
const FIRST_WAIT: Duration = Duration::from_millis(50);

/// The parameters below one prefix.
#[derive(Debug)]
pub(super) struct Parameters {
    ssm: Client,
    prefix: String,
}

impl Parameters {
    pub(super) fn new(ssm: Client, prefix: String) -> Self {
        Self { ssm, prefix }
    }

    /// `/{prefix}/{account}/{part}`.
    pub(super) fn name(&self, account: &AccountName, part: &str) -> String {
        format!("/{}/{account}/{part}", self.prefix)
    }

    /// The parameters of the list of names.
    pub(super) fn names(&self) -> Vec<String> {
        Names::parameters(&self.prefix).into()
    }

    /// `/wechat/demo/callback` under `/wechat` belongs to `demo`; anything else to nobody.
    pub(super) fn account_of(&self, parameter: &str) -> Option<AccountName> {
        let name = parameter
            .strip_prefix('/')?
            .strip_prefix(&self.prefix)?
            .strip_prefix('/')?
            .strip_suffix("/callback")?;
        AccountName::try_from(name).ok()
    }

    /// What is known of an account, as an answer.
    pub(super) fn judge(
        &self,
        name: &AccountName,
        seen: Look,
    ) -> Result<Arc<Account>, AccountsError> {
        match seen {
            Look::Known(account) => Ok(account),
            Look::Wrong(source) => {
                let parameter = self.name(name, "callback");
                Err(AccountsError::Malformed { parameter, source })
            }
            Look::Absent | Look::Unread => Err(AccountsError::Unknown(name.to_string())),
        }
    }

    /// One parameter, if it exists.
    pub(super) async fn one(&self, parameter: &str) -> Result<Option<String>, AccountsError> {
        let asked = self.ssm.get_parameter().name(parameter);
        match asked.with_decryption(true).send().await {
            Ok(found) => Ok(found.parameter.and_then(|p| p.value)),
            Err(error) => {
                let said = error.as_service_error();
                match said.is_some_and(GetParameterError::is_parameter_not_found) {
                    true => Ok(None),
                    false => Err(unavailable(parameter, &error)),
                }
            }
        }
    }

    /// Those of up to ten parameters that exist, in clear. It ends when its caller stops waiting: the
    /// caller knows how much time there is, and a frozen process must not find it used up.
    pub(super) async fn several(
        &self,
        parameters: &[String],
        tries: u32,
    ) -> Result<HashMap<String, Stored>, AccountsError> {
        self.ask(parameters, tries, true).await
    }

    /// As [`several`](Self::several), with encrypted values as they are stored: it shows which
    /// parameters changed, and KMS, which is paid by the request, has nothing to do.
    pub(super) async fn sealed(
        &self,
        parameters: &[String],
        tries: u32,
    ) -> Result<HashMap<String, Stored>, AccountsError> {
        self.ask(parameters, tries, false).await
    }

    async fn ask(
        &self,
        parameters: &[String],
        tries: u32,
        in_clear: bool,
    ) -> Result<HashMap<String, Stored>, AccountsError> {
        let patient = TimeoutConfig::builder()
            .disable_operation_timeout()
            .disable_operation_attempt_timeout();
        let retries = RetryConfig::standard().with_max_attempts(tries);
        let retries = retries.with_initial_backoff(FIRST_WAIT);
        let config = Builder::default().retry_config(retries);
        let request = self.ssm.get_parameters().with_decryption(in_clear);
        let request = request.set_names(Some(parameters.to_vec())).customize();
        let request = request.config_override(config.timeout_config(patient.build()));
        let first = parameters.first().map_or("", String::as_str);
        let answer = request.send().await.map_err(|e| unavailable(first, &e))?;
        let found = answer.parameters.unwrap_or_default().into_iter();
        Ok(found.filter_map(stored).collect())
    }

    /// Everything below the prefix, with encrypted values as they are stored. `DescribeParameters`
    /// tells five times as many names a request, but its right cannot be limited to a path
    /// (<https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html>).
    pub(super) async fn below(&self) -> Result<BTreeMap<String, Stored>, AccountsError> {
        let prefix = format!("/{}", self.prefix);
        let request = self.ssm.get_parameters_by_path().path(&prefix);
        let request = request.recursive(true).with_decryption(false);
        let mut pages = request.into_paginator().send();
        let mut all = BTreeMap::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| unavailable(&prefix, &e))?;
            let found = page.parameters.unwrap_or_default().into_iter();
            all.extend(found.filter_map(stored));
        }
        Ok(all)
    }

    /// Stores a list of names; whether there was anything to change. The last part goes first: a
    /// name that moves up is in two places then, and never in none.
    pub(super) async fn store(
        &self,
        names: &Names,
        stored: &[Option<String>],
    ) -> Result<bool, AccountsError> {
        let values = names.values();
        let mut changed = false;
        for (n, parameter) in self.names().into_iter().enumerate().rev() {
            let (value, before) = (values.get(n), stored.get(n).and_then(Option::as_deref));
            let value = match (value, before) {
                (Some(value), before) if before != Some(value.as_str()) => value.as_str(),
                (None, Some(before)) if before != "[]" => "[]",
                _ => continue,
            };
            let put = self.ssm.put_parameter().name(&parameter).value(value);
            let put = put.r#type(ParameterType::String).overwrite(true);
            put.send().await.map_err(|e| unavailable(&parameter, &e))?;
            changed = true;
        }
        Ok(changed)
    }
}

fn stored(parameter: Parameter) -> Option<(String, Stored)> {
    let modified = parameter.last_modified_date;
    let stored = Stored {
        value: parameter.value?,
        is_encrypted: parameter.r#type == Some(ParameterType::SecureString),
        revision: Revision {
            version: parameter.version,
            modified: modified.map(|at| (at.secs(), at.subsec_nanos())),
        },
    };
    Some((parameter.name?, stored))
}

fn unavailable<E>(parameter: &str, error: &SdkError<E>) -> AccountsError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    AccountsError::Unavailable {
        parameter: parameter.to_owned(),
        reason: sdk_reason(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_callback_parameters_name_accounts() {
        let config = aws_sdk_ssm::Config::builder().behavior_version_latest();
        let parameters = Parameters::new(Client::from_conf(config.build()), "wechat".into());
        let of = |name| parameters.account_of(name);
        assert_eq!(of("/wechat/demo/callback").unwrap().as_str(), "demo");
        for other in [
            "/wechat/demo/secret",
            "/wechat/a/b/callback",
            "/wechatty/demo/callback",
            "/wechat//callback",
            "/wechat/accounts",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
