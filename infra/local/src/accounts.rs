//! The accounts file: what WeChat and the functions are to believe about each account.

use secrecy::ExposeSecret;
use shared::account::{AccountError, AccountsFile, Names};
use std::collections::BTreeMap;
use toml::de::{DeTable, Error};

/// The file used when none is named: three made-up accounts, one for each message mode.
pub const DEMO: &str = include_str!("../demo/accounts.toml");

/// Reads an accounts file.
///
/// # Errors
/// What is wrong in it.
pub fn parse(text: &str) -> Result<AccountsFile, AccountError> {
    AccountsFile::parse(text)
}

/// Line and character, from 1, of what an error is about, where it stands in the file: the field, or the table that lacks it.
pub(crate) fn position(text: &str, error: &AccountError) -> Option<(usize, usize)> {
    let (document, errors) = DeTable::parse_recoverable(text);
    let start = match error {
        AccountError::File { .. } => errors.first().and_then(Error::span)?.start,
        AccountError::Field { account, field, .. } => {
            let names = ["accounts", account].into_iter().chain(field.split('.'));
            field_start(document.get_ref(), names)?
        }
    };
    let before = text.get(..start)?;
    let line = before.rsplit('\n').next().unwrap_or_default();
    Some((before.matches('\n').count() + 1, line.chars().count() + 1))
}

/// Where the last of these keys that is there begins, each below the one before.
fn field_start<'n>(document: &DeTable<'_>, names: impl Iterator<Item = &'n str>) -> Option<usize> {
    let mut table = Some(document);
    let mut start = None;
    for name in names {
        let Some((key, value)) = table.and_then(|table| table.get_key_value(name)) else {
            break;
        };
        start = Some(key.span().start);
        table = value.get_ref().as_table();
    }
    start
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
    fn a_fault_is_found_where_its_field_stands() {
        for (text, expected) in [
            ("[accounts.a\n", Some((1, 12))),
            ("x = 1\n", None),
            (&DEMO.replace("\"safe\"", "\"saef\""), Some((10, 1))),
            (
                &DEMO.replace("kind = \"service\"", "kund = 1"),
                Some((27, 11)),
            ),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(position(text, &error), expected, "{error}");
        }
    }

    #[test]
    fn an_account_has_two_parameters_and_all_have_their_names_in_one() {
        let parameters = parameters(&parse(DEMO).unwrap(), "local");
        assert_eq!(parameters.len(), 7, "{:?}", parameters.keys());
        let callback = &parameters["/local/demo/callback"];
        assert!(callback.contains("wx5f2c8a1d9e3b7046"), "{callback}");
        assert!(parameters.contains_key("/local/accounts"));
    }
}
