//! Accounts of a file or of Parameter Store, with their secrets.

use crate::{
    aws,
    options::{self, FileError},
    report::Check,
};
use aws_config::SdkConfig;
use shared::{
    account::{Account, AccountError, AccountsFile, Class, Kind},
    lambda::{Accounts, AccountsError, clock::SystemClock},
};
use std::path::Path;
use wechat_oa::ids::AppSecret;

const ACCOUNT: &str = "account";
const SECRET: &str = "app-secret";

/// An account that reads, and its secret or what is wrong with that.
pub(crate) struct StoredAccount {
    pub(crate) account: Account,
    pub(crate) secret: Result<AppSecret, Box<Check>>,
}

/// All accounts that read, and a failed check for each that does not.
#[derive(Default)]
pub(crate) struct StoredAccounts {
    pub(crate) found: Vec<StoredAccount>,
    pub(crate) checks: Vec<Check>,
}

/// Where accounts are looked for.
pub(crate) struct Place<'a> {
    /// An accounts file; without one they are in Parameter Store.
    pub(crate) file: Option<&'a Path>,
    /// First part of the parameters' names; without one there is nothing to look at.
    pub(crate) prefix: Option<String>,
}

impl StoredAccounts {
    /// The names there are, also of accounts that do not read.
    pub(crate) fn names(&self) -> Vec<&str> {
        let read = self.found.iter().map(|found| found.account.name.as_str());
        let unread = self
            .checks
            .iter()
            .filter_map(|check| check.account.as_deref());
        let mut names: Vec<_> = read.chain(unread).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// All accounts of a place; `aws` is needed unless they are in a file.
pub(crate) async fn read(
    place: &Place<'_>,
    aws: Option<&SdkConfig>,
) -> Result<StoredAccounts, FileError> {
    match (place.file, &place.prefix, aws) {
        (Some(path), ..) => Ok(of_file(&options::read(path)?)),
        (None, Some(prefix), Some(config)) => Ok(of_parameters(config, prefix).await),
        _ => Ok(StoredAccounts::default()),
    }
}

/// The accounts of a file, which is wrong as a whole or not at all.
fn of_file(text: &str) -> StoredAccounts {
    match AccountsFile::parse(text) {
        Ok(file) => StoredAccounts {
            found: file
                .accounts
                .into_iter()
                .map(|listed| StoredAccount {
                    account: listed.account,
                    secret: Ok(listed.app_secret),
                })
                .collect(),
            checks: Vec::new(),
        },
        Err(error) => StoredAccounts {
            found: Vec::new(),
            checks: vec![malformed(&error, "the accounts file")],
        },
    }
}

/// The accounts below `/{prefix}/`.
async fn of_parameters(config: &SdkConfig, prefix: &str) -> StoredAccounts {
    let accounts = Accounts::new(
        aws_sdk_ssm::Client::new(config),
        prefix,
        SystemClock::shared(),
    );
    let all = match accounts.all().await {
        Ok(all) => all,
        Err(error) => {
            let finding = reason(&error);
            return StoredAccounts {
                found: Vec::new(),
                checks: vec![Check::failed(ACCOUNT, finding, aws::ADVICE)],
            };
        }
    };
    let mut listed = StoredAccounts::default();
    for stored in all.accounts {
        let parameter = format!("/{prefix}/{}/callback", stored.name);
        let wrong = stored.faults.iter();
        listed
            .checks
            .extend(wrong.map(|fault| malformed(fault, &parameter)));
        if let Some(account) = stored.account {
            let secret = accounts.app_secret(&account.name).await;
            listed.found.push(StoredAccount {
                account: Account::clone(&account),
                secret: secret.map_err(|error| Box::new(no_secret(&error))),
            });
        }
    }
    if listed.found.is_empty() && listed.checks.is_empty() {
        listed.checks.push(Check::failed(
            ACCOUNT,
            format!("no account below /{prefix}/ in this region"),
            format!("Store one: wechat-doctor init --parameter-prefix {prefix}"),
        ));
    }
    listed
}

/// The line of an account that reads.
pub(crate) fn sound(account: &Account) -> Check {
    let mode = serde_json::json!(account.server.mode);
    let mode = mode.as_str().unwrap_or_default();
    let key = match (
        &account.server.encoding_aes_key,
        &account.server.previous_encoding_aes_key,
    ) {
        (None, _) => "no EncodingAESKey needed",
        (Some(_), None) => "EncodingAESKey well-formed",
        (Some(_), Some(_)) => "EncodingAESKey and the one before it well-formed",
    };
    let finding = format!(
        "{}, {}; {mode} mode; token and {key}",
        account.app_id(),
        kind(account)
    );
    Check::ok(ACCOUNT, finding)
}

/// What the account is, as the console says it too.
fn kind(account: &Account) -> String {
    let kind = match account.kind.get() {
        Ok(Kind::Service) => "service account (服务号)",
        Ok(Kind::Subscription) => "subscription account (订阅号)",
        Err(_) => "of a kind that does not read",
    };
    let class = match account.class {
        Class::Verified => "verified (已认证)",
        Class::Unverified => "not verified (未认证)",
    };
    format!("{kind}, {class}")
}

/// The line of a secret that reads.
pub(crate) fn readable() -> Check {
    Check::ok(SECRET, "readable and well-formed")
}

fn malformed(error: &AccountError, place: &str) -> Check {
    let advice =
        format!("Correct it in {place}, or run wechat-doctor init, which checks each value.");
    let check = Check::failed(ACCOUNT, error.to_string(), advice);
    match error {
        AccountError::Field { account, .. } => check.of(account),
        AccountError::File { .. } => check,
    }
}

fn reason(error: &AccountsError) -> String {
    match error {
        AccountsError::Unavailable { parameter, reason } => {
            format!("parameter {parameter}: {}", aws::brief(reason))
        }
        other => other.to_string(),
    }
}

fn no_secret(error: &AccountsError) -> Check {
    let advice = match error {
        AccountsError::NoSecret(_) => "Store it: wechat-doctor init.",
        AccountsError::Malformed { .. } => {
            "Store {\"app_secret\": \"…\"} there, as wechat-doctor init does."
        }
        _ => {
            "Run this as somebody who may read the parameter and decrypt it (ssm:GetParameter, kms:Decrypt)."
        }
    };
    Check::failed(SECRET, reason(error), advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::State;

    #[test]
    fn a_wrong_value_is_named_by_account_and_field_and_not_shown() {
        let text = "[accounts.demo]\napp_id = \"wx5f2c8a1d9e3b7046\"\noriginal_id = \"gh_7d31c0a94be2\"\nkind = \"service\"\n\
                    app_secret = \"0123456789abcdef0123456789abcdef\"\ntoken = \"a-b\"\nmode = \"plain\"\n";
        let listed = of_file(text);
        let [check] = listed.checks.as_slice() else {
            panic!("one check")
        };
        assert_eq!(check.account.as_deref(), Some("demo"));
        assert!(check.finding.contains("token: must be 3 to 32") && !check.finding.contains("a-b"));
        let listed = of_file(&text.replace("a-b", "aTokenOfWords"));
        assert_eq!(sound(&listed.found[0].account).state, State::Ok);
    }

    #[test]
    fn text_that_is_no_accounts_file_is_one_failure() {
        let listed = of_file("[accounts");
        assert_eq!((listed.found.len(), listed.checks.len()), (0, 1));
    }
}
