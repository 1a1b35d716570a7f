//! A batch of unsubscribes: everything that names the user goes, the unsubscribe with it; what a
//! user who came back did since stays, and what was sent since. WeChat's time of the unsubscribe
//! counts, however late it comes. Receivers of a campaign on its way go when it is done.
//!
//! The inbox keeps a push so that WeChat's repeats get the same answer. Nothing is deleted before
//! WeChat has made its last repeat, nor while a slow rule runs: such an unsubscribe comes again.
//! The inbox goes first: whoever writes down what a push meant finds that it is gone. Dead letters of `forward`
//! go last: they are whole pushes.

use serde::Deserialize;
use serde_json::Value;
use shared::{
    clock::SharedClock,
    lambda::{BatchFailures, Context, DeadLetters, StreamEvent, StreamRecord},
    problem::Problem,
    store::{Answers, Departure, Inbox, REPEATS, Sends},
    time::Timestamp,
};
use std::collections::BTreeSet;
use wechat_oa::ids::AppId;

/// An unsubscribe, as far as it is read here.
#[derive(Debug, Deserialize)]
struct Filed {
    account: String,
    app_id: AppId,
    /// Absent where WeChat's push did not tell who left.
    #[serde(default)]
    openid: String,
    received_at: Timestamp,
    #[serde(default)]
    push: Pushed,
}

/// The part of it that is read.
#[derive(Debug, Default, Deserialize)]
struct Pushed {
    #[serde(default)]
    create_time: Value,
}

/// Erases users.
pub struct Handler {
    inbox: Inbox,
    sends: Sends,
    answers: Answers,
    forward_dead_letters: DeadLetters,
    clock: SharedClock,
}

impl Handler {
    /// A handler in these surroundings.
    pub fn new(context: &mut Context) -> Self {
        Self {
            inbox: context.inbox(),
            sends: context.sends(),
            answers: context.answers(),
            forward_dead_letters: context.forward_dead_letters(),
            clock: context.clock(),
        }
    }

    /// Erases one user after the other, and tells who is not erased yet.
    pub async fn handle(&self, event: &StreamEvent) -> BatchFailures {
        let mut failures = BatchFailures::default();
        let mut fail = |record: &StreamRecord, problem: &Problem| {
            let (sequence, reason) = (record.sequence(), problem.error_type());
            tracing::warn!(sequence, reason, detail = %problem, "unsubscribe");
            failures.add(sequence);
        };
        let mut gone = BTreeSet::new();
        for record in &event.records {
            match self.erase(record).await {
                Ok(openid) => gone.extend(openid),
                Err(problem) => fail(record, &problem),
            }
        }
        if !gone.is_empty()
            && let Err(error) = self.forward_dead_letters.erase(&gone).await
        {
            let problem = Problem::from(error);
            event
                .records
                .iter()
                .for_each(|record| fail(record, &problem));
        }
        failures
    }

    /// Erases a user from the tables, and says who it was.
    async fn erase(&self, record: &StreamRecord) -> Result<Option<String>, Problem> {
        let filed: Filed = record.row()?;
        if filed.openid.is_empty() {
            tracing::warn!(account = filed.account, reason = "no_openid", "unsubscribe");
            return Ok(None);
        }
        let repeats_end = filed.received_at + REPEATS;
        self.clock.wait_until(repeats_end).await;
        let (app_id, openid, now) = (&filed.app_id, &filed.openid, self.clock.now());
        let left = Departure::new(filed.push.create_time.as_i64(), filed.received_at);
        let erased = self.inbox.erase(app_id, openid, left, now).await?;
        for row_id in &erased.slow {
            self.sends.bar_late(app_id, row_id, now).await?;
        }
        self.inbox.erase_slow(&erased.slow, left, now).await?;
        // In this order: a message that is still sent leaves what follows it to be collected.
        let sends = self.sends.erase(app_id, openid, left).await?;
        self.answers.erase(app_id, openid, left).await?;
        let pushes = erased.rows + erased.slow.len();
        let (account, busy) = (filed.account, erased.busy);
        tracing::info!(account, sends, pushes, busy, "unsubscribe");
        if busy > 0 {
            let why = format!("{busy} pushes of the user are still being answered");
            return Err(Problem::new("still_answered", 500, why));
        }
        Ok(Some(filed.openid))
    }
}

#[cfg(test)]
mod tests;
