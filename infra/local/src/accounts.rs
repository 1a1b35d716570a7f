//! The accounts file: what WeChat and the functions are to believe about each account.

use crate::aws::Parameters;
use secrecy::ExposeSecret;
use shared::account::{AccountError, AccountsFile, Names};

/// The file used when none is named: three made-up accounts, one for each message mode.
pub const DEMO: &str = include_str!("../demo/accounts.toml");

/// Reads an accounts file.
pub fn parse(text: &str) -> Result<AccountsFile, AccountError> {
    AccountsFile::parse(text)
}

/// Stores each account's two parameters and the list of names, as `wechat-doctor init` does.
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
    let names = file.accounts.iter().map(|l| l.account.name.clone());
    let values = names.collect::<Names>().values();
    for (parameter, value) in Names::parameters(prefix).iter().zip(values) {
        parameters.put(parameter, &value);
    }
}
