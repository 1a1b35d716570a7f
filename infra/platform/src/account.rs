//! The accounts the platform plays: what the console knows about each, and how it is changed.

use crate::{
    account_data::AccountData,
    crypto::AesKey,
    quota::Usage,
    refusal::Refusal,
    tokens::{Ledger, Lifetimes},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, net::IpAddr};

/// How pushes of an account are protected (protocol 1.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Clear bodies, three-part signature.
    #[default]
    Plain,
    /// The clear body and the encrypted one side by side.
    Compatible,
    /// Encrypted bodies only.
    Safe,
}

/// What kind of Official Account it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 服务号.
    #[default]
    Service,
    /// 订阅号.
    Subscription,
}

/// Whether the company behind an account is verified (微信认证); with the kind it decides what may be called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// 已认证.
    #[default]
    Verified,
    /// 未认证, or of a person.
    Unverified,
}

/// An account to register. `app_id`, `app_secret`, `original_id` and `token` are required.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountSetup {
    /// Name for people; the app id when empty.
    #[serde(default)]
    pub name: String,
    /// `wx…`
    pub app_id: String,
    /// Secret of the token endpoints.
    pub app_secret: String,
    /// `gh_…`, the ToUserName of every push.
    pub original_id: String,
    /// Service or subscription account.
    #[serde(default)]
    pub kind: Kind,
    /// Verified or not.
    #[serde(default)]
    pub class: Class,
    /// Token of the callback signatures.
    pub token: String,
    /// Protection of pushes.
    #[serde(default)]
    pub mode: Mode,
    /// 43 letters or digits; needed by the compatible and the safe mode.
    #[serde(default)]
    pub encoding_aes_key: String,
    /// The former key, still accepted in replies.
    #[serde(default)]
    pub previous_encoding_aes_key: String,
    /// Where pushes go (http only); empty: pushes are refused.
    #[serde(default)]
    pub callback_url: String,
    /// Addresses that may fetch tokens; empty: any.
    #[serde(default)]
    pub ip_whitelist: Vec<IpAddr>,
}

impl fmt::Debug for AccountSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("AccountSetup");
        shown
            .field("name", &self.name)
            .field("app_id", &self.app_id)
            .field("mode", &self.mode);
        shown
            .field("callback_url", &self.callback_url)
            .finish_non_exhaustive()
    }
}

/// Changes to an account at run time; what is absent stays.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccountChange {
    /// Protection of pushes.
    pub mode: Option<Mode>,
    /// Service or subscription account.
    pub kind: Option<Kind>,
    /// Verified or not.
    pub class: Option<Class>,
    /// Token of the callback signatures.
    pub token: Option<String>,
    /// Secret of the token endpoints.
    pub app_secret: Option<String>,
    /// A new key: the present one becomes the previous one, as in the console.
    pub encoding_aes_key: Option<String>,
    /// The former key itself; empty forgets it.
    pub previous_encoding_aes_key: Option<String>,
    /// Where pushes go; empty: nowhere.
    pub callback_url: Option<String>,
    /// Addresses that may fetch tokens; empty: any.
    pub ip_whitelist: Option<Vec<IpAddr>>,
    /// Life of access tokens issued from now on, in seconds (7200).
    pub token_lifetime_s: Option<u32>,
    /// How long the former token works beside a new one, in seconds (300).
    pub token_overlap_s: Option<u32>,
    /// Life of tickets issued from now on, in seconds (7200).
    pub ticket_lifetime_s: Option<u32>,
    /// Calls a Beijing day by path, over the built-in ones.
    pub daily_limits: Option<BTreeMap<String, u64>>,
    /// Calls a minute by path, over the built-in ones.
    pub minute_limits: Option<BTreeMap<String, u64>>,
}

/// What the control API shows of an account: no secret, no key, no token.
#[derive(Clone, Debug, Serialize)]
pub struct AccountView {
    /// Name for people.
    pub name: String,
    /// `wx…`
    pub app_id: String,
    /// `gh_…`
    pub original_id: String,
    /// Service or subscription account.
    pub kind: Kind,
    /// Verified or not.
    pub class: Class,
    /// Protection of pushes.
    pub mode: Mode,
    /// Whether a former key is kept.
    pub has_previous_key: bool,
    /// Where pushes go.
    pub callback_url: String,
    /// Addresses that may fetch tokens.
    pub ip_whitelist: Vec<IpAddr>,
    /// Life of new access tokens in seconds.
    pub token_lifetime_s: u32,
    /// Overlap of old and new token in seconds.
    pub token_overlap_s: u32,
    /// Life of new tickets in seconds.
    pub ticket_lifetime_s: u32,
}

/// An account as it lives on the platform.
pub(crate) struct Account {
    pub(crate) setup: AccountSetup,
    pub(crate) keys: Keys,
    pub(crate) token_lifetime_s: u32,
    pub(crate) token_overlap_s: u32,
    pub(crate) ticket_lifetime_s: u32,
    pub(crate) tokens: Ledger,
    pub(crate) tickets: BTreeMap<String, (String, i64)>,
    pub(crate) usage: Usage,
    pub(crate) data: AccountData,
}

/// The keys of an account: the present one first.
#[derive(Clone, Default)]
pub(crate) struct Keys {
    pub(crate) current: Option<AesKey>,
    pub(crate) previous: Option<AesKey>,
}

impl Account {
    pub(crate) fn new(mut setup: AccountSetup) -> Result<Self, Refusal> {
        if setup.name.is_empty() {
            setup.name.clone_from(&setup.app_id);
        }
        let keys = check(&setup)?;
        Ok(Self {
            setup,
            keys,
            token_lifetime_s: 7_200,
            token_overlap_s: 300,
            ticket_lifetime_s: 7_200,
            tokens: Ledger::default(),
            tickets: BTreeMap::new(),
            usage: Usage::default(),
            data: AccountData::default(),
        })
    }

    /// Applies a change whole or not at all.
    pub(crate) fn change(&mut self, change: AccountChange) -> Result<(), Refusal> {
        let mut setup = self.setup.clone();
        if let Some(key) = change.encoding_aes_key {
            setup.previous_encoding_aes_key = std::mem::replace(&mut setup.encoding_aes_key, key);
        }
        set(
            &mut setup.previous_encoding_aes_key,
            change.previous_encoding_aes_key,
        );
        set(&mut setup.mode, change.mode);
        set(&mut setup.kind, change.kind);
        set(&mut setup.class, change.class);
        set(&mut setup.token, change.token);
        set(&mut setup.app_secret, change.app_secret);
        set(&mut setup.callback_url, change.callback_url);
        set(&mut setup.ip_whitelist, change.ip_whitelist);
        self.keys = check(&setup)?;
        self.setup = setup;
        set(&mut self.token_lifetime_s, change.token_lifetime_s);
        set(&mut self.token_overlap_s, change.token_overlap_s);
        set(&mut self.ticket_lifetime_s, change.ticket_lifetime_s);
        self.usage.limit(
            change.daily_limits.unwrap_or_default(),
            change.minute_limits.unwrap_or_default(),
        );
        Ok(())
    }

    pub(crate) fn lifetimes(&self) -> Lifetimes {
        let ms = |seconds: u32| i64::from(seconds) * 1_000;
        Lifetimes {
            token_ms: ms(self.token_lifetime_s),
            overlap_ms: ms(self.token_overlap_s),
        }
    }

    pub(crate) fn view(&self) -> AccountView {
        AccountView {
            name: self.setup.name.clone(),
            app_id: self.setup.app_id.clone(),
            original_id: self.setup.original_id.clone(),
            kind: self.setup.kind,
            class: self.setup.class,
            mode: self.setup.mode,
            has_previous_key: self.keys.previous.is_some(),
            callback_url: self.setup.callback_url.clone(),
            ip_whitelist: self.setup.ip_whitelist.clone(),
            token_lifetime_s: self.token_lifetime_s,
            token_overlap_s: self.token_overlap_s,
            ticket_lifetime_s: self.ticket_lifetime_s,
        }
    }
}

fn set<T>(field: &mut T, change: Option<T>) {
    if let Some(value) = change {
        *field = value;
    }
}

/// Checks the console's rules and reads the keys.
fn check(setup: &AccountSetup) -> Result<Keys, Refusal> {
    let required = [
        ("app_id", &setup.app_id),
        ("app_secret", &setup.app_secret),
        ("original_id", &setup.original_id),
        ("token", &setup.token),
    ];
    if let Some((field, _)) = required.iter().find(|(_, value)| value.is_empty()) {
        return Err(Refusal::field(*field, "must not be empty"));
    }
    let url = &setup.callback_url;
    if !url.is_empty() && !url.starts_with("http://") {
        return Err(Refusal::field("callback_url", "must begin with http://"));
    }
    let current = key("encoding_aes_key", &setup.encoding_aes_key)?;
    let previous = key(
        "previous_encoding_aes_key",
        &setup.previous_encoding_aes_key,
    )?;
    if setup.mode != Mode::Plain && current.is_none() {
        return Err(Refusal::field(
            "encoding_aes_key",
            "needed by the compatible and the safe mode",
        ));
    }
    Ok(Keys { current, previous })
}

fn key(field: &str, text: &str) -> Result<Option<AesKey>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    let key =
        AesKey::parse(text).ok_or_else(|| Refusal::field(field, "must be 43 letters or digits"))?;
    Ok(Some(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) const KEY: &str = "kD7vQ2mXz9LrB4tYw8HsJ1cFpN6gEoUaI3RxV5TiZqG";

    fn setup() -> AccountSetup {
        AccountSetup {
            app_id: "wx1".into(),
            app_secret: "s".into(),
            original_id: "gh_1".into(),
            token: "t".into(),
            mode: Mode::Safe,
            encoding_aes_key: KEY.into(),
            ..AccountSetup::default()
        }
    }

    fn refused_field(setup: AccountSetup) -> String {
        match Account::new(setup) {
            Err(Refusal::Field { field, .. }) => field,
            _ => panic!("accepted"),
        }
    }

    #[test]
    fn a_faulty_setup_is_refused_by_field() {
        assert_eq!(
            refused_field(AccountSetup {
                token: String::new(),
                ..setup()
            }),
            "token"
        );
        assert_eq!(
            refused_field(AccountSetup {
                encoding_aes_key: "short".into(),
                ..setup()
            }),
            "encoding_aes_key"
        );
        assert_eq!(
            refused_field(AccountSetup {
                encoding_aes_key: String::new(),
                ..setup()
            }),
            "encoding_aes_key"
        );
        assert_eq!(
            refused_field(AccountSetup {
                callback_url: "ftp://x".into(),
                ..setup()
            }),
            "callback_url"
        );
    }

    #[test]
    fn a_new_key_makes_the_present_one_the_previous_one() {
        let mut account = Account::new(setup()).unwrap();
        let new = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        account
            .change(AccountChange {
                encoding_aes_key: Some(new.into()),
                ..AccountChange::default()
            })
            .unwrap();
        assert!(account.keys.previous == AesKey::parse(KEY));
        assert!(account.keys.current == AesKey::parse(new));
    }

    #[test]
    fn a_refused_change_changes_nothing() {
        let mut account = Account::new(setup()).unwrap();
        let change = AccountChange {
            token: Some("other".into()),
            callback_url: Some("nowhere".into()),
            ..AccountChange::default()
        };
        assert!(account.change(change).is_err());
        assert_eq!(account.setup.token, "t");
    }

    #[test]
    fn neither_debug_nor_view_shows_a_secret() {
        let secretive = AccountSetup {
            app_secret: "SECRET".into(),
            token: "TOKEN".into(),
            ..setup()
        };
        let view = serde_json::to_string(&Account::new(secretive.clone()).unwrap().view()).unwrap();
        for shown in [format!("{secretive:?}"), view] {
            assert!(!shown.contains("SECRET") && !shown.contains("TOKEN") && !shown.contains(KEY));
        }
    }
}
