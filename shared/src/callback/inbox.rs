//! What an attempt does with the row of its push.
//!
//! WeChat repeats a push up to three times, and the repeats may run side by side. One row a push
//! decides between them: whoever finds a reply there gives it; whoever finds none runs the slow
//! rule, or waits for the one who does. A row's reply is written once and never changed.

use crate::account::LateReply;
use serde::Deserialize;

/// How long a slow rule may take to begin before another attempt starts it again, in milliseconds.
pub const BEGIN_LEASE_MS: i64 = 3_000;
/// How long a row is kept, in seconds; far longer than WeChat repeats.
pub const KEEP_S: i64 = 7 * 86_400;
/// WeChat makes this many attempts in all (protocol section 1.7).
pub const ATTEMPTS: u32 = 3;

/// The row of a push, as far as decisions read it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Row {
    /// The reply in clear, `success` for none; the same bytes for every attempt.
    pub reply: Option<String>,
    /// The answer of the slow rule as it came, for when it has to go out as a message.
    pub answer: Option<String>,
    /// When WeChat was told "success" because the reply was not there, in milliseconds since 1970.
    pub acknowledged_at: Option<i64>,
    /// Attempts that came so far.
    #[serde(default)]
    pub attempts: u32,
    /// Who may start the slow rule; once it runs, who runs it.
    pub lease_owner: Option<String>,
    /// Until when, in milliseconds since 1970.
    #[serde(default)]
    pub lease_until: i64,
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

/// Decides what the attempt `me` does, by the row as it stands at `now_ms`.
pub fn next_step(row: &Row, me: &str, now_ms: i64) -> Step {
    match (row.acknowledged_at, &row.reply, &row.lease_owner) {
        (Some(_), _, _) => Step::Acknowledge,
        (None, Some(reply), _) => Step::Answer(reply.clone()),
        (None, None, Some(owner)) if owner == me => Step::Start,
        (None, None, Some(owner)) if row.lease_until <= now_ms => Step::TakeOver {
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
    /// The answer is written and WeChat was told "success": send it as a message.
    SendLate(String),
    /// Nothing: the reply is written and an attempt gives it, or another runner has the lease.
    Leave,
}

/// Decides what `runner` does after it asked for the lease, and again after it wrote its reply.
pub fn next_run(row: &Row, runner: &str) -> Run {
    let mine = row.lease_owner.as_deref() == Some(runner);
    match (&row.reply, &row.answer, row.acknowledged_at) {
        (None, _, _) if mine => Run::Go,
        (Some(_), Some(answer), Some(_)) if mine => Run::SendLate(answer.clone()),
        _ => Run::Leave,
    }
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
pub fn at_deadline(late_reply: LateReply, attempts: u32) -> Lapse {
    match late_reply {
        LateReply::Hold if attempts < ATTEMPTS => Lapse::Hold,
        LateReply::Hold | LateReply::CustomerService => Lapse::Acknowledge,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(reply: Option<&str>, acknowledged_at: Option<i64>) -> Row {
        Row {
            reply: reply.map(str::to_owned),
            answer: reply.map(|_| "\"late\"".to_owned()),
            acknowledged_at,
            attempts: 1,
            lease_owner: Some("first".to_owned()),
            lease_until: 1_000,
        }
    }

    #[test]
    fn one_attempt_starts_the_rule_and_the_others_wait() {
        let running = row(None, None);
        assert_eq!(next_step(&running, "first", 0), Step::Start);
        assert_eq!(next_step(&running, "second", 999), Step::Wait);
        let from = "first".to_owned();
        assert_eq!(
            next_step(&running, "second", 1_000),
            Step::TakeOver { from }
        );
    }

    #[test]
    fn a_reply_is_given_unless_it_goes_out_as_a_message() {
        let replied = row(Some("<xml/>"), None);
        assert_eq!(
            next_step(&replied, "second", 0),
            Step::Answer("<xml/>".to_owned())
        );
        let late = row(Some("<xml/>"), Some(5));
        assert_eq!(next_step(&late, "second", i64::MAX), Step::Acknowledge);
        assert_eq!(
            next_step(&row(None, Some(5)), "first", 0),
            Step::Acknowledge
        );
    }

    #[test]
    fn a_runner_goes_on_only_with_its_own_lease() {
        assert_eq!(next_run(&row(None, None), "first"), Run::Go);
        assert_eq!(next_run(&row(None, Some(5)), "first"), Run::Go);
        assert_eq!(next_run(&row(None, None), "second"), Run::Leave);
        assert_eq!(next_run(&row(Some("a"), None), "first"), Run::Leave);
        assert_eq!(
            next_run(&row(Some("a"), Some(5)), "first"),
            Run::SendLate("\"late\"".to_owned())
        );
        assert_eq!(next_run(&row(Some("a"), Some(5)), "second"), Run::Leave);
    }

    #[test]
    fn only_attempts_that_are_repeated_may_lapse() {
        assert_eq!(at_deadline(LateReply::Hold, 1), Lapse::Hold);
        assert_eq!(at_deadline(LateReply::Hold, 2), Lapse::Hold);
        assert_eq!(at_deadline(LateReply::Hold, 3), Lapse::Acknowledge);
        assert_eq!(
            at_deadline(LateReply::CustomerService, 1),
            Lapse::Acknowledge
        );
    }
}
