//! How the row of a message goes from one state to the next: pure functions of the row, a reason and the
//! time. `None` means that the row is in a state, or with a worker, in which that does not happen.

use super::{Entry, Failure, Record, State};
use crate::sends::verdict::Verdict;
use wechat_oa::api::ErrorClass;

/// After how long a message that nobody began counts as lost by the queue, in milliseconds.
const LOST_MS: i64 = 86_400_000;

/// A worker's claim to a message.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// Who: new for each invocation.
    pub me: &'a str,
    /// When the invocation is over and calls no more, in milliseconds since 1970.
    pub until_ms: i64,
    /// Now, in milliseconds since 1970.
    pub now_ms: i64,
}

impl Record {
    /// One version on, in that state since now.
    fn entered(&self, state: State, now_ms: i64) -> Self {
        let mut next = self.clone();
        next.version = self.version.saturating_add(1);
        next.state = state;
        next.updated_ms = now_ms;
        next.history.push(Entry { state, at: now_ms });
        next
    }

    fn leased(&self, claim: Claim<'_>) -> Self {
        Self {
            lease_owner: Some(claim.me.to_owned()),
            lease_until: claim.until_ms,
            begun_ms: claim.now_ms,
            attempts: self.attempts.saturating_add(1),
            ..self.entered(State::Sending, claim.now_ms)
        }
    }

    /// A worker begins a message that waits.
    pub fn claimed(&self, claim: Claim<'_>) -> Option<Self> {
        matches!(self.state, State::Queued | State::Parked).then(|| self.leased(claim))
    }

    /// A worker takes over from `gone`, whose lease is over: its call may or may not have been made.
    pub fn taken_over(&self, gone: Option<&str>, claim: Claim<'_>) -> Option<Self> {
        let over = self.state == State::Sending && self.lease_until <= claim.now_ms;
        (over && self.lease_owner.as_deref() == gone).then(|| {
            let mut next = self.leased(claim);
            if self.uncertain_since_ms == 0 {
                next.uncertain_since_ms = self.begun_ms;
            }
            next
        })
    }

    /// What became of a message that `me` began; one that is to be parked has `until_ms`.
    pub fn settled(&self, verdict: &Verdict, until_ms: i64, me: &str, now_ms: i64) -> Option<Self> {
        if self.state != State::Sending || self.lease_owner.as_deref() != Some(me) {
            return None;
        }
        let (state, error) = outcome(verdict);
        let mut next = self.entered(state, now_ms);
        next.error = error.cloned();
        next.not_before_ms = until_ms;
        match verdict {
            Verdict::Sent { msgid: Some(msgid) } => next.msgid = Some(msgid.clone()),
            // The account's quota is used up: the call was no try of this message.
            Verdict::Quota(_) => next.attempts = self.attempts.saturating_sub(1),
            Verdict::Again(again) => {
                if again.uncertain && self.uncertain_since_ms == 0 {
                    next.uncertain_since_ms = self.begun_ms;
                }
                if !again.counted {
                    next.attempts = self.attempts.saturating_sub(1);
                    next.history = self.history_without_this_try();
                    next.history.push(Entry { state, at: now_ms });
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
    pub fn parked(&self, until_ms: i64, now_ms: i64) -> Option<Self> {
        (self.state == State::Queued).then(|| Self {
            not_before_ms: until_ms,
            ..self.entered(State::Parked, now_ms)
        })
    }

    /// A message that failed, died or met an unknown fate goes back to where it began, and one that
    /// the queue lost: queued for longer than a day.
    pub fn redriven(&self, now_ms: i64) -> Option<Self> {
        let waits_ms = now_ms.saturating_sub(self.updated_ms);
        let lost = self.state == State::Queued && self.redrives == 0 && waits_ms > LOST_MS;
        if !(lost || self.state.may_be_redriven()) {
            return None;
        }
        let mut next = self.entered(State::Queued, now_ms);
        next.redrives = self.redrives.saturating_add(1);
        // WeChat has a message that it calls a duplicate; one it refused otherwise needs another id.
        let class = self.error.as_ref().map(|failure| failure.class.as_str());
        if self.state == State::Failed && class != Some(ErrorClass::Duplicate.name()) {
            next.renewed = next.redrives;
        }
        (next.attempts, next.uncertain_since_ms, next.error) = (0, 0, None);
        Some(next)
    }

    /// WeChat's result event: on the phone, or why not.
    pub fn joined(&self, msgid: &str, failure: Option<&Failure>, now_ms: i64) -> Option<Self> {
        let state = match failure {
            None => State::Delivered,
            Some(_) => State::Failed,
        };
        matches!(self.state, State::Sent | State::Unknown).then(|| Self {
            msgid: self.msgid.clone().or_else(|| Some(msgid.to_owned())),
            error: failure.cloned(),
            ..self.entered(state, now_ms)
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
