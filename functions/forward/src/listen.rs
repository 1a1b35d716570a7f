//! Listens to a source. Where an answer is not whole in time, its user is shown how it begins.

use crate::{
    answer,
    courier::count,
    handler::Handler,
    opening::{Heard, Opening, Saying},
    source::{Failure, Said},
};
use shared::{inbox::Row, invocation::ForwardTask, problem::Problem, time::Timestamp};

impl Handler {
    /// Everything the source says. What was said before it failed stands.
    pub(crate) async fn listen(
        &self,
        task: &ForwardTask,
        runner: &str,
        row: &Row,
        until: Timestamp,
    ) -> Result<Heard, Failure> {
        let mut answer = self.sources.open(task, until);
        let mut saying = Saying::new(task, runner, row);
        let due = row.received_at + task.delivery.opens_after();
        loop {
            let said = tokio::select! {
                biased;
                said = answer.next() => said,
                // Nothing more is said: what there is may do.
                () = self.clock.wait_until(due), if saying.may_open && !saying.is_due => {
                    saying.is_due = true;
                    Some(Ok(Said::Text(String::new())))
                }
            };
            match said {
                None => return Ok(saying.whole()),
                Some(Ok(Said::Text(part))) => saying.text.push_str(&part),
                Some(Ok(Said::Whole(payload))) => {
                    let (reply, opening) = (answer::read(&payload), saying.opening);
                    return Ok(Heard { reply, opening });
                }
                Some(Err(failure)) if saying.text.trim().is_empty() => return Err(failure),
                Some(Err(Failure::Failed { why, .. } | Failure::Slow { why })) => {
                    count(&*self.clock, &task.account, "AnswersCutShort");
                    tracing::warn!(account = task.account, detail = why, "answer cut short");
                    saying.may_open = false;
                }
            }
            self.open(&mut saying).await;
        }
    }

    /// Files how the answer begins, for the attempt that waits. Where that fails, the answer goes out once it is whole.
    async fn open(&self, saying: &mut Saying<'_>) {
        let Some((said, piece)) = saying.begins() else {
            return;
        };
        let Saying { task, runner, .. } = *saying;
        let piece = match task.delivery.messages {
            0 => task.delivery.followed(piece),
            _ => piece,
        };
        let clear = piece.render(&task.openid, &task.original_id, self.clock.now().as_secs());
        let opened = self.inbox.open(&task.id, runner, &clear, said).await;
        saying.may_open = false;
        match opened {
            Ok(row) if row.lease_owner.as_deref() == Some(runner) => {
                saying.opening = Opening::of(&row);
            }
            Ok(_) => {}
            Err(error) => note_unopened(&error.into()),
        }
        if saying.opening.is_some() {
            self.took(task, saying.row);
            let promised = self
                .courier
                .promise_rest(task, runner, saying.row.received_at);
            if let Err(problem) = promised.await {
                note_unopened(&problem);
            }
        }
    }
}

/// Nothing is lost by it: the whole answer is filed all the same.
fn note_unopened(problem: &Problem) {
    let outcome = problem.error_type();
    tracing::warn!(outcome, detail = %problem, "not shown how the answer begins");
}
