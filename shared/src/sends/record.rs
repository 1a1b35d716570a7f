//! The row of a message in table `sends`, and what a worker does about it.

mod state;
mod transitions;
mod view;

pub use state::State;
pub use transitions::Claim;
pub use view::MessageView;

use super::{Failure, OnUnknown, Options, SendJob, SendKind, job::Filed};
use crate::{
    answers::PieceOf,
    time::{Timestamp, or_zero},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;
use wechat_oa::ids::AppId;

/// How long a row is kept after its last change, or its time.
pub const KEEP: Duration = Duration::from_secs(30 * 86_400);
/// Tries of a message before it goes to the dead letters.
pub const TRIES: u32 = 5;
/// How long WeChat knows a repeat by its id: 10 minutes (protocol section 5), less
/// a margin for the way there.
pub const KNOWN: Duration = Duration::from_secs(540);

/// A state, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub state: State,
    /// Since when.
    pub at: Timestamp,
}

/// The row of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub account: String,
    pub app_id: AppId,
    /// Tells this message from every other one of the account.
    pub client_msg_id: String,
    pub kind: SendKind,
    pub to_user: String,
    /// The template, where there is one.
    pub template_id: Option<String>,
    pub state: State,
    /// Raised by one with every change.
    #[serde(default)]
    pub version: u64,
    /// WeChat's id, once there is one.
    pub msgid: Option<String>,
    /// Why it is not where it should be.
    pub error: Option<Failure>,
    #[serde(default)]
    pub history: Vec<Entry>,
    /// What was asked for, digested; see [`digest`](super::digest).
    #[serde(default)]
    pub digest: String,
    /// WeChat's request body.
    #[serde(default, with = "as_text")]
    pub body: Value,
    #[serde(default, skip_serializing_if = "is_default")]
    pub options: Options,
    /// The piece of an answer that it carries.
    pub answer: Option<PieceOf>,
    /// Calls begun since it was queued.
    #[serde(default)]
    pub attempts: u32,
    /// The intake it came in with others: while that is not sealed, it does not count.
    pub intake: Option<String>,
    /// How often it was redriven.
    #[serde(default, skip_serializing_if = "is_default")]
    pub redrives: u32,
    /// The redrive since which it has another id at WeChat: what WeChat took and could not deliver
    /// it would take for the same message again.
    #[serde(default, skip_serializing_if = "is_default")]
    pub renewed: u32,
    /// Nothing happens before.
    #[serde(rename = "not_before_ms")]
    pub not_before: Timestamp,
    /// When it came.
    #[serde(rename = "created_ms")]
    pub created: Timestamp,
    /// When it changed last.
    #[serde(rename = "updated_ms")]
    pub updated: Timestamp,
    /// Whose call it is, or was last.
    pub lease_owner: Option<String>,
    /// Until when that one may be calling.
    #[serde(default)]
    pub lease_until: Timestamp,
    /// When the last call began.
    #[serde(default, rename = "begun_ms")]
    pub begun: Timestamp,
    /// When the first call began whose fate is not known.
    #[serde(
        default,
        rename = "uncertain_since_ms",
        with = "or_zero",
        skip_serializing_if = "Option::is_none"
    )]
    pub uncertain_since: Option<Timestamp>,
}

/// What most messages have is left out: each further thousand bytes of a row cost a write unit a write.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What a worker does about a message it wanted to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Make the call.
    Go,
    /// Nothing: it is done, or gone.
    Leave,
    /// Come back at that time: somebody else may be calling.
    Hold {
        /// When.
        until: Timestamp,
    },
    /// Take it over from that owner, whose call may or may not have been made.
    TakeOver { from: String },
    /// Its fate will not be known, and it is not sent again.
    Unknown,
    /// It had its tries.
    Dead,
}

impl Record {
    /// The row of a message that comes in.
    pub fn new(app_id: &AppId, job: &SendJob, now: Timestamp) -> Self {
        let not_before = job.not_before.filter(|at| *at > now);
        let state = match not_before {
            Some(_) => State::Parked,
            None => State::Queued,
        };
        Self {
            account: job.account.clone(),
            app_id: app_id.to_owned(),
            client_msg_id: job.client_msg_id.clone(),
            kind: job.kind,
            to_user: job.to_user.clone(),
            template_id: job.template_id().map(str::to_owned),
            state,
            version: 0,
            msgid: None,
            error: None,
            history: vec![Entry { state, at: now }],
            digest: super::digest(job.kind, &job.body),
            body: job.body.clone(),
            options: job.options,
            answer: job.answer.clone(),
            attempts: 0,
            intake: None,
            redrives: 0,
            renewed: 0,
            not_before: not_before.unwrap_or_default(),
            created: now,
            updated: now,
            lease_owner: None,
            lease_until: Timestamp::default(),
            begun: Timestamp::default(),
            uncertain_since: None,
        }
    }

    /// The row of a message that its worker files.
    pub fn unfiled(app_id: &AppId, job: &SendJob, now: Timestamp) -> Self {
        Self {
            history: Vec::new(),
            ..Self::new(app_id, job, now)
        }
    }

    /// The row as it was filed, where the job says so: nobody has changed it when it first comes off the
    /// queue.
    pub fn filed(app_id: &AppId, job: &SendJob) -> Option<Self> {
        let filed = job.filed.as_ref()?;
        Some(Self {
            intake: filed.intake.clone(),
            ..Self::new(app_id, job, filed.created)
        })
    }

    /// The message as it goes on the queue again.
    pub fn job(&self) -> SendJob {
        SendJob {
            account: self.account.clone(),
            kind: self.kind,
            client_msg_id: self.client_msg_id.clone(),
            to_user: self.to_user.clone(),
            body: self.body.clone(),
            options: self.options,
            unfiled: false,
            filed: self.as_filed(),
            not_before: None,
            released: None,
            answer: self.answer.clone(),
        }
    }

    /// Whether it waits for its time, and was never on the queue.
    pub fn is_scheduled(&self) -> bool {
        self.state == State::Parked && self.version == 0
    }

    fn as_filed(&self) -> Option<Filed> {
        let unchanged = self.version == 0 && self.updated == self.created;
        (unchanged && self.state == State::Queued).then(|| Filed {
            created: self.created,
            intake: self.intake.clone(),
        })
    }

    /// The id by which the queue knows a repeat of this message, new for each redrive: behind a
    /// `/`, which no id of a caller's has.
    pub fn deduplication_id(&self) -> String {
        match self.redrives {
            0 => self.client_msg_id.clone(),
            n => format!("{}/{n}", self.client_msg_id),
        }
    }

    /// When somebody asked for it last: when it came, or was redriven.
    pub fn asked(&self) -> Timestamp {
        let pairs = self.history.iter().zip(self.history.iter().skip(1));
        let mut redriven = pairs
            .filter(|(before, now)| before.state.may_be_redriven() && now.state == State::Queued);
        redriven.next_back().map_or(self.created, |(_, now)| now.at)
    }

    /// Whether a call whose fate is not known may be made again.
    pub fn may_repeat(&self, now: Timestamp) -> bool {
        let known = self
            .uncertain_since
            .is_none_or(|since| now.since(since) < KNOWN);
        let has_id = self.kind.has_id();
        self.options.on_unknown == OnUnknown::Retry || (has_id && known)
    }

    /// What `me` does after asking for this message; this is the row the table answered with.
    pub fn step(&self, me: &str, now: Timestamp) -> Step {
        let mine = self.lease_owner.as_deref() == Some(me);
        let unresolved = self.uncertain_since.is_some() && !self.may_repeat(now);
        match self.state {
            State::Sending if mine && unresolved => Step::Unknown,
            State::Sending if mine && self.attempts > TRIES => Step::Dead,
            State::Sending if mine => Step::Go,
            State::Sending if now < self.lease_until => Step::Hold {
                until: self.lease_until,
            },
            State::Sending => Step::TakeOver {
                from: self.lease_owner.clone().unwrap_or_default(),
            },
            _ => Step::Leave,
        }
    }
}

/// A body travels as the text it is: a table's own numbers would not come back as they went.
mod as_text {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};
    use serde_json::Value;

    pub(super) fn serialize<S: Serializer>(body: &Value, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&body.to_string())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Value, D::Error> {
        let text = String::deserialize(from)?;
        serde_json::from_str(&text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests;
