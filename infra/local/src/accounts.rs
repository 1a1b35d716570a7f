//! The accounts file: what WeChat and the functions are to believe about each account.

use secrecy::ExposeSecret;
use shared::account::{AccountError, AccountsFile, Names};
use std::collections::BTreeMap;

/// The file used when none is named: three made-up accounts, one for each message mode.
pub const DEMO: &str = include_str!("../demo/accounts.toml");

/// Reads an accounts file.
///
/// # Errors
/// What is wrong in it.
pub fn parse(text: &str) -> Result<AccountsFile, AccountError> {
    AccountsFile::parse(text)
}

/// Each account's two parameters and the list of names, as `wechat-doctor init` stores them.
pub fn parameters(file: &AccountsFile, prefix: &str) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::new();
    for listed in &file.accounts {
        let name = listed.account.name.as_str();
        let mut put = |part: &str, value: &str| {
            parameters.insert(format!("/{prefix}/{name}/{part}"), value.to_owned());
        };
        put("callback", listed.callback_parameter.expose_secret());
        put("secret", listed.secret_parameter.expose_secret());
        for (part, value) in &listed.secrets {
            put(part, value.expose_secret());
        }
    }
    let names = file.accounts.iter().map(|l| l.account.name.clone());
    let values = names.collect::<Names>().values();
    parameters.extend(Names::parameters(prefix).into_iter().zip(values));
    parameters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_two_parameters_and_all_have_their_names_in_one() {
        let parameters = parameters(&parse(DEMO).unwrap(), "local");
        assert_eq!(parameters.len(), 7, "{:?}", parameters.keys());
        let callback = &parameters["/local/demo/callback"];
        assert!(callback.contains("wx5f2c8a1d9e3b7046"), "{callback}");
        assert!(parameters.contains_key("/local/accounts"));
    }
}
