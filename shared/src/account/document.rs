//! How accounts are written down, and every rule a document must keep.

use super::{
    Account, AccountName, Allowances, AppId, AppSecret, EncodingAesKey, Kind, LateReply,
    MassLimits, Mode, OriginalId, Pace, TokenApi, Web, check_token,
};
use crate::{
    sends::quiet::QuietTimes,
    web::{address, verify},
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize, de::IntoDeserializer as _};
use std::collections::BTreeMap;
use thiserror::Error;

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
        /// The account's name.
        account: String,
        /// The field, as a path.
        field: String,
        /// The rule it breaks.
        rule: String,
    },
}

/// A whole accounts file, checked.
#[derive(Debug, Clone)]
pub struct AccountsFile {
    /// The accounts in the order of their names.
    pub accounts: Vec<ListedAccount>,
}

/// One account of an accounts file, with the two SSM parameters it becomes.
#[derive(Debug, Clone)]
pub struct ListedAccount {
    /// The account.
    pub account: Account,
    /// What only `token-refresh` may know.
    pub app_secret: AppSecret,
    /// Value of `/{prefix}/{name}/callback`.
    pub callback_parameter: SecretString,
    /// Value of `/{prefix}/{name}/secret`.
    pub secret_parameter: SecretString,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    app_id: String,
    original_id: String,
    kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_secret: Option<String>,
    token: String,
    mode: Mode,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding_aes_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_encoding_aes_key: Option<String>,
    #[serde(default)]
    pace: Pace,
    #[serde(default)]
    late_reply: LateReply,
    #[serde(default = "ten_minutes")]
    timestamp_window_s: u32,
    #[serde(default)]
    token_api: TokenApi,
    #[serde(default = "api_hosts")]
    api_hosts: Vec<String>,
    #[serde(default)]
    allowances: Allowances,
    #[serde(default)]
    long_term_templates: Vec<String>,
    #[serde(default)]
    mass: MassLimits,
    #[serde(default)]
    web: Web,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretDocument {
    app_secret: String,
}

fn ten_minutes() -> u32 {
    600
}

fn api_hosts() -> Vec<String> {
    vec![
        "api.weixin.qq.com".to_owned(),
        "api2.weixin.qq.com".to_owned(),
    ]
}

impl AccountsFile {
    /// Reads an accounts file (TOML, one `[accounts.<name>]` table each) and checks every account.
    ///
    /// # Errors
    /// The first rule broken, with the account and the field.
    pub fn parse(text: &str) -> Result<Self, AccountError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            accounts: BTreeMap<String, toml::Value>,
        }
        let file: File = toml::from_str(text).map_err(|e| AccountError::File {
            reason: e.to_string(),
        })?;
        let accounts = file
            .accounts
            .into_iter()
            .map(|(name, value)| ListedAccount::read(&name, value))
            .collect::<Result<Vec<_>, _>>()?;
        if accounts.is_empty() {
            let reason = "at least one [accounts.<name>] table is needed".to_owned();
            return Err(AccountError::File { reason });
        }
        refuse_shared_app_ids(&accounts)?;
        Ok(Self { accounts })
    }
}

fn refuse_shared_app_ids(accounts: &[ListedAccount]) -> Result<(), AccountError> {
    let mut seen = BTreeMap::new();
    for listed in accounts {
        let account = &listed.account;
        if let Some(first) = seen.insert(&account.app_id, &account.name) {
            let rule = format!("already used by account '{first}'");
            return Err(wrong(account.name.as_str(), "app_id", rule));
        }
    }
    Ok(())
}

impl ListedAccount {
    fn read(name: &str, value: toml::Value) -> Result<Self, AccountError> {
        let mut document: Document = read_fields(name, value.into_deserializer())?;
        let app_secret = document
            .app_secret
            .take()
            .ok_or_else(|| wrong(name, "app_secret", "missing"))?;
        check_app_secret(name, &app_secret)?;
        let callback_parameter = to_json(name, &document)?.into();
        let account = document.check(name)?;
        let secret_parameter = to_json(
            name,
            &SecretDocument {
                app_secret: app_secret.clone(),
            },
        )?
        .into();
        Ok(Self {
            account,
            app_secret: AppSecret(app_secret.into()),
            callback_parameter,
            secret_parameter,
        })
    }
}

impl Account {
    /// Reads the JSON of the SSM parameter `/{prefix}/{name}/callback`.
    ///
    /// # Errors
    /// The first rule broken, with the field.
    pub fn from_parameter(name: &AccountName, json: &str) -> Result<Self, AccountError> {
        let document: Document =
            read_fields(name.as_str(), &mut serde_json::Deserializer::from_str(json))?;
        if document.app_secret.is_some() {
            let rule = "belongs into the parameter '…/secret', which only token-refresh may read";
            return Err(wrong(name.as_str(), "app_secret", rule));
        }
        document.check(name.as_str())
    }
}

impl AppSecret {
    /// Reads the JSON of the SSM parameter `/{prefix}/{name}/secret`.
    ///
    /// # Errors
    /// The rule broken, with the field.
    pub fn from_parameter(name: &AccountName, json: &str) -> Result<Self, AccountError> {
        let document: SecretDocument =
            read_fields(name.as_str(), &mut serde_json::Deserializer::from_str(json))?;
        check_app_secret(name.as_str(), &document.app_secret)?;
        Ok(Self(document.app_secret.into()))
    }
}

impl Document {
    fn check(self, account: &str) -> Result<Account, AccountError> {
        let field =
            |field: &'static str| move |e: super::IdError| wrong(account, field, e.to_string());
        check_token(&self.token).map_err(field("token"))?;
        self.check_key_presence(account)?;
        self.check_pace(account)?;
        self.check_web(account)?;
        let key = |text: Option<String>, name| {
            text.map(|k| EncodingAesKey::parse(&k))
                .transpose()
                .map_err(field(name))
        };
        Ok(Account {
            name: AccountName::try_from(account).map_err(field("name"))?,
            app_id: AppId::try_from(self.app_id).map_err(field("app_id"))?,
            original_id: OriginalId::try_from(self.original_id).map_err(field("original_id"))?,
            kind: self.kind,
            token: self.token.into(),
            mode: self.mode,
            encoding_aes_key: key(self.encoding_aes_key, "encoding_aes_key")?,
            previous_encoding_aes_key: key(
                self.previous_encoding_aes_key,
                "previous_encoding_aes_key",
            )?,
            pace: self.pace,
            late_reply: self.late_reply,
            timestamp_window_s: self.timestamp_window_s,
            token_api: self.token_api,
            api_hosts: self.api_hosts,
            allowances: self.allowances,
            long_term_templates: self.long_term_templates,
            mass: self.mass,
            web: self.web,
        })
    }

    fn check_key_presence(&self, account: &str) -> Result<(), AccountError> {
        let fits = self.mode == Mode::Plain || self.encoding_aes_key.is_some();
        ensure(
            fits,
            account,
            "encoding_aes_key",
            "needed in compatible and safe mode",
        )
    }

    fn check_web(&self, account: &str) -> Result<(), AccountError> {
        let web = &self.web;
        ensure(
            web.domains.iter().all(|domain| address::is_domain(domain)),
            account,
            "web.domains",
            "must be hosts, perhaps with a port, without https:// and path",
        )?;
        let plain = |id: &String| {
            id.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        };
        ensure(
            web.template_ids
                .iter()
                .all(|id| !id.is_empty() && plain(id)),
            account,
            "web.template_ids",
            "must be letters, digits, '-' and '_'",
        )?;
        ensure(
            web.verify_files
                .keys()
                .all(|name| verify::is_file_name(name)),
            account,
            "web.verify_files",
            "must be named MP_verify_….txt or WW_verify_….txt",
        )
    }

    fn check_pace(&self, account: &str) -> Result<(), AccountError> {
        let pace = &self.pace;
        ensure(
            pace.per_minute >= 1,
            account,
            "pace.per_minute",
            "must be at least 1",
        )?;
        ensure(
            (1..=256).contains(&pace.lanes),
            account,
            "pace.lanes",
            "must be 1 to 256",
        )?;
        let [from, to] = pace.jitter_ms;
        ensure(
            from <= to,
            account,
            "pace.jitter_ms",
            "must be [from, to] with from <= to",
        )?;
        if let Some(quiet) = &pace.quiet_hours {
            QuietTimes::of(quiet)
                .map(drop)
                .map_err(|rule| wrong(account, "pace.quiet_hours", rule))?;
        }
        ensure(
            !self.api_hosts.is_empty(),
            account,
            "api_hosts",
            "must name at least one host",
        )
    }
}

fn check_app_secret(account: &str, secret: &str) -> Result<(), AccountError> {
    AppSecret::parse(secret)
        .map(drop)
        .map_err(|e| wrong(account, "app_secret", e.to_string()))
}

fn ensure(fits: bool, account: &str, field: &str, rule: &str) -> Result<(), AccountError> {
    if fits {
        Ok(())
    } else {
        Err(wrong(account, field, rule))
    }
}

fn wrong(account: &str, field: &str, rule: impl Into<String>) -> AccountError {
    AccountError::Field {
        account: account.to_owned(),
        field: field.to_owned(),
        rule: rule.into(),
    }
}

/// Names the field in the error; the value itself is never repeated, it may be a secret.
fn read_fields<'de, T, D>(account: &str, source: D) -> Result<T, AccountError>
where
    T: Deserialize<'de>,
    D: serde::Deserializer<'de>,
    D::Error: std::fmt::Display,
{
    serde_path_to_error::deserialize(source).map_err(|e| {
        let field = match e.path().to_string() {
            path if path == "." => "document".to_owned(),
            path => path,
        };
        wrong(account, &field, e.inner().to_string())
    })
}

fn to_json(account: &str, document: &impl Serialize) -> Result<String, AccountError> {
    serde_json::to_string(document).map_err(|e| wrong(account, "document", e.to_string()))
}

#[cfg(test)]
mod tests;
