//! What an outcome of WeChat's means for the message.

use super::{Failure, Record, SendKind, job::is_typing, record::TRIES};
use serde_json::Value;
use wechat_oa::api::{ApiError, Error, ErrorClass, error::Failure as Broken};

/// How long a message waits after its first, second … try, in milliseconds.
const PAUSES_MS: [i64; 4] = [500, 2_000, 8_000, 30_000];
/// How long when somebody has to set something right first.
const FIX_MS: i64 = 60_000;
/// How long when no token could be had.
const NO_TOKEN_MS: i64 = 5_000;
/// How long when no connection came about.
const NO_CONNECTION_MS: i64 = 2_000;

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
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Whether WeChat was asked: this was one of the five tries.
    pub counted: bool,
    /// Whether the call may have been made.
    pub uncertain: bool,
    /// Whether the lane slows down.
    pub slow: bool,
}

impl Again {
    /// A try that was none: WeChat was not asked.
    pub fn later(failure: Failure, at_ms: i64) -> Self {
        Self {
            failure,
            at_ms,
            counted: false,
            uncertain: false,
            slow: false,
        }
    }
}

impl Verdict {
    /// Judges the outcome of a message's call; `record` is the row as it was begun.
    pub fn of(record: &Record, outcome: &Result<Value, Error>, now_ms: i64) -> Self {
        let error = match outcome {
            Ok(answer) => {
                return Self::Sent {
                    msgid: msgid(answer),
                };
            }
            Err(error) => error,
        };
        let failure = Failure::of(error);
        let later = |pause_ms| {
            let at_ms = now_ms.saturating_add(pause_ms);
            Self::Again(Again::later(failure.clone(), at_ms))
        };
        match error {
            Error::Api(refusal) => Self::refused(record, refusal, failure, now_ms),
            Error::Invalid { .. } | Error::Encode { .. } | Error::File { .. } => {
                Self::Failed(failure)
            }
            Error::NoToken { .. } => later(NO_TOKEN_MS),
            Error::Transport {
                failure: Broken::Connect,
                ..
            } => later(NO_CONNECTION_MS),
            Error::Transport { .. }
            | Error::Unreadable { .. }
            | Error::Shape { .. }
            | Error::TooLong { .. } => Self::uncertain(record, failure, now_ms),
        }
    }

    fn refused(record: &Record, refusal: &ApiError, failure: Failure, now_ms: i64) -> Self {
        let again = |at_ms, slow| {
            if record.attempts >= TRIES {
                return Self::given_up(record, failure.clone());
            }
            Self::Again(Again {
                failure: failure.clone(),
                at_ms,
                counted: true,
                uncertain: false,
                slow,
            })
        };
        match refusal.class {
            ErrorClass::Token | ErrorClass::Transient => {
                again(now_ms.saturating_add(pause_ms(record)), false)
            }
            ErrorClass::Rate => again(next_minute_ms(now_ms), true),
            ErrorClass::Ip | ErrorClass::Config => again(now_ms.saturating_add(FIX_MS), false),
            ErrorClass::Quota => Self::Quota(failure),
            ErrorClass::Duplicate if is_ours(record) => Self::Sent {
                msgid: refusal.fields.id("msgid").map(|id| id.to_string()),
            },
            _ if may_be_out(record) => Self::Unknown(failure),
            _ => Self::Failed(failure),
        }
    }

    fn uncertain(record: &Record, failure: Failure, now_ms: i64) -> Self {
        let since_ms = match record.uncertain_since_ms {
            0 => record.begun_ms,
            since_ms => since_ms,
        };
        let uncertain = Record {
            uncertain_since_ms: since_ms,
            ..record.clone()
        };
        let at_ms = now_ms.saturating_add(pause_ms(record));
        if record.attempts >= TRIES || !uncertain.may_repeat(at_ms) {
            return Self::Unknown(failure);
        }
        Self::Again(Again {
            failure,
            at_ms,
            counted: true,
            uncertain: true,
            slow: false,
        })
    }

    /// What becomes of a message after its last try.
    pub fn given_up(record: &Record, failure: Failure) -> Self {
        if record.uncertain_since_ms > 0 {
            Self::Unknown(failure)
        } else {
            Self::Dead(failure)
        }
    }
}

/// "The same message was here before": ours, if one of ours may have been, or if it only shows
/// that somebody types.
fn is_ours(record: &Record) -> bool {
    record.uncertain_since_ms > 0 || is_typing(&record.body)
}

/// An earlier call may have sent it, and WeChat would not know this one for a repeat.
fn may_be_out(record: &Record) -> bool {
    record.uncertain_since_ms > 0 && !record.kind.is_some_and(SendKind::has_id)
}

fn pause_ms(record: &Record) -> i64 {
    let tries = usize::try_from(record.attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    let pause = PAUSES_MS.get(tries).or(PAUSES_MS.last());
    pause.copied().unwrap_or_default()
}

fn next_minute_ms(now_ms: i64) -> i64 {
    now_ms
        .div_euclid(60_000)
        .saturating_add(1)
        .saturating_mul(60_000)
        .saturating_add(500)
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
