//! What a rule does to the tags of whoever sent a push.

use crate::attempt::Attempt;
use shared::{
    followers::Marks,
    invocation::{ForwardCall, MarkTask},
    problem::Problem,
    time::Timestamp,
};

impl Attempt<'_> {
    /// Has `forward` give and take away tags. Every attempt does, for the one before may have ended half-way: a second
    /// time changes nothing.
    pub(crate) async fn mark(&self, marks: &Marks, created_s: Option<i64>) -> Result<(), Problem> {
        if marks.is_empty() || self.filing.openid.is_empty() {
            return Ok(());
        }
        let mark = MarkTask {
            account: self.account.name.to_string(),
            id: self.filing.id(),
            openid: self.filing.openid.to_owned(),
            asked: created_s.map_or(self.started, Timestamp::from_secs),
            marks: marks.clone(),
        };
        self.forward.start(&ForwardCall::Mark { mark }).await
    }
}
