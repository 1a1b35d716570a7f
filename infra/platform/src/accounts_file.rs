//! Reads the fields the platform needs from the product's accounts file.

use crate::account::{AccountSetup, Class, Kind, Mode};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Why an accounts file is not read.
#[derive(Debug, thiserror::Error)]
#[error("accounts file: {0}")]
pub struct AccountsFileError(#[from] toml::de::Error);

#[derive(Deserialize)]
struct File {
    accounts: BTreeMap<String, Entry>,
}

/// What else stands in an account is the product's business and is passed over.
#[derive(Deserialize)]
struct Entry {
    app_id: String,
    original_id: String,
    #[serde(default)]
    kind: Kind,
    #[serde(default)]
    class: Class,
    app_secret: String,
    token: String,
    #[serde(default)]
    mode: Mode,
    #[serde(default)]
    encoding_aes_key: String,
    #[serde(default)]
    previous_encoding_aes_key: String,
    #[serde(default)]
    callback_url: String,
}

/// The accounts of a file, `[accounts.<name>]` tables, with `callback_url` as an addition of ours.
pub fn read_accounts(text: &str) -> Result<Vec<AccountSetup>, AccountsFileError> {
    let file: File = toml::from_str(text)?;
    Ok(file
        .accounts
        .into_iter()
        .map(|(name, entry)| entry.named(name))
        .collect())
}

impl Entry {
    fn named(self, name: String) -> AccountSetup {
        AccountSetup {
            name,
            app_id: self.app_id,
            app_secret: self.app_secret,
            original_id: self.original_id,
            kind: self.kind,
            class: self.class,
            token: self.token,
            mode: self.mode,
            encoding_aes_key: self.encoding_aes_key,
            previous_encoding_aes_key: self.previous_encoding_aes_key,
            callback_url: self.callback_url,
            ip_whitelist: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_the_product_are_passed_over() {
        let text = r#"
            [accounts.demo]
            app_id = "wx1"
            original_id = "gh_1"
            app_secret = "s"
            token = "t"
            class = "unverified"
            mode = "compatible"
            encoding_aes_key = "kD7vQ2mXz9LrB4tYw8HsJ1cFpN6gEoUaI3RxV5TiZqG"
            pace = { per_minute = 600, lanes = 4 }
            late_reply = "hold"
            callback_url = "http://127.0.0.1:9000/callback/demo"
        "#;
        let accounts = read_accounts(text).unwrap();
        assert_eq!(
            (
                accounts[0].name.as_str(),
                accounts[0].mode,
                accounts[0].class
            ),
            ("demo", Mode::Compatible, Class::Unverified)
        );
        assert!(
            read_accounts("[accounts.demo]\napp_id = \"wx1\"")
                .unwrap_err()
                .to_string()
                .contains("original_id")
        );
    }
}
