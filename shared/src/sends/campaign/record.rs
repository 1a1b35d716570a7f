//! The row of a campaign.

use super::{PAGES, State, batch::Batch, page::Page};
use crate::{
    sends::Failure,
    time::{Timestamp, or_zero},
};
use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};
use std::{collections::BTreeSet, time::Duration};
use wechat_oa::{
    api::mass::{MassFilter, MassMessage},
    ids::AppId,
};

/// How long a campaign and its receivers are kept after it was made.
pub const KEEP: Duration = Duration::from_secs(90 * 86_400);
/// How long the receivers of failed batches are kept after the campaign's end, to be sent to again.
const RESENDABLE: Duration = Duration::from_secs(7 * 86_400);
/// Shortest time between two looks at what is to be taken back.
const HURRY: Duration = Duration::from_secs(2);

/// Whom a campaign is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    All,
    /// Followers with that tag.
    Tag(u64),
    /// The receivers of its pages.
    #[default]
    Openids,
}

impl Target {
    /// The filter of a call that names no receivers.
    pub fn filter(self) -> Option<MassFilter> {
        match self {
            Self::All => Some(MassFilter::ALL),
            Self::Tag(tag_id) => Some(MassFilter::tag(tag_id)),
            Self::Openids => None,
        }
    }
}

/// A state, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub state: State,
    /// Since when.
    pub at: Timestamp,
}

/// The row of a campaign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Campaign {
    pub account: String,
    pub app_id: AppId,
    /// Tells this campaign from every other one of the account.
    pub client_msg_id: String,
    /// What was asked for, digested.
    pub digest: String,
    pub target: Target,
    /// WeChat's message, as JSON text.
    pub message: String,
    /// Whether articles that turn out to be reprints are sent all the same.
    pub send_ignore_reprint: Option<bool>,
    /// Where it is; what its batches say goes further, see [`state_of`](Self::state_of).
    pub state: State,
    #[serde(default)]
    pub history: Vec<Entry>,
    /// Its pages, by [`Page::name`].
    #[serde(default)]
    pub pages: BTreeSet<String>,
    /// Batches planned; 0 before.
    pub batches: u32,
    /// Receivers, each counted once; 0 before it is planned, and where WeChat knows them.
    pub recipients: u64,
    /// Whether what has not gone is not to go, and what has is to be taken back.
    pub stopped: bool,
    /// Articles to be taken back, from 1.
    #[serde(default)]
    pub articles: BTreeSet<u32>,
    /// When that was last asked for.
    #[serde(default, rename = "stop_ms", with = "or_zero")]
    pub stop: Option<Timestamp>,
    pub error: Option<Failure>,
    /// The campaign before it with the same article or video.
    #[serde(default)]
    pub shares_media_with: Option<String>,
    /// Nothing is sent before.
    #[serde(default, rename = "not_before_ms", with = "or_zero")]
    pub not_before: Option<Timestamp>,
    /// When it came.
    #[serde(rename = "created_ms")]
    pub created: Timestamp,
    /// When its row changed last.
    #[serde(rename = "updated_ms")]
    pub updated: Timestamp,
    /// When somebody looks after it; absent when nobody has to.
    #[serde(rename = "due_ms")]
    pub due: Option<Timestamp>,
    /// Counts the writes of the row.
    pub version: u64,
}

impl Campaign {
    /// A campaign that comes in, with nothing said about it yet.
    pub fn new(account: &str, app_id: AppId, client_msg_id: String, now: Timestamp) -> Self {
        Self {
            account: account.to_owned(),
            app_id,
            client_msg_id,
            digest: String::new(),
            target: Target::default(),
            message: String::new(),
            send_ignore_reprint: None,
            state: State::default(),
            history: Vec::new(),
            pages: BTreeSet::new(),
            batches: 0,
            recipients: 0,
            stopped: false,
            articles: BTreeSet::new(),
            stop: None,
            error: None,
            shares_media_with: None,
            not_before: None,
            created: now,
            updated: now,
            due: None,
            version: 0,
        }
    }

    /// Enters a state.
    #[must_use]
    pub fn entered(&self, state: State, now: Timestamp) -> Self {
        let mut next = self.next(now);
        if next.state != state || next.history.is_empty() {
            next.state = state;
            next.history.push(Entry { state, at: now });
        }
        next
    }

    /// The row one version on.
    #[must_use]
    pub fn next(&self, now: Timestamp) -> Self {
        Self {
            version: self.version + 1,
            updated: now,
            ..self.clone()
        }
    }

    /// Released to be sent; `None` when it is no draft. Somebody looks after it from `due` on.
    pub fn released(&self, due: Timestamp, now: Timestamp) -> Option<Self> {
        (self.state == State::Draft).then(|| Self {
            due: Some(due).max(self.not_before),
            ..self.entered(State::Planned, now)
        })
    }

    /// Stopped, or one of its articles to be taken back. Asked again, it is hurried: somebody looks
    /// after it now, and WeChat is asked at once. A draft is deleted with its receivers.
    #[must_use]
    pub fn taken_back(&self, article: Option<u32>, now: Timestamp) -> Self {
        let next = match (article, self.state) {
            (None, State::Draft) => self.entered(State::Deleted, now),
            _ => self.next(now),
        };
        Self {
            stopped: self.stopped || article.is_none(),
            articles: self.articles.iter().copied().chain(article).collect(),
            stop: Some(now),
            due: Some(now),
            ..next
        }
    }

    /// A result came for one of its batches: somebody looks after it now. `None` when that is so
    /// already, or when the row tells the end and the result is one that came `before`.
    pub fn woken(&self, before: bool, now: Timestamp) -> Option<Self> {
        let over = matches!(self.state, State::Finished | State::Failed | State::Deleted);
        let due = self.due.is_some_and(|due| due <= now);
        let told = over && before && self.due.is_none();
        (!due && !told).then(|| Self {
            due: Some(now),
            ..self.next(now)
        })
    }

    /// Whether somebody wants to know about a batch who asked after WeChat was last asked.
    pub fn hurries(&self, batch: &Batch) -> bool {
        self.stop > Some(batch.asked)
    }

    /// How long until WeChat is asked again how a batch stands. What is to be taken
    /// back goes within seconds of its result: the wait is half of what it has been so far.
    pub fn pause(&self, batch: &Batch, patience: Duration, now: Timestamp) -> Duration {
        let pause = batch.pause(patience);
        match self.stop {
            Some(stop) if self.can_be_taken_back() => pause.min((now.since(stop) / 2).max(HURRY)),
            _ => pause,
        }
    }

    /// Whether WeChat can delete what was sent: articles and videos, nothing else
    /// (<https://developers.weixin.qq.com/doc/service/api/notify/message/api_deletemassmsg>).
    pub fn can_be_taken_back(&self) -> bool {
        let kind = self.mass_message();
        matches!(
            kind,
            Some(MassMessage::Mpnews { .. } | MassMessage::Mpvideo { .. })
        )
    }

    /// The article or video that WeChat would delete.
    pub fn media_id(&self) -> Option<String> {
        match self.mass_message()? {
            MassMessage::Mpnews { mpnews } => Some(mpnews.media_id),
            MassMessage::Mpvideo { mpvideo } => Some(mpvideo.media_id),
            _ => None,
        }
    }

    /// Until when receivers of failed batches are kept, so that they can be sent to again; `None` when
    /// they are not.
    pub fn resendable_until(&self, batches: &[Batch], now: Timestamp) -> Option<Timestamp> {
        let failed = batches.iter().any(Batch::reached_nobody);
        let ended = match (self.state, self.history.last()) {
            (State::Failed | State::PartlyFailed, Some(last)) => last.at,
            _ => now,
        };
        let until = ended + RESENDABLE;
        (failed && !self.stopped && now < until).then_some(until)
    }

    /// How many of its batches have gone and cannot be taken back.
    pub fn beyond_recall(&self, batches: &[Batch]) -> usize {
        let gone = batches.iter().filter(|batch| batch.has_gone());
        match self.can_be_taken_back() {
            true => 0,
            false => gone.count(),
        }
    }

    /// Its plan is made: so many batches for so many receivers.
    #[must_use]
    pub fn planned(&self, batches: u32, recipients: u64, now: Timestamp) -> Self {
        Self {
            batches,
            recipients,
            ..self.next(now)
        }
    }

    /// Failed before a batch was made.
    #[must_use]
    pub fn failed(&self, failure: Failure, now: Timestamp) -> Self {
        Self {
            error: Some(failure),
            due: None,
            ..self.entered(State::Failed, now)
        }
    }

    /// Receivers of its pages; one in two pages counts twice.
    pub fn posted_recipients(&self) -> u64 {
        let lengths = self.pages.iter().map(|name| Page::named_len(name));
        lengths.sum()
    }

    /// Whether another page fits.
    pub fn takes_pages(&self) -> bool {
        self.target == Target::Openids && self.pages.len() < PAGES
    }

    /// When its rows may go, in seconds since 1970.
    pub fn expires_at(&self) -> i64 {
        let last = self.not_before.unwrap_or(self.created).max(self.created);
        (last + KEEP).as_secs()
    }

    /// Its message; `None` when the row is not whole.
    pub fn mass_message(&self) -> Option<MassMessage> {
        serde_json::from_str(&self.message).ok()
    }

    /// The id by which WeChat knows a repeat of a batch: 32 hexadecimal digits of what the
    /// campaign, the batch, its content and its receivers are.
    pub fn clientmsgid(&self, number: u32, receivers: &str) -> String {
        let parts = [
            self.app_id.as_str(),
            &self.client_msg_id,
            &self.created.as_millis().to_string(),
            &number.to_string(),
            &self.digest,
            receivers,
        ];
        let digest = Sha1::digest(parts.join("\n"));
        format!("{:.32}", hex::encode(digest))
    }

    /// Where the campaign is by what its batches say. It is deleted when every batch is.
    pub fn state_of(&self, batches: &[Batch]) -> State {
        let early = self.state == State::Draft || self.batches == 0;
        if early || batches.len() < usize::try_from(self.batches).unwrap_or(usize::MAX) {
            return match self.state {
                State::Planned if self.stopped => State::Deleted,
                state => state,
            };
        }
        let any = |state| batches.iter().any(|batch| batch.state == state);
        let all = |state| batches.iter().all(|batch| batch.state == state);
        let order = [State::AwaitingAdmin, State::Submitting];
        if let Some(state) = order.into_iter().find(|state| any(*state)) {
            state
        } else if all(State::Planned) {
            State::Planned
        } else if any(State::Planned) {
            State::Submitting
        } else if any(State::Accepted) {
            State::Accepted
        } else if let Some(state) = [State::Deleted, State::Failed]
            .into_iter()
            .find(|s| all(*s))
        {
            state
        } else if any(State::Failed) {
            State::PartlyFailed
        } else if any(State::Unknown) {
            State::Unknown
        } else {
            State::Finished
        }
    }
}

impl Batch {
    /// A batch of a campaign's, with so many receivers, named by their [page](super::page::Page).
    pub fn planned(campaign: &Campaign, number: u32, recipients: usize, page: &str) -> Self {
        Self {
            number,
            clientmsgid: campaign.clientmsgid(number, page),
            recipients: u32::try_from(recipients).unwrap_or(u32::MAX),
            state: State::Planned,
            expires_at: campaign.expires_at(),
            version: 1,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests;
