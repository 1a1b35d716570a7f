//! What an outcome of WeChat's means for a batch, and what it makes of its row.

use super::{State, batch::Batch};
use crate::{
    beijing,
    sends::{Failure, nth, secs},
    time::Timestamp,
};
use std::time::Duration;
use wechat_oa::api::{ApiError, Error, ErrorClass, error::Failure as Broken, mass::MassSent};

/// How long a batch waits after its first, second … try.
const PAUSES: [Duration; 5] = [secs(1), secs(5), secs(20), secs(60), secs(300)];
/// How long after "too fast" (45066), and while the administrator thinks.
const MINUTE: Duration = secs(61);
/// The administrator has half an hour (protocol section 6).
const ADMIN: Duration = secs(1_860);
/// Refusals that may pass, at most.
const TRIES: u32 = 30;

/// What becomes of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// WeChat has it.
    Accepted {
        /// WeChat's id; none when it was there before and WeChat did not say under which.
        msg_id: Option<u64>,
        /// The id of its comments and statistics.
        msg_data_id: Option<u64>,
    },
    /// The same call with the same id, later.
    Again {
        failure: Failure,
        /// When.
        at: Timestamp,
        /// Whether the call may have been made.
        uncertain: bool,
    },
    /// The administrator has to agree; asked again then.
    AwaitingAdmin {
        failure: Failure,
        /// When.
        at: Timestamp,
    },
    /// It does not go.
    Failed(Failure),
    /// It does not go now, and an earlier call of it may have gone.
    Unknown(Failure),
}

impl Verdict {
    /// Judges the outcome of a batch's call; `batch` is the row as it was claimed. A refusal says
    /// nothing about an earlier call whose answer was lost.
    pub fn of(batch: &Batch, outcome: &Result<MassSent, Error>, now: Timestamp) -> Self {
        match Self::of_call(batch, outcome, now) {
            Self::Failed(failure) if batch.uncertain_since.is_some() => Self::Unknown(failure),
            verdict => verdict,
        }
    }

    fn of_call(batch: &Batch, outcome: &Result<MassSent, Error>, now: Timestamp) -> Self {
        let error = match outcome {
            Ok(sent) => {
                return Self::Accepted {
                    msg_id: Some(sent.msg_id),
                    msg_data_id: sent.msg_data_id,
                };
            }
            Err(error) => error,
        };
        let failure = Failure::of(error);
        match error {
            Error::Api(refusal) => Self::refused(batch, refusal, failure, now),
            Error::Invalid { .. } | Error::Encode { .. } | Error::File { .. } => {
                Self::Failed(failure)
            }
            Error::NoToken { .. }
            | Error::Transport {
                failure: Broken::Connect,
                ..
            } => again(batch, failure, now, false),
            _ => again(batch, failure, now, true),
        }
    }

    fn refused(batch: &Batch, refusal: &ApiError, failure: Failure, now: Timestamp) -> Self {
        let at = |at| Self::Again {
            failure: failure.clone(),
            at,
            uncertain: false,
        };
        match (refusal.errcode, refusal.class) {
            (45_065, _) => Self::Accepted {
                msg_id: refusal.fields.id("msg_id"),
                msg_data_id: None,
            },
            (45_066, _) => at(now + MINUTE),
            (89_504 | 89_505, _) => awaiting(batch, failure, now),
            // A send to all on another day than the one that was asked for would surprise everybody.
            (45_028, _) => Self::Failed(failure),
            (_, ErrorClass::Quota) => at(beijing::midnight_after(beijing::day(now))),
            (_, ErrorClass::Rate | ErrorClass::Ip | ErrorClass::Config)
                if batch.attempts < TRIES =>
            {
                at(now + MINUTE)
            }
            (_, ErrorClass::Token | ErrorClass::Transient) if batch.attempts < TRIES => {
                again(batch, failure, now, false)
            }
            _ => Self::Failed(failure),
        }
    }
}

impl Batch {
    /// Whether what became of a call of `me` counts. Somebody may have taken over after the time of
    /// `me`, or given it up: that WeChat has it is true all the same, a refusal says nothing then.
    pub fn takes(&self, verdict: &Verdict, me: &str) -> bool {
        let accepted = matches!(verdict, Verdict::Accepted { .. });
        let mine = self.lease_owner.as_deref() == Some(me) || !self.is_in_doubt();
        match self.is_open() {
            true => accepted || mine,
            false => accepted && self.state == State::Unknown,
        }
    }

    /// After its call. `patience` is how long a result is waited for before WeChat is asked.
    #[must_use]
    pub fn settled(&self, verdict: Verdict, patience: Duration, now: Timestamp) -> Self {
        let mut next = self.next();
        next.lease_owner = None;
        match verdict {
            Verdict::Accepted {
                msg_id,
                msg_data_id,
            } => {
                (next.state, next.error) = (State::Accepted, None);
                (next.msg_id, next.msg_data_id) = (msg_id, msg_data_id);
                (next.accepted, next.look) = (now, now + patience);
            }
            Verdict::Again {
                failure,
                at,
                uncertain,
            } => {
                let uncertain = uncertain.then_some(self.begun);
                next.uncertain_since = self.uncertain_since.or(uncertain);
                (next.error, next.not_before) = (Some(failure), at);
            }
            Verdict::AwaitingAdmin { failure, at } => {
                (next.state, next.error) = (State::AwaitingAdmin, Some(failure));
                (next.not_before, next.awaiting_since) = (at, self.awaiting_since.or(Some(now)));
            }
            Verdict::Failed(failure) => (next.state, next.error) = (State::Failed, Some(failure)),
            Verdict::Unknown(failure) => (next.state, next.error) = (State::Unknown, Some(failure)),
        }
        next
    }
}

fn again(batch: &Batch, failure: Failure, now: Timestamp, uncertain: bool) -> Verdict {
    Verdict::Again {
        failure,
        at: now + nth(&PAUSES, batch.attempts.max(1) - 1),
        uncertain,
    }
}

fn awaiting(batch: &Batch, failure: Failure, now: Timestamp) -> Verdict {
    let at = now + MINUTE;
    match batch.awaiting_since {
        Some(since) if now.since(since) > ADMIN => Verdict::Failed(failure),
        _ => Verdict::AwaitingAdmin { failure, at },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::ms;
    use serde_json::json;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn refused(errcode: i64, msg_id: Option<u64>) -> Result<MassSent, Error> {
        let fields = json!({ "msg_id": msg_id });
        let fields = fields.as_object().cloned().unwrap();
        Err(Box::new(ApiError::new("/x", errcode, "no", fields)).into())
    }

    fn broken(failure: Broken) -> Result<MassSent, Error> {
        Err(Error::Transport {
            endpoint: "/x".into(),
            failure,
            source: "gone".into(),
        })
    }

    fn verdict(outcome: &Result<MassSent, Error>) -> Verdict {
        let batch = Batch {
            attempts: 1,
            ..Batch::default()
        };
        Verdict::of(&batch, outcome, NOW)
    }

    #[test]
    fn a_repeat_that_is_known_is_success() {
        assert_eq!(
            verdict(&refused(45_065, Some(3_147_483_705))),
            Verdict::Accepted {
                msg_id: Some(3_147_483_705),
                msg_data_id: None
            }
        );
    }

    #[test]
    fn what_may_have_gone_is_repeated_as_uncertain() {
        for (failure, doubt) in [
            (Broken::Connect, false),
            (Broken::Timeout, true),
            (Broken::Broken, true),
        ] {
            assert!(matches!(
                verdict(&broken(failure)),
                Verdict::Again { uncertain, at, .. } if uncertain == doubt && at == NOW + ms(1_000)
            ));
        }
    }

    #[test]
    fn refusals_wait_or_end() {
        let waits = |code| match verdict(&refused(code, None)) {
            Verdict::Again { at, .. } => at.since(NOW),
            other => panic!("{code}: {other:?}"),
        };
        assert_eq!(
            (waits(45_066), waits(45_011), waits(-1)),
            (ms(61_000), ms(61_000), ms(1_000))
        );
        assert_eq!(
            waits(45_009),
            beijing::midnight_after(beijing::day(NOW)).since(NOW)
        );
        for code in [45_028, 45_067, 48_003, 40_152, 40_130, 40_007, 99_999] {
            assert!(
                matches!(verdict(&refused(code, None)), Verdict::Failed(_)),
                "{code}"
            );
        }
    }

    #[test]
    fn a_refusal_of_the_repeat_says_nothing_of_the_call_before() {
        let batch = Batch {
            attempts: 2,
            uncertain_since: Some(NOW - ms(5_000)),
            ..Batch::default()
        };
        let of = |outcome| Verdict::of(&batch, &outcome, NOW);
        for code in [45_028, 45_067, 40_007, 48_003] {
            let told = of(refused(code, None));
            assert!(matches!(told, Verdict::Unknown(_)), "{code}: {told:?}");
        }
        let known = of(refused(45_065, Some(1)));
        assert!(matches!(known, Verdict::Accepted { .. }));
        let tired = Batch {
            attempts: TRIES,
            ..batch.clone()
        };
        let told = Verdict::of(&tired, &refused(-1, None), NOW);
        assert!(matches!(told, Verdict::Unknown(_)));
        let unknown = batch.settled(told, Duration::ZERO, NOW);
        assert_eq!(unknown.state, State::Unknown);
        assert!(!unknown.is_unspent());
    }

    #[test]
    fn the_administrator_has_half_an_hour() {
        for code in [89_504, 89_505] {
            let told = verdict(&refused(code, None));
            assert!(matches!(told, Verdict::AwaitingAdmin { at, .. } if at == NOW + ms(61_000)));
        }
        let batch = Batch {
            awaiting_since: Some(NOW - ADMIN - ms(1)),
            ..Batch::default()
        };
        let told = Verdict::of(&batch, &refused(89_505, None), NOW);
        assert!(matches!(told, Verdict::Failed(_)));
    }
}
