//! The fields of an account's document, and what is wrong with one.

use crate::account::settings::Broken;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use thiserror::Error;
use wechat_oa::callback::EncodingAesKey;

/// The fields of an account in an accounts file.
pub const FIELDS: [&str; 27] = [
    "app_id",
    "original_id",
    "kind",
    "class",
    "token",
    "mode",
    "encoding_aes_key",
    "previous_encoding_aes_key",
    "pace",
    "late_reply",
    "waiting",
    "waiting_text",
    "more_text",
    "numbered_pieces",
    "answer_within_ms",
    "only_from_wechat",
    "timestamp_window_s",
    "token_api",
    "api_hosts",
    "allowances",
    "caps",
    "long_term_templates",
    "mass",
    "web",
    "assistants",
    "app_secret",
    "secrets",
];

/// A document that does not describe an account, with the place and the rule it breaks.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AccountError {
    /// The accounts file is no TOML, or lacks its `[accounts.<name>]` tables.
    #[error("accounts file: {reason}")]
    File {
        /// What is wrong, with line and column where known.
        reason: String,
    },
    /// One field of one account.
    #[error("account '{account}': {field}: {rule}")]
    Field {
        account: String,
        /// The field, as a path.
        field: String,
        rule: String,
    },
}

/// A text whose type is all that an error tells of it.
#[derive(Serialize, Deserialize)]
#[serde(try_from = "Value", into = "String")]
#[derive(Clone)]
pub(super) struct SecretText(pub(super) String);

impl TryFrom<Value> for SecretText {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        match value {
            Value::String(text) => Ok(Self(text)),
            _ => Err("must be a text"),
        }
    }
}

impl From<SecretText> for String {
    fn from(text: SecretText) -> Self {
        text.0
    }
}

/// The fields of a document that are not read yet.
pub(super) struct Fields<'a> {
    pub(super) account: &'a str,
    pub(super) document: Map<String, Value>,
}

impl Fields<'_> {
    pub(super) fn unknown(&self) -> Vec<AccountError> {
        let unknown = |field: &&String| !FIELDS.contains(&field.as_str());
        let unknown = self.document.keys().filter(unknown);
        let error = |field: &String| {
            let rule = format!("unknown field; the fields are {}", FIELDS.join(", "));
            wrong(self.account, field, rule)
        };
        unknown.map(error).collect()
    }

    pub(super) fn optional<T: DeserializeOwned>(
        &mut self,
        field: &str,
    ) -> Result<Option<T>, AccountError> {
        match self.document.remove(field) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => of_value(self.account, field, value).map(Some),
        }
    }

    pub(super) fn needed<T: DeserializeOwned>(&mut self, field: &str) -> Result<T, AccountError> {
        let value = self.optional(field)?;
        value.ok_or_else(|| wrong(self.account, field, "missing"))
    }

    pub(super) fn key(&mut self, field: &str) -> Result<Option<EncodingAesKey>, AccountError> {
        let text: Option<SecretText> = self.optional(field)?;
        let key = text.map(|text| EncodingAesKey::parse(&text.0)).transpose();
        key.map_err(|e| wrong(self.account, field, e.to_string()))
    }

    pub(super) fn checked<T: DeserializeOwned>(
        &mut self,
        field: &str,
        check: impl Fn(&T) -> Result<(), Broken>,
    ) -> Result<Option<T>, AccountError> {
        let Some(value) = self.optional(field)? else {
            return Ok(None);
        };
        check(&value).map_err(|Broken { part, rule }| {
            let field = match part {
                "" => field.to_owned(),
                part => format!("{field}.{part}"),
            };
            wrong(self.account, &field, rule)
        })?;
        Ok(Some(value))
    }

    pub(super) fn setting<T: DeserializeOwned + Default>(
        &mut self,
        field: &str,
        check: impl Fn(&T) -> Result<(), Broken>,
    ) -> Result<T, AccountError> {
        Ok(self.checked(field, check)?.unwrap_or_default())
    }
}

pub(super) fn wrong(account: &str, field: &str, rule: impl Into<String>) -> AccountError {
    AccountError::Field {
        account: account.to_owned(),
        field: field.to_owned(),
        rule: rule.into(),
    }
}

/// Names the field in the error; a secret's value is never repeated.
pub(super) fn of_value<T: DeserializeOwned>(
    account: &str,
    field: &str,
    value: Value,
) -> Result<T, AccountError> {
    serde_path_to_error::deserialize(value).map_err(|e| named(account, field, &e))
}

pub(super) fn named<E: std::fmt::Display>(
    account: &str,
    field: &str,
    error: &serde_path_to_error::Error<E>,
) -> AccountError {
    let part = match error.path().to_string() {
        path if path == "." => String::new(),
        path => path,
    };
    let field = match (field, part.as_str()) {
        ("", "") => "document".to_owned(),
        (field, "") | ("", field) => field.to_owned(),
        (field, part) if part.starts_with('[') => format!("{field}{part}"),
        (field, part) => format!("{field}.{part}"),
    };
    wrong(account, &field, error.inner().to_string())
}
