//! The accounts file: what WeChat and the functions are to believe about each account.

use crate::aws::Parameters;
use secrecy::ExposeSecret;
use shared::account::{AccountError, AccountsFile};

/// The file used when none is named: three made-up accounts, one for each message mode.
pub const DEMO: &str = include_str!("../demo/accounts.toml");

/// Reads an accounts file.
pub fn parse(text: &str) -> Result<AccountsFile, AccountError> {
    AccountsFile::parse(text)
}

/// Stores each account's two parameters, as the deployment guide has people do it.
pub fn store(file: &AccountsFile, prefix: &str, parameters: &Parameters) {
    for listed in &file.accounts {
        let name = listed.account.name.as_str();
        parameters.put(
            &format!("/{prefix}/{name}/callback"),
            listed.callback_parameter.expose_secret(),
        );
        parameters.put(
            &format!("/{prefix}/{name}/secret"),
            listed.secret_parameter.expose_secret(),
        );
    }
}
