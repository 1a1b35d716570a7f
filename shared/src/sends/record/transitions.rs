//! How the row of a message goes from one state to the next: pure functions of the row, a reason and the
//! time. `None` means that the row is in a state, or with a worker, in which that does not happen.

use super::{Entry, Record, State};
use crate::{
    sends::{Failure, verdict::Verdict},
    time::Timestamp,
};
use std::time::Duration;
use wechat_oa::api::ErrorClass;

/// After how long a message that nobody began counts as lost by the queue.
const LOST: Duration = Duration::from_secs(86_400);

/// The class of a message that was cancelled when it may have gone.
const CANCELLED: &str = "cancelled";

/// A worker's claim to a message.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// Who: new for each invocation.
    pub me: &'a str,
    /// When the invocation is over and calls no more.
    pub until: Timestamp,
    /// Now.
    pub now: Timestamp,
}

impl Record {
    /// One version on, in that state since now.
    fn entered(&self, state: State, now: Timestamp) -> Self {
        let mut next = self.clone();
        next.version = self.version + 1;
        next.state = state;
        next.updated = now;
        next.history.push(Entry { state, at: now });
        next
    }

    fn leased(&self, claim: Claim<'_>) -> Self {
        Self {
            lease_owner: Some(claim.me.to_owned()),
            lease_until: claim.until,
            begun: claim.now,
            attempts: self.attempts + 1,
            ..self.entered(State::Sending, claim.now)
        }
    }

    /// A worker begins a message that waits.
    pub fn claimed(&self, claim: Claim<'_>) -> Option<Self> {
        matches!(self.state, State::Queued | State::Parked).then(|| self.leased(claim))
    }

    /// A worker takes over from `gone`, whose lease is over: its call may or may not have been made.
    pub fn taken_over(&self, gone: Option<&str>, claim: Claim<'_>) -> Option<Self> {
        let over = self.state == State::Sending && self.lease_until <= claim.now;
        (over && self.lease_owner.as_deref() == gone).then(|| {
            let mut next = self.leased(claim);
            next.uncertain_since = self.uncertain_since.or(Some(self.begun));
            next
        })
    }

    /// What became of a message that `me` began; one that is to be parked has `until`.
    pub fn settled(
        &self,
        verdict: &Verdict,
        until: Timestamp,
        me: &str,
        now: Timestamp,
    ) -> Option<Self> {
        if self.state != State::Sending || self.lease_owner.as_deref() != Some(me) {
            return None;
        }
        let (state, error) = outcome(verdict);
        let mut next = self.entered(state, now);
        next.error = error.cloned();
        next.not_before = until;
        match verdict {
            Verdict::Sent { msgid: Some(msgid) } => next.msgid = Some(msgid.clone()),
            // The account's quota is used up: the call was no try of this message.
            Verdict::Quota(_) => next.attempts = self.attempts.max(1) - 1,
            Verdict::Again(again) => {
                let uncertain = again.uncertain.then_some(self.begun);
                next.uncertain_since = self.uncertain_since.or(uncertain);
                if !again.counted {
                    next.attempts = self.attempts.max(1) - 1;
                    next.history = self.history_without_this_try();
                    next.history.push(Entry { state, at: now });
                }
            }
            _ => {}
        }
        Some(next)
    }

    /// Where the message had been before this try, and before it came back from another such one: an
    /// outage leaves no trace that grows.
    fn history_without_this_try(&self) -> Vec<Entry> {
        let mut before = self.history.clone();
        before.pop();
        let came_back = before.last().is_some_and(|e| e.state == State::Queued);
        // The first entry says when the message came.
        if came_back && before.len() > 1 {
            before.pop();
        }
        before
    }

    /// A message that nobody began waits off the queue.
    pub fn parked(&self, until: Timestamp, now: Timestamp) -> Option<Self> {
        (self.state == State::Queued).then(|| Self {
            not_before: until,
            ..self.entered(State::Parked, now)
        })
    }

    /// A message that waited for its time is on the queue.
    pub fn queued(&self, now: Timestamp) -> Option<Self> {
        self.is_scheduled()
            .then(|| self.entered(State::Queued, now))
    }

    /// A message that waits is not to be sent, or not again: it may have gone already where the answer to
    /// a call was lost.
    pub fn cancelled(&self, now: Timestamp) -> Option<Self> {
        if !matches!(self.state, State::Queued | State::Parked) {
            return None;
        }
        let Some(_) = self.uncertain_since else {
            return Some(self.entered(State::Cancelled, now));
        };
        let why = "cancelled after a call whose answer was lost; it may have gone";
        Some(Self {
            error: Some(Failure::new(None, why, CANCELLED)),
            ..self.entered(State::Unknown, now)
        })
    }

    /// Whether it was cancelled, also too late to say that it did not go.
    pub fn is_cancelled(&self) -> bool {
        let class = self.error.as_ref().map(|error| error.class.as_str());
        self.state == State::Cancelled || class == Some(CANCELLED)
    }

    /// A message that failed, died or met an unknown fate goes back to where it began, and one that
    /// the queue lost: queued for longer than a day. A piece of an answer that was refused is not sent again: its user
    /// collects it.
    pub fn redriven(&self, now: Timestamp) -> Option<Self> {
        let waits = now.since(self.updated);
        let lost = self.state == State::Queued && self.redrives == 0 && waits > LOST;
        let is_collected = self.state == State::Failed && self.answer.is_some();
        if is_collected || !(lost || self.state.may_be_redriven()) {
            return None;
        }
        let mut next = self.entered(State::Queued, now);
        next.redrives = self.redrives + 1;
        // WeChat has a message that it calls a duplicate; one it refused otherwise needs another id.
        let class = self.error.as_ref().map(|failure| failure.class.as_str());
        if self.state == State::Failed && class != Some(ErrorClass::Duplicate.name()) {
            next.renewed = next.redrives;
        }
        (next.attempts, next.uncertain_since, next.error) = (0, None, None);
        Some(next)
    }

    /// WeChat's result event: on the phone, or why not.
    pub fn joined(&self, msgid: &str, failure: Option<&Failure>, now: Timestamp) -> Option<Self> {
        let state = match failure {
            None => State::Delivered,
            Some(_) => State::Failed,
        };
        matches!(self.state, State::Sent | State::Unknown).then(|| Self {
            msgid: self.msgid.clone().or_else(|| Some(msgid.to_owned())),
            error: failure.cloned(),
            ..self.entered(state, now)
        })
    }
}

fn outcome(verdict: &Verdict) -> (State, Option<&Failure>) {
    match verdict {
        Verdict::Sent { .. } => (State::Sent, None),
        Verdict::Failed(failure) => (State::Failed, Some(failure)),
        Verdict::Unknown(failure) => (State::Unknown, Some(failure)),
        Verdict::Dead(failure) => (State::Dead, Some(failure)),
        Verdict::Quota(failure) => (State::Parked, Some(failure)),
        Verdict::Again(again) => (State::Queued, Some(&again.failure)),
    }
}
