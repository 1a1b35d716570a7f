//! The accounts served: who they are, how their pushes are sealed, how they like to be treated.
//!
//! An account is written down twice: in an accounts file on a laptop, and as JSON in two SSM
//! parameters in the cloud. [`AccountsFile::parse`] and [`Account::from_parameter`] read them with the
//! same rules. What callbacks need must be right for an account to exist; every other [`Setting`] may
//! be wrong on its own, and is then missing only where it is needed.
//!
//! ```
//! use shared::account::AccountsFile;
//!
//! let file = AccountsFile::parse(r#"
//!     [accounts.shop]
//!     app_id = "wx5f2c8a1d9e3b7046"
//!     original_id = "gh_7d31c0a94be2"
//!     kind = "service"
//!     token = "spamtest"
//!     mode = "plain"
//!     app_secret = "0123456789abcdef0123456789abcdef"
//! "#).unwrap();
//! assert_eq!(file.accounts[0].account.name.as_str(), "shop");
//!
//! let wrong = AccountsFile::parse("[accounts.shop]").unwrap_err();
//! assert_eq!(wrong.to_string(), "account 'shop': app_secret: missing");
//! ```

mod assistant;
mod document;
mod names;
mod permission;
mod setting;
mod settings;

pub(crate) use assistant::is_parameter;
pub use assistant::{Assistant, Assistants};
pub use document::{AccountError, AccountsFile, FIELDS, ListedAccount};
pub use names::Names;
pub use setting::Setting;
pub use settings::ANSWER_WITHIN_MS;

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};
use wechat_oa::{
    callback::ServerConfig,
    ids::{AppId, OriginalId},
};

wechat_oa::id!(
    /// The name of an account in routes and parameter paths, chosen by the team.
    AccountName,
    "1 to 64 letters, digits, '-' or '_'",
    |text| (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
);

/// One Official Account, everything about it but its app secret.
#[derive(Debug, Clone)]
pub struct Account {
    /// The name in routes and parameters, chosen by the team.
    pub name: AccountName,
    /// The id in `ToUserName` of every push, `gh_…`.
    pub original_id: OriginalId,
    /// Subscription account or service account; limits differ.
    pub kind: Setting<Kind>,
    /// Whether the account is verified: with its kind, what it may call.
    pub class: Class,
    /// The console's server configuration (服务器配置): how pushes are signed and sealed.
    pub server: ServerConfig,
    /// How fast this account may send.
    pub pace: Setting<Pace>,
    /// The lanes of that pace, which every sender has to agree on; the default where they do not read.
    pub lanes: u16,
    /// What happens when an answer is not ready in time.
    pub late_reply: LateReply,
    /// When a user whose answer is late is told that it waits.
    pub waiting: Waiting,
    /// How that is said.
    pub waiting_text: String,
    /// What stands below a piece of an answer when the next one is to be collected; may be empty.
    pub more_text: String,
    /// Whether the pieces of a long answer are numbered.
    pub numbered_pieces: bool,
    /// How long an attempt of WeChat's may take from its arrival to its answer, 1,000 to 4,800: the rest
    /// of WeChat's five seconds is for the way there and back.
    pub answer_within_ms: Setting<u16>,
    /// Whether pushes from other addresses than WeChat's are refused.
    pub only_from_wechat: Setting<bool>,
    /// Which call fetches the access token.
    pub token_api: Setting<TokenApi>,
    /// WeChat's API hosts in order of preference; the next one is tried on a connect failure.
    pub api_hosts: Setting<Vec<String>>,
    /// How many service messages WeChat takes after what a user did.
    pub allowances: Setting<Allowances>,
    /// How many messages of a kind one user gets a day.
    pub caps: Setting<Caps>,
    /// Subscription templates whose consent is not used up by sending.
    pub long_term_templates: Setting<Vec<String>>,
    /// How often the account may call for mass sends.
    pub mass: Setting<MassLimits>,
    /// Settings of the web pages.
    pub web: Setting<Web>,
    /// Who answers followers where a rule asks an assistant.
    pub assistants: Setting<Assistants>,
    /// Fields that no setting has.
    unknown: Vec<AccountError>,
}

impl Account {
    /// The id WeChat gave the account, `wx…`.
    pub fn app_id(&self) -> &AppId {
        &self.server.app_id
    }

    /// Everything that is wrong beside what callbacks need, field by field.
    pub fn faults(&self) -> impl Iterator<Item = &AccountError> {
        let settings = [
            self.kind.fault(),
            self.pace.fault(),
            self.token_api.fault(),
            self.api_hosts.fault(),
            self.allowances.fault(),
            self.caps.fault(),
            self.long_term_templates.fault(),
            self.mass.fault(),
            self.web.fault(),
            self.assistants.fault(),
            self.answer_within_ms.fault(),
            self.only_from_wechat.fault(),
        ];
        settings.into_iter().flatten().chain(&self.unknown)
    }

    /// This account with the settings of `before` in place of those that are wrong now.
    #[must_use]
    pub fn mended(mut self, before: &Self) -> Self {
        if self.pace.fault().is_some() {
            self.lanes = before.lanes;
        }
        self.kind.mend(&before.kind);
        self.pace.mend(&before.pace);
        self.token_api.mend(&before.token_api);
        self.api_hosts.mend(&before.api_hosts);
        self.allowances.mend(&before.allowances);
        self.caps.mend(&before.caps);
        self.long_term_templates.mend(&before.long_term_templates);
        self.mass.mend(&before.mass);
        self.web.mend(&before.web);
        self.assistants.mend(&before.assistants);
        self.answer_within_ms.mend(&before.answer_within_ms);
        self.only_from_wechat.mend(&before.only_from_wechat);
        self
    }

    /// What happens to a late answer: as the account wants it, or, where WeChat takes no service message of it, `continue`.
    pub fn late(&self) -> LateReply {
        match self.takes_service_messages() {
            true => self.late_reply,
            false => LateReply::Continue,
        }
    }

    /// How long an attempt may take; as long as usual where that setting is wrong.
    pub fn answer_within(&self) -> Duration {
        let set = self.answer_within_ms.get().copied();
        Duration::from_millis(set.unwrap_or(ANSWER_WITHIN_MS).into())
    }

    /// The hosts to call, in order; none where that setting is wrong.
    pub fn hosts(&self) -> &[String] {
        self.api_hosts.get().map_or(&[], Vec::as_slice)
    }
}

/// The kinds of Official Account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 订阅号, the subscription account: one mass send to all a day.
    Subscription,
    /// 服务号, the service account: four mass sends to all a month.
    Service,
}

/// Whether WeChat has verified the company behind an account (微信认证), as the console's 接口权限 shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// 已认证.
    #[default]
    Verified,
    /// 未认证, or of a person, who cannot be verified.
    Unverified,
}

/// When a user whose answer is late is told that it waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    /// After some five seconds: nobody waits longer.
    AtOnce,
    /// When WeChat's last attempt is over, after some fourteen seconds.
    #[default]
    AtLastAttempt,
}

/// What happens to an answer that misses WeChat's five seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LateReply {
    /// Acknowledge in time; the answer follows as a customer-service message.
    #[default]
    CustomerService,
    /// Let the attempt lapse, so that WeChat's own repeats collect the answer.
    Hold,
    /// As `hold`; the last attempt says that the answer waits, and what the user sends next collects it.
    Continue,
}

/// Which call fetches the access token (protocol section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TokenApi {
    /// `POST /cgi-bin/stable_token`: the same token for everyone who asks.
    #[default]
    Stable,
    /// `GET /cgi-bin/token`: every call makes the former token invalid.
    Classic,
}

/// How fast an account may send. Every lane has its equal share of calls a minute and a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Pace {
    /// Calls a minute, over all lanes.
    pub per_minute: u32,
    /// Lanes that send side by side; one receiver always uses the same lane. Change it only while
    /// nothing is on its way: receivers move to other lanes.
    pub lanes: u16,
    /// Least time between two receivers.
    pub gap_ms: u32,
    /// Random time added to the gap, from and to.
    pub jitter_ms: [u32; 2],
    /// Calls a day, from midnight to midnight in Beijing, as WeChat counts.
    pub per_day: u32,
    /// The hours in which nothing is sent; none when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<QuietHours>,
}

/// A part of each day in which nothing is sent; it may pass midnight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// When it begins, as `22:00`: two digits each.
    pub from: String,
    /// When it is over, `08:00`.
    pub to: String,
    /// An IANA time zone, such as the default `Asia/Shanghai`.
    #[serde(default = "beijing")]
    pub time_zone: String,
}

fn beijing() -> String {
    "Asia/Shanghai".to_owned()
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            per_minute: 600,
            lanes: 4,
            gap_ms: 0,
            jitter_ms: [0, 0],
            per_day: 100_000,
            quiet_hours: None,
        }
    }
}

/// How many service messages WeChat takes after what a user did (protocol section 7.1). The
/// defaults are today's; WeChat changed them before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Allowances {
    /// After a message: 5 in 48 hours.
    pub message: Allowance,
    /// After a click on the menu: 3 in a minute.
    pub click: Allowance,
    /// After following: 3 in a minute.
    pub subscribe: Allowance,
    /// After scanning a QR code: 3 in a minute.
    pub scan: Allowance,
}

/// How many messages of a kind one user gets a day, by each template, from midnight to midnight in
/// Beijing; any number where none is set. A message beyond it fails with the class `capped`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Caps {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<Cap>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription: Option<Cap>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub one_time_subscription: Option<Cap>,
    /// All service messages together, but for "typing".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_service: Option<Cap>,
}

/// So many messages, at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// From midnight to midnight in Beijing, at least 1.
    pub per_day: u32,
}

/// Messages in a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// How many; any number when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<u32>,
    /// How long the window stays open, in seconds.
    pub within_s: u32,
}

impl Default for Allowances {
    fn default() -> Self {
        const DAYS_2: u32 = 172_800;
        let allow = |messages, within_s| Allowance {
            messages: Some(messages),
            within_s,
        };
        Self {
            message: allow(5, DAYS_2),
            click: allow(3, 60),
            subscribe: allow(3, 60),
            scan: allow(3, 60),
        }
    }
}

/// How often an account may call for mass sends (protocol section 6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct MassLimits {
    /// Calls a day in Beijing: 100. Repeats count.
    pub calls_per_day: u32,
    /// Calls a minute, 60 unless set otherwise.
    pub calls_per_minute: u32,
    /// Sends to all followers: 1 a day (subscription account) or 4 a month (service account).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_all: Option<u32>,
}

impl Default for MassLimits {
    fn default() -> Self {
        Self {
            calls_per_day: 100,
            calls_per_minute: 60,
            to_all: None,
        }
    }
}

/// Settings of the web pages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Web {
    /// Domains that may ask for a JS-SDK signature or be returned to.
    pub domains: Vec<String>,
    /// Templates offered on the subscription page.
    pub template_ids: Vec<String>,
    /// The account's one template of one-time messages, which the subscription page cannot offer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub one_time_template_id: Option<String>,
    /// Domain verification files, name to content.
    pub verify_files: BTreeMap<String, String>,
}
