//! The row of a batch, and what changes it beside a [verdict](super::verdict) and a
//! [result](super::result). Each change is one version on; the table takes it only
//! if nobody else wrote since.

mod outcome;

pub use outcome::{Counts, Earlier};

use super::State;
use crate::{
    sends::Failure,
    time::{Timestamp, or_zero},
};
use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};
use std::{collections::BTreeSet, time::Duration};
use wechat_oa::api::mass::MassStatus;

/// How long a call may take for sure; after that somebody else may repeat it.
pub const LEASE: Duration = Duration::from_secs(90);
/// How long WeChat knows a repeat by its id: 24 hours, less a margin.
pub const KNOWN: Duration = Duration::from_secs(82_800);
/// Longest time between two looks.
const LONGEST: Duration = Duration::from_secs(21_600);
/// The class of a result in words that are not known: nobody knows whom it reached.
pub(super) const UNKNOWN_STATUS: &str = "unknown_status";
/// After so long without a result there will be none.
const NO_RESULT: Duration = Duration::from_secs(604_800);

/// The row of a batch.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Batch {
    /// Its number in the campaign, from 0.
    pub number: u32,
    /// Its id at WeChat: a repeat within 24 hours is no second send.
    pub clientmsgid: String,
    /// Its receivers; 0 where WeChat knows them.
    pub recipients: u32,
    pub state: State,
    /// WeChat's id, once there is one.
    pub msg_id: Option<u64>,
    /// Whether that id was not told by the answer to its call, but is that of the only result that
    /// could be its own.
    pub inferred: bool,
    /// WeChat's id of its comments and statistics.
    pub msg_data_id: Option<u64>,
    /// Why it is not where it should be.
    pub error: Option<Failure>,
    /// WeChat's words about its end.
    pub status: Option<String>,
    /// The final counts, once WeChat told them.
    pub counts: Option<Counts>,
    /// What the check for originality found, as JSON text; empty where none.
    pub copyright: String,
    /// Where its articles can be read, as JSON text; empty where nowhere.
    pub articles: String,
    /// The ids under which it failed before, the first one first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Earlier>,
    /// Articles that were taken back, from 1; 0 for all.
    pub taken_back: BTreeSet<u32>,
    /// Calls begun.
    pub attempts: u32,
    /// When the last call began.
    #[serde(rename = "begun_ms")]
    pub begun: Timestamp,
    /// When the first call began whose fate is not known.
    #[serde(rename = "uncertain_since_ms", with = "or_zero")]
    pub uncertain_since: Option<Timestamp>,
    /// When the administrator was first asked.
    #[serde(rename = "awaiting_since_ms", with = "or_zero")]
    pub awaiting_since: Option<Timestamp>,
    /// No call before.
    #[serde(rename = "not_before_ms")]
    pub not_before: Timestamp,
    /// When WeChat took it.
    #[serde(rename = "accepted_ms")]
    pub accepted: Timestamp,
    /// How often it was looked at since.
    pub looks: u32,
    /// When it is looked at next.
    #[serde(rename = "look_ms")]
    pub look: Timestamp,
    /// When WeChat was last asked how it stands, or to take it back; 0 before.
    #[serde(rename = "asked_ms")]
    pub asked: Timestamp,
    /// Whose call it is.
    pub lease_owner: Option<String>,
    /// Until when that one may be calling.
    pub lease_until: Timestamp,
    /// When the row may go, in seconds since 1970.
    pub expires_at: i64,
    /// Counts the writes of the row.
    pub version: u64,
}

impl Batch {
    /// The row one version on.
    pub(super) fn next(&self) -> Self {
        Self {
            version: self.version + 1,
            ..self.clone()
        }
    }

    /// Whether it still has to be sent.
    pub fn is_open(&self) -> bool {
        matches!(
            self.state,
            State::Planned | State::Submitting | State::AwaitingAdmin
        )
    }

    /// When it may be called; nobody calls twice at once.
    pub fn ready(&self) -> Timestamp {
        match self.lease_owner {
            Some(_) => self.not_before.max(self.lease_until),
            None => self.not_before,
        }
    }

    /// Claimed for a call by `me`; its fate is open until it is settled. A claim of somebody whose
    /// time is over leaves a call whose fate is not known.
    #[must_use]
    pub fn claimed(&self, me: &str, now: Timestamp) -> Self {
        let left = self.lease_owner.is_some().then_some(self.begun);
        Self {
            state: match self.state {
                State::Planned => State::Submitting,
                state => state,
            },
            attempts: self.attempts + 1,
            uncertain_since: self.uncertain_since.or(left),
            begun: now,
            lease_owner: Some(me.to_owned()),
            lease_until: now + LEASE,
            ..self.next()
        }
    }

    /// Claimed, and then not called: as before the claim.
    #[must_use]
    pub fn released(&self) -> Self {
        Self {
            attempts: self.attempts.max(1) - 1,
            lease_owner: None,
            ..self.next()
        }
    }

    /// Whether a call of it is under way, or was made and its answer lost: nobody knows whether
    /// it goes.
    pub fn is_in_doubt(&self) -> bool {
        self.is_open() && (self.uncertain_since.is_some() || self.lease_owner.is_some())
    }

    /// Whether WeChat may have it under an id that nobody knows.
    pub fn lacks_id(&self) -> bool {
        let gone = matches!(self.state, State::Unknown | State::Accepted);
        self.msg_id.is_none() && (gone || self.is_in_doubt())
    }

    /// When the call began by which WeChat may have it.
    pub fn called(&self) -> Timestamp {
        self.uncertain_since.unwrap_or(self.begun)
    }

    /// Whether it used up no allowance: it ended, and WeChat never took it.
    pub fn is_unspent(&self) -> bool {
        let over = matches!(self.state, State::Failed | State::Deleted);
        over && self.msg_id.is_none() && self.uncertain_since.is_none()
    }

    /// Whether it reached its receivers, or is about to.
    pub fn has_gone(&self) -> bool {
        matches!(self.state, State::Accepted | State::Finished)
    }

    /// Whether a repeat could be a second send: WeChat no longer knows the id.
    pub fn is_lost(&self, now: Timestamp) -> bool {
        let called = self.lease_owner.is_some().then_some(self.begun);
        let since = self.uncertain_since.or(called);
        since.is_some_and(|since| now.since(since) > KNOWN)
    }

    /// Given up: nobody knows whether it went, and it is not sent again. `None` when that is known,
    /// or somebody may be calling.
    pub fn lost(&self, why: &str, now: Timestamp) -> Option<Self> {
        let called = self.lease_owner.is_some() && now < self.lease_until;
        (self.is_in_doubt() && !called).then(|| Self {
            state: State::Unknown,
            error: Some(Failure::new(None, why, "unknown")),
            uncertain_since: Some(self.called()),
            lease_owner: None,
            ..self.next()
        })
    }

    /// Whether it failed for all of its receivers, as far as WeChat told: sent again, it reaches nobody twice.
    pub fn reached_nobody(&self) -> bool {
        let some = self.counts.is_some_and(|counts| counts.sent > 0);
        let class = self.error.as_ref().map(|failure| failure.class.as_str());
        self.state == State::Failed && !some && class != Some(UNKNOWN_STATUS)
    }

    /// A failed one, to be sent again under a new id to those of its receivers that are left.
    #[must_use]
    pub fn again(&self, recipients: u32) -> Self {
        let id = &self.clientmsgid;
        let digest = Sha1::digest(format!("{id}\nagain"));
        let mut earlier = self.earlier.clone();
        earlier.push(Earlier {
            clientmsgid: id.clone(),
            msg_id: self.msg_id.map(|id| id.to_string()),
            class: self.error.as_ref().map(|failure| failure.class.clone()),
        });
        Self {
            number: self.number,
            clientmsgid: format!("{:.32}", hex::encode(digest)),
            recipients,
            earlier,
            state: State::Planned,
            expires_at: self.expires_at,
            version: self.version + 1,
            ..Self::default()
        }
    }

    /// Never to go; only while it was never called or its last call is known to have failed.
    pub fn dropped(&self) -> Option<Self> {
        let unsent = self.is_open() && !self.is_in_doubt();
        unsent.then(|| Self {
            state: State::Deleted,
            ..self.next()
        })
    }

    /// After a look with `mass/get`, which tells no counts; they may still come. The next look is
    /// after `pause`.
    #[must_use]
    pub fn looked(&self, status: Option<&MassStatus>, pause: Duration, now: Timestamp) -> Self {
        let mut next = Self {
            looks: self.looks + 1,
            look: now + pause,
            asked: now,
            ..self.next()
        };
        match status {
            Some(MassStatus::SendSuccess) => next.state = State::Finished,
            Some(MassStatus::SendFail) => {
                next.state = State::Failed;
                next.error = Some(Failure::new(None, "SEND_FAIL", "wechat_failed"));
            }
            Some(MassStatus::Delete) => next.state = State::Deleted,
            _ if now.since(self.accepted) > NO_RESULT => {
                next.state = State::Unknown;
                next.error = Some(Failure::new(None, "no result for a week", "no_result"));
            }
            _ => {}
        }
        next
    }

    /// How long until the next look: each is twice as long in coming.
    pub fn pause(&self, patience: Duration) -> Duration {
        let doubled = patience * (1 << self.looks.min(16));
        doubled.clamp(Duration::from_secs(1), LONGEST)
    }

    /// Not taken back yet: asked again at that time.
    #[must_use]
    pub fn put_off(&self, failure: Failure, until: Timestamp, now: Timestamp) -> Self {
        Self {
            error: Some(failure),
            not_before: until,
            asked: now,
            ..self.next()
        }
    }

    /// An article of it was taken back, from 1, or the whole (0); or WeChat refuses to, for good.
    #[must_use]
    pub fn article_gone(&self, article: u32, refused: Option<Failure>) -> Self {
        let mut next = self.next();
        next.taken_back.insert(article);
        match refused {
            Some(failure) => next.error = Some(failure),
            None if article == 0 => next.state = State::Deleted,
            None => {}
        }
        next
    }
}

#[cfg(test)]
mod tests;
