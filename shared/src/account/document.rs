//! How accounts are written down, and every rule a document must keep.

mod fields;

pub use fields::{AccountError, FIELDS};

use super::{ANSWER_WITHIN_MS, Account, AccountName, assistant, is_parameter, settings};
use fields::{Fields, SecretText, named, of_value, wrong};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use wechat_oa::{
    callback::{Mode, ServerConfig, check_token},
    ids::{AppId, AppSecret, IdError, OriginalId},
};

/// What a user is told whose answer waits, unless the account says it otherwise.
const WAITING: &str = "正在思考，回复任意内容查看";

/// What stands below a piece of an answer, unless the account says it otherwise.
const MORE: &str = "（回复任意内容继续）";

/// A whole accounts file, checked.
#[derive(Debug, Clone)]
pub struct AccountsFile {
    /// The accounts in the order of their names.
    pub accounts: Vec<ListedAccount>,
}

/// One account of an accounts file, with the two SSM parameters it becomes.
#[derive(Debug, Clone)]
pub struct ListedAccount {
    pub account: Account,
    /// What only `token-refresh` may know.
    pub app_secret: AppSecret,
    /// Value of `/{prefix}/{name}/callback`.
    pub callback_parameter: SecretString,
    /// Value of `/{prefix}/{name}/secret`.
    pub secret_parameter: SecretString,
    /// Keys of assistants and secrets of the team's servers: values of `/{prefix}/{name}/…` by their last part.
    pub secrets: BTreeMap<String, SecretString>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretDocument {
    app_secret: SecretText,
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
        if let Some(first) = seen.insert(account.app_id(), &account.name) {
            let rule = format!("already used by account '{first}'");
            return Err(wrong(account.name.as_str(), "app_id", rule));
        }
    }
    Ok(())
}

impl ListedAccount {
    fn read(name: &str, value: toml::Value) -> Result<Self, AccountError> {
        let mut document = match serde_json::to_value(value) {
            Ok(Value::Object(fields)) => fields,
            _ => return Err(wrong(name, "document", "must be a table")),
        };
        let app_secret: SecretText = match document.remove("app_secret") {
            Some(value) => of_value(name, "app_secret", value)?,
            None => return Err(wrong(name, "app_secret", "missing")),
        };
        check_app_secret(name, &app_secret.0)?;
        let secrets = secrets(name, document.remove("secrets"))?;
        let account = Account::read(name, document.clone())?.sound()?;
        document.extend(account.to_json());
        Ok(Self {
            account,
            app_secret: AppSecret(app_secret.0.clone().into()),
            callback_parameter: to_json(name, &document)?.into(),
            secret_parameter: to_json(name, &SecretDocument { app_secret })?.into(),
            secrets,
        })
    }
}

fn secrets(
    account: &str,
    written: Option<Value>,
) -> Result<BTreeMap<String, SecretString>, AccountError> {
    let Some(written) = written else {
        return Ok(BTreeMap::new());
    };
    let all: BTreeMap<String, SecretText> = of_value(account, "secrets", written)?;
    let is_one = |name: &String| {
        ["assistant", "webhook"]
            .iter()
            .any(|what| is_parameter(&format!("/{name}"), what) && !name.contains('/'))
    };
    if let Some(name) = all.keys().find(|name| !is_one(name)) {
        let rule =
            format!("'{name}' must be 'assistant', 'webhook', or one of them with '-…' behind it");
        return Err(wrong(account, "secrets", rule));
    }
    let secret = |(name, SecretText(value)): (String, SecretText)| (name, value.into());
    Ok(all.into_iter().map(secret).collect())
}

impl Account {
    /// Reads the JSON of the SSM parameter `/{prefix}/{name}/callback`. What callbacks do not need
    /// may be wrong: [`faults`](Self::faults) tells it.
    ///
    /// # Errors
    /// The first rule broken that callbacks cannot do without, with the field.
    pub fn from_parameter(name: &AccountName, json: &str) -> Result<Self, AccountError> {
        let name = name.as_str();
        let mut document: Map<String, Value> =
            serde_json::from_str(json).map_err(|e| wrong(name, "document", e.to_string()))?;
        let misplaced = [
            (
                "app_secret",
                "belongs into the parameter '…/secret', which only token-refresh may read",
            ),
            (
                "secrets",
                "belong into parameters of their own, '…/assistant' and '…/webhook', which only forward may read",
            ),
        ];
        let found = misplaced.map(|(field, rule)| document.remove(field).map(|_| (field, rule)));
        let mut account = Self::read(name, document)?;
        let faults = found.into_iter().flatten();
        account
            .unknown
            .extend(faults.map(|(field, rule)| wrong(name, field, rule)));
        Ok(account)
    }

    /// The account, if nothing at all is wrong with it: what is written down must be right.
    ///
    /// # Errors
    /// The first rule broken, with the field.
    pub fn sound(self) -> Result<Self, AccountError> {
        let fault = self.faults().next().cloned();
        fault.map_or(Ok(self), Err)
    }

    fn read(account: &str, document: Map<String, Value>) -> Result<Self, AccountError> {
        let mut fields = Fields { account, document };
        let unknown = fields.unknown();
        let id = |field: &'static str| move |e: IdError| wrong(account, field, e.to_string());
        let token: SecretText = fields.needed("token")?;
        check_token(&token.0).map_err(id("token"))?;
        let mode = fields.needed("mode")?;
        let encoding_aes_key = fields.key("encoding_aes_key")?;
        if mode != Mode::Plain && encoding_aes_key.is_none() {
            let rule = "needed in compatible and safe mode";
            return Err(wrong(account, "encoding_aes_key", rule));
        }
        let lanes = settings::lanes(fields.document.get("pace"));
        let server = ServerConfig {
            app_id: AppId::try_from(fields.needed::<String>("app_id")?).map_err(id("app_id"))?,
            token: token.0.into(),
            mode,
            encoding_aes_key,
            previous_encoding_aes_key: fields.key("previous_encoding_aes_key")?,
            timestamp_window_s: fields.optional("timestamp_window_s")?.unwrap_or(600),
        };
        Ok(Self {
            name: AccountName::try_from(account).map_err(id("name"))?,
            server,
            original_id: OriginalId::try_from(fields.needed::<String>("original_id")?)
                .map_err(id("original_id"))?,
            class: fields.optional("class")?.unwrap_or_default(),
            late_reply: fields.optional("late_reply")?.unwrap_or_default(),
            waiting: fields.optional("waiting")?.unwrap_or_default(),
            waiting_text: (fields
                .checked("waiting_text", |text: &String| settings::waiting_text(text))?)
            .unwrap_or_else(|| WAITING.to_owned()),
            more_text: (fields.checked("more_text", |text: &String| settings::more_text(text))?)
                .unwrap_or_else(|| MORE.to_owned()),
            numbered_pieces: fields.optional("numbered_pieces")?.unwrap_or_default(),
            lanes,
            kind: fields.needed("kind").into(),
            pace: fields.setting("pace", settings::pace).into(),
            token_api: fields.setting("token_api", |_| Ok(())).into(),
            api_hosts: fields
                .checked("api_hosts", |h: &Vec<_>| settings::api_hosts(h))
                .map(|hosts| hosts.unwrap_or_else(settings::own_hosts))
                .into(),
            allowances: fields.setting("allowances", settings::allowances).into(),
            caps: fields.setting("caps", settings::caps).into(),
            long_term_templates: fields
                .setting("long_term_templates", |t: &Vec<_>| settings::templates(t))
                .into(),
            mass: fields.setting("mass", settings::mass).into(),
            web: fields.setting("web", settings::web).into(),
            assistants: fields.setting("assistants", assistant::check).into(),
            answer_within_ms: fields
                .checked("answer_within_ms", settings::answer_within)
                .map(|ms| ms.unwrap_or(ANSWER_WITHIN_MS))
                .into(),
            only_from_wechat: fields.setting("only_from_wechat", |_| Ok(())).into(),
            unknown,
        })
    }

    /// Every setting, as it is written where somebody may look it up.
    fn to_json(&self) -> Map<String, Value> {
        let window_s = Ok(&self.server.timestamp_window_s);
        let templates = self.long_term_templates.get();
        let settings = [
            ("pace", to_value(self.pace.get())),
            ("class", to_value(Ok(&self.class))),
            ("late_reply", to_value(Ok(&self.late_reply))),
            ("waiting", to_value(Ok(&self.waiting))),
            ("waiting_text", to_value(Ok(&self.waiting_text))),
            ("more_text", to_value(Ok(&self.more_text))),
            ("numbered_pieces", to_value(Ok(&self.numbered_pieces))),
            ("answer_within_ms", to_value(self.answer_within_ms.get())),
            ("only_from_wechat", to_value(self.only_from_wechat.get())),
            ("timestamp_window_s", to_value(window_s)),
            ("token_api", to_value(self.token_api.get())),
            ("api_hosts", to_value(self.api_hosts.get())),
            ("allowances", to_value(self.allowances.get())),
            ("caps", to_value(self.caps.get())),
            ("long_term_templates", to_value(templates)),
            ("mass", to_value(self.mass.get())),
            ("web", to_value(self.web.get())),
            ("assistants", to_value(self.assistants.get())),
        ];
        let of = |(name, value): (&str, Option<Value>)| Some((name.to_owned(), value?));
        settings.into_iter().filter_map(of).collect()
    }
}

fn to_value<T: Serialize>(setting: Result<&T, AccountError>) -> Option<Value> {
    serde_json::to_value(setting.ok()?).ok()
}

impl Account {
    /// Reads the app secret from the JSON of the SSM parameter `/{prefix}/{name}/secret`.
    ///
    /// # Errors
    /// The rule broken, with the field.
    pub fn app_secret_from_parameter(
        name: &AccountName,
        json: &str,
    ) -> Result<AppSecret, AccountError> {
        let name = name.as_str();
        let mut json = serde_json::Deserializer::from_str(json);
        let document: SecretDocument =
            serde_path_to_error::deserialize(&mut json).map_err(|e| named(name, "", &e))?;
        check_app_secret(name, &document.app_secret.0)?;
        Ok(AppSecret(document.app_secret.0.into()))
    }
}

fn check_app_secret(account: &str, secret: &str) -> Result<(), AccountError> {
    AppSecret::parse(secret)
        .map(drop)
        .map_err(|e| wrong(account, "app_secret", e.to_string()))
}

fn to_json(account: &str, document: &impl Serialize) -> Result<String, AccountError> {
    serde_json::to_string(document).map_err(|e| wrong(account, "document", e.to_string()))
}

#[cfg(test)]
mod tests;
