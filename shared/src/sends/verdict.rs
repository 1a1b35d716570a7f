//! What an outcome of WeChat's means for the message.

use super::{Failure, Record, job::is_typing, nth, record::TRIES, secs};
use crate::time::Timestamp;
use serde_json::Value;
use std::time::Duration;
use wechat_oa::api::{ApiError, Error, ErrorClass, error::Failure as Broken};

/// How long a message waits after its first, second … try.
const PAUSES: [Duration; 4] = [Duration::from_millis(500), secs(2), secs(8), secs(30)];
/// How long when somebody has to set something right first.
const FIX: Duration = secs(60);
/// How long when no token could be had.
const NO_TOKEN: Duration = secs(5);
/// How long when no connection came about.
const NO_CONNECTION: Duration = secs(2);

/// What becomes of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// WeChat has it.
    Sent {
        /// WeChat's id, where it gave one.
        msgid: Option<String>,
    },
    /// It is refused for good.
    Failed(Failure),
    /// Perhaps it was sent, and it is not sent again.
    Unknown(Failure),
    /// It had its tries.
    Dead(Failure),
    /// It waits until its lane opens: an allowance of the account is used up.
    Quota(Failure),
    /// It is tried again.
    Again(Again),
}

/// A message that is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Again {
    pub failure: Failure,
    /// When.
    pub at: Timestamp,
    /// Whether WeChat was asked: this was one of the five tries.
    pub counted: bool,
    /// Whether the call may have been made.
    pub uncertain: bool,
    /// Whether the lane slows down.
    pub slow: bool,
}

impl Again {
    /// A try that was none: WeChat was not asked.
    pub fn later(failure: Failure, at: Timestamp) -> Self {
        Self {
            failure,
            at,
            counted: false,
            uncertain: false,
            slow: false,
        }
    }
}

impl Verdict {
    /// Judges the outcome of a message's call; `record` is the row as it was begun.
    pub fn of(record: &Record, outcome: &Result<Value, Error>, now: Timestamp) -> Self {
        let error = match outcome {
            Ok(answer) => {
                let msgid = msgid(answer);
                return Self::Sent { msgid };
            }
            Err(error) => error,
        };
        let failure = Failure::of(error);
        let later = |pause| Self::Again(Again::later(failure.clone(), now + pause));
        match error {
            Error::Api(refusal) => Self::refused(record, refusal, failure, now),
            Error::Invalid { .. } | Error::Encode { .. } | Error::File { .. } => {
                Self::Failed(failure)
            }
            Error::NoToken { .. } => later(NO_TOKEN),
            Error::Transport {
                failure: Broken::Connect,
                ..
            } => later(NO_CONNECTION),
            Error::Transport { .. }
            | Error::Unreadable { .. }
            | Error::Shape { .. }
            | Error::TooLong { .. } => Self::uncertain(record, failure, now),
        }
    }

    fn refused(record: &Record, refusal: &ApiError, failure: Failure, now: Timestamp) -> Self {
        let again = |at, slow| {
            if record.attempts >= TRIES {
                return Self::given_up(record, failure.clone());
            }
            Self::Again(Again {
                counted: true,
                slow,
                ..Again::later(failure.clone(), at)
            })
        };
        match refusal.class {
            ErrorClass::Token | ErrorClass::Transient => again(now + pause(record), false),
            ErrorClass::Rate => again(next_minute(now), true),
            ErrorClass::Ip | ErrorClass::Config => again(now + FIX, false),
            ErrorClass::Quota => Self::Quota(failure),
            ErrorClass::Duplicate if is_ours(record) => Self::Sent {
                msgid: refusal.fields.id("msgid").map(|id| id.to_string()),
            },
            _ => Self::failed(record, failure),
        }
    }

    /// What becomes of a message that is refused: a refusal says nothing of an earlier call that may
    /// have gone.
    pub fn failed(record: &Record, failure: Failure) -> Self {
        match record.uncertain_since {
            Some(_) => Self::Unknown(failure),
            None => Self::Failed(failure),
        }
    }

    fn uncertain(record: &Record, failure: Failure, now: Timestamp) -> Self {
        let uncertain = Record {
            uncertain_since: record.uncertain_since.or(Some(record.begun)),
            ..record.clone()
        };
        let at = now + pause(record);
        if record.attempts >= TRIES || !uncertain.may_repeat(at) {
            return Self::Unknown(failure);
        }
        Self::Again(Again {
            counted: true,
            uncertain: true,
            ..Again::later(failure, at)
        })
    }

    /// What becomes of a message after its last try.
    pub fn given_up(record: &Record, failure: Failure) -> Self {
        match record.uncertain_since {
            Some(_) => Self::Unknown(failure),
            None => Self::Dead(failure),
        }
    }
}

/// "The same message was here before": ours, if one of ours may have been, or if it only shows
/// that somebody types.
fn is_ours(record: &Record) -> bool {
    record.uncertain_since.is_some() || is_typing(&record.body)
}

fn pause(record: &Record) -> Duration {
    nth(&PAUSES, record.attempts.max(1) - 1)
}

fn next_minute(now: Timestamp) -> Timestamp {
    Timestamp::from_secs((now.as_secs() / 60 + 1) * 60) + Duration::from_millis(500)
}

fn msgid(answer: &Value) -> Option<String> {
    match answer.get("msgid")? {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
