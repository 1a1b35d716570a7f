//! Accounts as Parameter Store holds them, kept in memory for a while.

mod misses;

use super::clock;
use crate::{
    account::{Account, AccountError, AccountName, AppSecret},
    store::sdk_reason,
};
use aws_sdk_ssm::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::get_parameter::GetParameterError,
};
use misses::Misses;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use thiserror::Error;

/// How long a parameter is believed, in milliseconds: a changed key or secret works within it.
const FRESH_MS: i64 = 300_000;
/// How long an absent account is believed absent: long enough to blunt a scan of names.
const ABSENT_MS: i64 = 30_000;
/// Names remembered at most; a scan of names must not grow the memory.
const REMEMBERED: usize = 4096;

/// An account that cannot be had.
#[derive(Debug, Error)]
pub enum AccountsError {
    /// No parameter of that name.
    #[error("no account '{0}'")]
    Unknown(String),
    /// A parameter that does not describe an account.
    #[error("parameter {parameter}: {source}")]
    Malformed {
        /// The parameter's name.
        parameter: String,
        /// The rule it breaks.
        source: AccountError,
    },
    /// A known account without its secret.
    #[error("parameter {0} does not exist; store the app secret there, as wechat-doctor init does")]
    NoSecret(String),
    /// Too many names that no account has; this one was not looked up.
    #[error("account '{0}' not looked up: too many unknown names were asked for; try again")]
    TooManyUnknown(String),
    /// Parameter Store did not answer.
    #[error("parameter {parameter}: {reason}")]
    Unavailable {
        /// The parameter's name.
        parameter: String,
        /// What the SDK said.
        reason: String,
    },
}

impl AccountsError {
    /// The failure in one word, for logs, metrics and alarms.
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "unknown_account",
            Self::Malformed { .. } => "malformed_parameter",
            Self::NoSecret(_) => "missing_parameter",
            Self::TooManyUnknown(_) => "too_many_unknown_accounts",
            Self::Unavailable { .. } => "parameter_store_unavailable",
        }
    }
}

/// Reads accounts from `/{prefix}/{account}/callback` and, where policy allows, `…/secret`.
#[derive(Debug)]
pub struct Accounts {
    ssm: Client,
    prefix: String,
    known: Mutex<HashMap<AccountName, Known>>,
    misses: Misses,
}

#[derive(Debug, Clone)]
struct Known {
    account: Option<Arc<Account>>,
    read_ms: i64,
}

impl Accounts {
    /// Reads under `/{prefix}/`.
    pub fn new(ssm: Client, prefix: impl Into<String>) -> Self {
        Self {
            ssm,
            prefix: prefix.into(),
            known: Mutex::default(),
            misses: Misses::default(),
        }
    }

    /// The account of that name. A known account outlives an outage of Parameter Store.
    ///
    /// # Errors
    /// No such account, a malformed parameter, or Parameter Store out of reach.
    pub async fn get(&self, name: &str) -> Result<Arc<Account>, AccountsError> {
        let unknown = || AccountsError::Unknown(name.to_owned());
        let key = AccountName::try_from(name).map_err(|_| unknown())?;
        let known = self.lock().get(&key).cloned();
        if let Some(known) = &known
            && known.is_fresh(clock::now_ms())
        {
            return known.account.clone().ok_or_else(unknown);
        }
        let is_served = known.as_ref().is_some_and(|k| k.account.is_some());
        if !is_served && self.misses.are_too_many(clock::now_ms()) {
            return Err(AccountsError::TooManyUnknown(name.to_owned()));
        }
        match self.read(&key).await {
            Err(AccountsError::Unavailable { .. }) if is_served => {
                known.and_then(|k| k.account).ok_or_else(unknown)
            }
            Ok(account) => Ok(self.remember(key, Some(account)).ok_or_else(unknown)?),
            Err(AccountsError::Unknown(_)) => {
                self.remember(key, None);
                self.misses.count(clock::now_ms());
                Err(unknown())
            }
            Err(error) => Err(error),
        }
    }

    /// The app secret of that account, read afresh: a rotated secret must work at once.
    ///
    /// # Errors
    /// As [`get`](Self::get); a function without the permission gets `Unavailable`.
    pub async fn app_secret(&self, name: &AccountName) -> Result<AppSecret, AccountsError> {
        let parameter = format!("/{}/{name}/secret", self.prefix);
        let json = match self.parameter(&parameter, name).await {
            Err(AccountsError::Unknown(_)) => return Err(AccountsError::NoSecret(parameter)),
            answer => answer?,
        };
        AppSecret::from_parameter(name, &json)
            .map_err(|source| AccountsError::Malformed { parameter, source })
    }

    /// All accounts, in the order of their names; one that does not read is an error of its own.
    ///
    /// # Errors
    /// Parameter Store out of reach.
    pub async fn all(&self) -> Result<Vec<Result<Arc<Account>, AccountsError>>, AccountsError> {
        let prefix = format!("/{}", self.prefix);
        let request = self
            .ssm
            .get_parameters_by_path()
            .path(&prefix)
            .recursive(true)
            .with_decryption(true);
        let mut pages = request.into_paginator().send();
        let mut all = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| unavailable(&prefix, &e))?;
            for parameter in page.parameters() {
                let name = parameter.name().and_then(|name| account_of(name, &prefix));
                all.extend(
                    name.map(|name| self.listed(name, parameter.value().unwrap_or_default())),
                );
            }
        }
        Ok(all)
    }

    fn listed(&self, name: AccountName, json: &str) -> Result<Arc<Account>, AccountsError> {
        let account = Account::from_parameter(&name, json).map_err(|source| {
            let parameter = format!("/{}/{name}/callback", self.prefix);
            AccountsError::Malformed { parameter, source }
        })?;
        let account = Arc::new(account);
        self.remember(name, Some(Arc::clone(&account)));
        Ok(account)
    }

    async fn read(&self, name: &AccountName) -> Result<Arc<Account>, AccountsError> {
        let parameter = format!("/{}/{name}/callback", self.prefix);
        let json = self.parameter(&parameter, name).await?;
        Account::from_parameter(name, &json)
            .map(Arc::new)
            .map_err(|source| AccountsError::Malformed { parameter, source })
    }

    async fn parameter(
        &self,
        parameter: &str,
        name: &AccountName,
    ) -> Result<String, AccountsError> {
        let answer = self
            .ssm
            .get_parameter()
            .name(parameter)
            .with_decryption(true)
            .send()
            .await;
        match answer {
            Ok(found) => Ok(found.parameter.and_then(|p| p.value).unwrap_or_default()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(GetParameterError::is_parameter_not_found) =>
            {
                Err(AccountsError::Unknown(name.to_string()))
            }
            Err(error) => Err(unavailable(parameter, &error)),
        }
    }

    fn remember(&self, name: AccountName, account: Option<Arc<Account>>) -> Option<Arc<Account>> {
        let mut known = self.lock();
        if known.len() >= REMEMBERED {
            known.retain(|_, k| k.account.is_some());
        }
        known.insert(
            name,
            Known {
                account: account.clone(),
                read_ms: clock::now_ms(),
            },
        );
        account
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<AccountName, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn is_fresh(&self, now_ms: i64) -> bool {
        let keep = if self.account.is_some() {
            FRESH_MS
        } else {
            ABSENT_MS
        };
        now_ms < self.read_ms.saturating_add(keep)
    }
}

/// `/wechat/demo/callback` under `/wechat` belongs to `demo`; anything else to nobody.
fn account_of(parameter: &str, prefix: &str) -> Option<AccountName> {
    let name = parameter
        .strip_prefix(prefix)?
        .strip_prefix('/')?
        .strip_suffix("/callback")?;
    AccountName::try_from(name).ok()
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
        assert_eq!(
            account_of("/wechat/demo/callback", "/wechat")
                .unwrap()
                .as_str(),
            "demo"
        );
        for other in [
            "/wechat/demo/secret",
            "/wechat/a/b/callback",
            "/wechatty/demo/callback",
            "/wechat//callback",
        ] {
            assert_eq!(account_of(other, "/wechat"), None, "{other}");
        }
    }
}
