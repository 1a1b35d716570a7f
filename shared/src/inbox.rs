//! What an attempt does with the row of its push.
//!
//! WeChat repeats a push up to three times, and the repeats may run side by side. One row a push
//! decides between them: whoever finds a reply there gives it; whoever finds none runs the slow
//! rule, or waits for the one who does. A row's reply is written once and never changed.

use crate::{
    account::{LateReply, Waiting},
    time::Timestamp,
};
use serde::Deserialize;
use std::time::Duration;

/// So long after its arrival WeChat has surely hung up on an attempt.
pub const HUNG_UP: Duration = Duration::from_millis(5_400);
/// WeChat's last attempt begins so long after its first, when it is let hang up.
pub const LAST_BEGINS: Duration = Duration::from_secs(10);
/// How long a slow rule may take to begin before another attempt starts it again.
pub const BEGIN_LEASE: Duration = Duration::from_secs(3);
/// How long a row is kept: far longer than WeChat repeats.
pub const KEEP: Duration = Duration::from_secs(7 * 86_400);
/// WeChat makes this many attempts in all (protocol section 1.7).
pub const ATTEMPTS: u32 = 3;
/// After this WeChat makes no attempt at a push any more: it waits five seconds for
/// each. A reply that is written later reaches nobody unless it goes out as a message.
pub const ATTEMPTS_END: Duration = Duration::from_secs(16);
/// Who has the lease of a row whose runner gave it back: any runner may take it, and no attempt
/// starts the rule again, for Lambda or a person does.
pub const NOBODY: &str = "";

/// The row of a push, as far as decisions read it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Row {
    /// The reply in clear, `success` for none; the same bytes for every attempt.
    pub reply: Option<String>,
    /// The answer of the slow rule as it came, for when it has to go out as a message.
    pub answer: Option<String>,
    /// When WeChat was told "success", or that the answer waits, because the reply was not there.
    pub acknowledged_at: Option<i64>,
    /// What the user was told then, in clear.
    pub told: Option<String>,
    /// The reply in clear that shows how the answer begins, while the rest is still being said.
    pub opening: Option<String>,
    /// What the source had said of it.
    pub opened: Option<String>,
    /// Whether the push is to collect an answer that is still worked out.
    #[serde(default)]
    pub collects: bool,
    /// When the first attempt came.
    #[serde(default)]
    pub received_at: Timestamp,
    /// Attempts that came so far.
    #[serde(default)]
    pub attempts: u32,
    /// Who may start the slow rule; once it runs, who runs it.
    pub lease_owner: Option<String>,
    /// Until when.
    #[serde(default)]
    pub lease_until: Timestamp,
}

/// What an attempt does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Give this reply.
    Answer(String),
    /// Say "success": another attempt did, and the answer goes out as a message.
    Acknowledge,
    /// The row is this attempt's: start the slow rule.
    Start,
    /// The one who was to run the rule is gone: take its lease, then start.
    TakeOver {
        /// The owner whose lease ran out.
        from: String,
    },
    /// The rule is running: look again soon.
    Wait,
}

/// Decides what the attempt `me` does, by the row as it stands at `now`.
///
/// ```
/// use shared::{inbox::{Row, Step, next_step}, time::Timestamp};
///
/// let [before, end] = [999, 1_000].map(Timestamp::from_millis);
/// let running = Row { lease_owner: Some("first".into()), lease_until: end, ..Row::default() };
/// assert_eq!(next_step(&running, "first", before), Step::Start);
/// assert_eq!(next_step(&running, "second", before), Step::Wait);
/// assert_eq!(next_step(&running, "second", end), Step::TakeOver { from: "first".into() });
/// ```
pub fn next_step(row: &Row, me: &str, now: Timestamp) -> Step {
    if let Some(opening) = &row.opening {
        return Step::Answer(opening.clone());
    }
    match (row.acknowledged_at, &row.reply, &row.lease_owner) {
        (Some(_), _, _) => match &row.told {
            Some(told) => Step::Answer(told.clone()),
            None => Step::Acknowledge,
        },
        (None, Some(reply), _) => Step::Answer(reply.clone()),
        (None, None, Some(owner)) if owner == me => Step::Start,
        (None, None, Some(owner)) if owner == NOBODY => Step::Wait,
        (None, None, Some(owner)) if row.lease_until <= now => Step::TakeOver {
            from: owner.clone(),
        },
        _ => Step::Wait,
    }
}

/// What the runner of a slow rule does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Run {
    /// Run the rule.
    Go,
    /// The answer is written: see that the user gets its pieces. Whoever comes to this does, for each piece has one
    /// id and goes out once.
    Deliver {
        /// The answer, as the row keeps it.
        answer: String,
        /// The first piece that no attempt gives.
        from: u32,
    },
    /// Nothing: the reply is written and an attempt gives it.
    Answered,
    /// Nothing now: another runs the rule, or may start it, and there is no reply yet.
    Held {
        /// Until when.
        until: Timestamp,
    },
    /// Nothing ever: the row is erased or over.
    Gone,
}

/// Decides what `runner` does after it asked for the lease, and again after it wrote its reply.
pub fn next_run(row: &Row, runner: &str) -> Run {
    match (&row.reply, &row.answer, row.acknowledged_at) {
        (Some(_), Some(answer), acknowledged_at) => Run::Deliver {
            answer: answer.clone(),
            from: u32::from(acknowledged_at.is_none() || row.opening.is_some()),
        },
        (Some(_), None, _) => Run::Answered,
        (None, _, _) => match row.lease_owner.as_deref() {
            Some(owner) if owner == runner => Run::Go,
            Some(_) => Run::Held {
                until: row.lease_until,
            },
            None => Run::Gone,
        },
    }
}

/// Whether a reply that is written at `now` comes too late for every attempt of WeChat.
pub fn is_late(row: &Row, now: Timestamp) -> bool {
    now.since(row.received_at) > ATTEMPTS_END
}

/// What happens to an attempt whose time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lapse {
    /// Tell WeChat "success" and send the answer as a message when it comes.
    Acknowledge,
    /// Say nothing, so that WeChat repeats the push.
    Hold,
}

/// Decides what an attempt does at its deadline; WeChat's last attempt is never let lapse.
///
/// ```
/// use shared::{account::{LateReply, Waiting}, inbox::{Lapse, at_deadline}};
///
/// assert_eq!(at_deadline(LateReply::CustomerService, Waiting::AtOnce, 1), Lapse::Acknowledge);
/// assert_eq!(at_deadline(LateReply::Hold, Waiting::AtOnce, 1), Lapse::Hold);
/// assert_eq!(at_deadline(LateReply::Continue, Waiting::AtOnce, 1), Lapse::Acknowledge);
/// ```
pub fn at_deadline(late_reply: LateReply, waiting: Waiting, attempts: u32) -> Lapse {
    match (late_reply, waiting) {
        (LateReply::Hold, _) | (LateReply::Continue, Waiting::AtLastAttempt)
            if attempts < ATTEMPTS =>
        {
            Lapse::Hold
        }
        _ => Lapse::Acknowledge,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::ms;

    fn row(reply: Option<&str>, acknowledged_at: Option<i64>) -> Row {
        Row {
            reply: reply.map(str::to_owned),
            answer: reply.map(|_| "\"late\"".to_owned()),
            acknowledged_at,
            attempts: 1,
            lease_owner: Some("first".to_owned()),
            lease_until: Timestamp::from_millis(1_000),
            ..Row::default()
        }
    }

    #[test]
    fn one_attempt_starts_the_rule_and_the_others_wait() {
        let running = row(None, None);
        assert_eq!(
            next_step(&running, "first", Timestamp::from_millis(0)),
            Step::Start
        );
        assert_eq!(
            next_step(&running, "second", Timestamp::from_millis(999)),
            Step::Wait
        );
        let from = "first".to_owned();
        assert_eq!(
            next_step(&running, "second", Timestamp::from_millis(1_000)),
            Step::TakeOver { from }
        );
    }

    #[test]
    fn a_reply_is_given_unless_it_goes_out_as_a_message() {
        let replied = row(Some("<xml/>"), None);
        assert_eq!(
            next_step(&replied, "second", Timestamp::from_millis(0)),
            Step::Answer("<xml/>".to_owned())
        );
        let late = row(Some("<xml/>"), Some(5));
        assert_eq!(
            next_step(&late, "second", Timestamp::MAX),
            Step::Acknowledge
        );
        assert_eq!(
            next_step(&row(None, Some(5)), "first", Timestamp::from_millis(0)),
            Step::Acknowledge
        );
    }

    #[test]
    fn a_runner_runs_only_with_its_own_lease_and_anybody_sends_what_is_late() {
        assert_eq!(next_run(&row(None, None), "first"), Run::Go);
        assert_eq!(next_run(&row(None, Some(5)), "first"), Run::Go);
        let held = Run::Held {
            until: Timestamp::from_millis(1_000),
        };
        assert_eq!(next_run(&row(None, None), "second"), held);
        assert_eq!(next_run(&row(None, Some(5)), "second"), held);
        let deliver = |from| Run::Deliver {
            answer: "\"late\"".to_owned(),
            from,
        };
        for runner in ["first", "second"] {
            assert_eq!(next_run(&row(Some("a"), None), runner), deliver(1));
            assert_eq!(next_run(&row(Some("a"), Some(5)), runner), deliver(0));
        }
        assert_eq!(next_run(&Row::default(), "first"), Run::Gone);
    }

    #[test]
    fn a_lease_that_was_given_back_is_no_attempts() {
        let mut given_back = row(None, None);
        given_back.lease_owner = Some(NOBODY.to_owned());
        assert_eq!(next_step(&given_back, "second", Timestamp::MAX), Step::Wait);
        let ended = Timestamp::default() + ATTEMPTS_END;
        assert!(is_late(&given_back, ended + ms(1)));
        assert!(!is_late(&given_back, ended));
    }

    #[test]
    fn only_attempts_that_are_repeated_may_lapse() {
        use LateReply::{Continue, CustomerService, Hold};
        use Waiting::{AtLastAttempt, AtOnce};
        for (late_reply, waiting, held) in [
            (Hold, AtLastAttempt, 2),
            (Hold, AtOnce, 2),
            (CustomerService, AtLastAttempt, 0),
            (Continue, AtLastAttempt, 2),
            (Continue, AtOnce, 0),
        ] {
            let lapses = (1..=ATTEMPTS).map(|n| at_deadline(late_reply, waiting, n));
            let lapses = lapses.filter(|lapse| *lapse == Lapse::Hold).count();
            assert_eq!(lapses, held, "{late_reply:?} {waiting:?}");
        }
    }

    #[test]
    fn how_an_answer_begins_is_given_to_every_attempt_and_not_delivered_again() {
        for acknowledged_at in [None, Some(5)] {
            let mut opened = row(None, acknowledged_at);
            opened.opening = Some("<xml>begins</xml>".to_owned());
            let step = next_step(&opened, "second", Timestamp::MAX);
            assert_eq!(step, Step::Answer("<xml>begins</xml>".to_owned()));
            assert_eq!(next_run(&opened, "first"), Run::Go);
            opened.reply = opened.opening.clone();
            opened.answer = Some("{}".to_owned());
            let deliver = Run::Deliver {
                answer: "{}".to_owned(),
                from: 1,
            };
            assert_eq!(next_run(&opened, "second"), deliver);
        }
    }

    #[test]
    fn what_the_user_was_told_is_told_again() {
        let mut told = row(None, Some(5));
        told.told = Some("<xml>waits</xml>".to_owned());
        let step = next_step(&told, "second", Timestamp::MAX);
        assert_eq!(step, Step::Answer("<xml>waits</xml>".to_owned()));
    }
}
