//! The row of a campaign.

use super::{PAGES, State, batch::Batch, page::Page};
use crate::{
    api::mass::{MassFilter, MassMessage},
    sends::Failure,
};
use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};
use std::collections::BTreeSet;

/// Seconds a campaign and its receivers are kept after it was made.
pub const KEEP_S: i64 = 90 * 86_400;
/// How far ahead a campaign may be planned, in milliseconds.
pub const AHEAD_MS: i64 = 30 * 86_400_000;

/// Whom a campaign is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Every follower.
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
    /// The state.
    pub state: State,
    /// Since when, in milliseconds since 1970.
    pub at: i64,
}

/// The row of a campaign. All times in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Campaign {
    /// The account's name.
    pub account: String,
    /// The account's app id.
    pub app_id: String,
    /// Tells this campaign from every other one of the account.
    pub client_msg_id: String,
    /// What was asked for, digested.
    pub digest: String,
    /// Whom it is for.
    pub target: Target,
    /// WeChat's message, as JSON text.
    pub message: String,
    /// Whether articles that turn out to be reprints are sent all the same.
    pub send_ignore_reprint: Option<bool>,
    /// Where it is; what its batches say goes further, see [`state_of`](Self::state_of).
    pub state: State,
    /// Where it has been.
    pub history: Vec<Entry>,
    /// Its pages, by [`Page::name`].
    pub pages: BTreeSet<String>,
    /// Batches planned; 0 before.
    pub batches: u32,
    /// Receivers, each counted once; 0 before it is planned, and where WeChat knows them.
    pub recipients: u64,
    /// Whether what has not gone is not to go, and what has is to be taken back.
    pub stopped: bool,
    /// Articles to be taken back, from 1.
    pub articles: BTreeSet<u32>,
    /// Why it failed.
    pub error: Option<Failure>,
    /// Nothing is sent before.
    pub not_before_ms: i64,
    /// When it came.
    pub created_ms: i64,
    /// When its row changed last.
    pub updated_ms: i64,
    /// When somebody looks after it; absent when nobody has to.
    pub due_ms: Option<i64>,
    /// Counts the writes of the row.
    pub version: u64,
}

impl Campaign {
    /// Enters a state.
    #[must_use]
    pub fn entered(&self, state: State, now_ms: i64) -> Self {
        let mut next = self.written(now_ms);
        if next.state != state || next.history.is_empty() {
            next.state = state;
            next.history.push(Entry { state, at: now_ms });
        }
        next
    }

    /// The row one version on.
    #[must_use]
    pub fn written(&self, now_ms: i64) -> Self {
        Self {
            version: self.version.saturating_add(1),
            updated_ms: now_ms,
            ..self.clone()
        }
    }

    /// Released to be sent; `None` when it is no draft. Somebody looks after it from `due_ms` on.
    pub fn released(&self, due_ms: i64, now_ms: i64) -> Option<Self> {
        (self.state == State::Draft).then(|| Self {
            due_ms: Some(due_ms.max(self.not_before_ms)),
            ..self.entered(State::Planned, now_ms)
        })
    }

    /// Stopped, or one of its articles to be taken back; `None` when that is so already.
    pub fn taken_back(&self, article: Option<u32>, now_ms: i64) -> Option<Self> {
        let mut next = self.written(now_ms);
        next.due_ms = Some(now_ms);
        match article {
            Some(article) => next.articles.insert(article).then_some(next),
            None if self.stopped => None,
            None if self.state == State::Draft => Some(Self {
                stopped: true,
                due_ms: None,
                ..self.entered(State::Deleted, now_ms)
            }),
            None => {
                next.stopped = true;
                Some(next)
            }
        }
    }

    /// Its plan is made: so many batches for so many receivers.
    #[must_use]
    pub fn planned(&self, batches: u32, recipients: u64, now_ms: i64) -> Self {
        Self {
            batches,
            recipients,
            ..self.written(now_ms)
        }
    }

    /// Failed before a batch was made.
    #[must_use]
    pub fn failed(&self, failure: Failure, now_ms: i64) -> Self {
        Self {
            error: Some(failure),
            due_ms: None,
            ..self.entered(State::Failed, now_ms)
        }
    }

    /// Receivers of its pages; one in two pages counts twice.
    pub fn listed(&self) -> u64 {
        let lengths = self.pages.iter().map(|name| Page::named_len(name));
        lengths.fold(0, u64::saturating_add)
    }

    /// Whether another page fits.
    pub fn takes_pages(&self) -> bool {
        self.target == Target::Openids && self.pages.len() < PAGES
    }

    /// When its rows may go, in seconds since 1970.
    pub fn expires_at(&self) -> i64 {
        let last_ms = self.created_ms.max(self.not_before_ms);
        (last_ms / 1000).saturating_add(KEEP_S)
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
            &self.created_ms.to_string(),
            &number.to_string(),
            &self.digest,
            receivers,
        ];
        let digest = Sha1::digest(parts.join("\n"));
        format!("{:.32}", hex::encode(digest))
    }

    /// Where the campaign is by what its batches say.
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
        } else if self.stopped {
            State::Deleted
        } else if any(State::Finished) {
            State::Finished
        } else if all(State::Deleted) {
            State::Deleted
        } else {
            State::Failed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn campaign() -> Campaign {
        Campaign {
            app_id: "wx1".into(),
            client_msg_id: "c".into(),
            batches: 2,
            state: State::Planned,
            ..Campaign::default()
        }
    }

    fn batches(states: [State; 2]) -> [Batch; 2] {
        states.map(|state| Batch {
            state,
            ..Batch::default()
        })
    }

    #[test]
    fn a_campaign_is_where_its_batches_are() {
        use State::{Accepted, AwaitingAdmin, Deleted, Failed, Finished, Planned, Submitting};
        for (states, state) in [
            ([Planned, Planned], Planned),
            ([Accepted, Planned], Submitting),
            ([Accepted, Submitting], Submitting),
            ([AwaitingAdmin, Planned], AwaitingAdmin),
            ([Accepted, Finished], Accepted),
            ([Finished, Failed], Finished),
            ([Failed, Failed], Failed),
            ([Deleted, Deleted], Deleted),
        ] {
            assert_eq!(campaign().state_of(&batches(states)), state, "{states:?}");
        }
        let stopped = campaign().taken_back(None, 1).unwrap();
        assert_eq!(stopped.state_of(&batches([Finished, Deleted])), Deleted);
        assert_eq!(stopped.taken_back(None, 2), None);
    }

    #[test]
    fn a_draft_is_released_once() {
        let draft = Campaign {
            not_before_ms: 500,
            ..Campaign::default()
        };
        let released = draft.released(100, 7).unwrap();
        assert_eq!(
            (released.state, released.due_ms),
            (State::Planned, Some(500))
        );
        assert_eq!(released.released(100, 8), None);
        let dropped = draft.taken_back(None, 9).unwrap();
        assert_eq!((dropped.state, dropped.due_ms), (State::Deleted, None));
    }

    #[test]
    fn ids_differ_by_campaign_batch_content_and_receivers() {
        let id = campaign().clientmsgid(0, "p");
        assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()));
        assert_eq!(id, campaign().clientmsgid(0, "p"));
        let other = Campaign {
            digest: "d".into(),
            ..campaign()
        };
        for other in [
            campaign().clientmsgid(1, "p"),
            campaign().clientmsgid(0, "q"),
            other.clientmsgid(0, "p"),
        ] {
            assert_ne!(id, other);
        }
    }
}
