//! Listens to a source. Where an answer is not whole in time, its user is shown how it begins.

use crate::{
    answer,
    courier::count,
    handler::{Handler, answerable},
    source::{Failure, Said},
};
use shared::{
    answers::opening, inbox::Row, invocation::ForwardTask, markdown::to_phone, problem::Problem,
    router::Markdown, time::Timestamp,
};
use wechat_oa::callback::{Answerable, Reply};

/// What a source said.
pub(crate) struct Heard {
    /// A reply, or why it is none; what the user has already is not in it.
    pub(crate) reply: Result<Reply, String>,
    pub(crate) opening: Option<Opening>,
}

/// How an answer begins, as its user has got it.
pub(crate) struct Opening {
    said: String,
    /// The reply in clear.
    pub(crate) clear: String,
}

impl Opening {
    /// The one that stands in the row, from whichever run.
    pub(crate) fn of(row: &Row) -> Option<Self> {
        let (clear, said) = (row.opening.clone()?, row.opened.clone()?);
        Some(Self { said, clear })
    }

    /// What is left of a text, which is all of it where another run says something else.
    fn rest<'t>(&self, text: &'t str) -> &'t str {
        text.strip_prefix(&self.said).unwrap_or(text)
    }

    /// As a piece of the answer.
    pub(crate) fn piece(&self, task: &ForwardTask) -> Reply {
        Reply::from(shown(task, &self.said))
    }
}

/// A text as a phone shows it.
pub(crate) fn shown(task: &ForwardTask, text: &str) -> String {
    match task.markdown {
        Markdown::Plain => to_phone(text),
        Markdown::Keep => text.to_owned(),
    }
}

/// An answer while it is said.
struct Saying<'a> {
    task: &'a ForwardTask,
    runner: &'a str,
    row: &'a Row,
    text: String,
    opening: Option<Opening>,
    /// Whether an attempt may still wait for how it begins.
    may_open: bool,
    /// Whether it is time for that.
    is_due: bool,
}

impl<'a> Saying<'a> {
    fn new(task: &'a ForwardTask, runner: &'a str, row: &'a Row) -> Self {
        let opening = Opening::of(row);
        let is_waited_for = row.acknowledged_at.is_none();
        Self {
            may_open: opening.is_none() && is_waited_for && answerable(task) != Answerable::Never,
            is_due: false,
            text: String::new(),
            task,
            runner,
            row,
            opening,
        }
    }

    /// How much of it is shown now, with the piece that shows it.
    fn begins(&self) -> Option<(&str, Reply)> {
        let room = self.task.delivery.room();
        if !self.may_open || !(self.is_due || self.text.len() > room) {
            return None;
        }
        // What becomes of Markdown may be longer than it was.
        let end = opening::end(&self.text, room / 4 * 3)?;
        let (begins, _) = self.text.split_at(end);
        let piece = self.task.delivery.opening(shown(self.task, begins))?;
        Some((begins, piece))
    }

    fn whole(self) -> Heard {
        let reply = match &self.opening {
            Some(opening) if opening.rest(&self.text).trim().is_empty() => Reply::Acknowledge,
            Some(opening) => Reply::from(opening.rest(&self.text)),
            None => Reply::from(self.text),
        };
        Heard {
            reply: Ok(reply),
            opening: self.opening,
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn task(markdown: &str) -> ForwardTask {
        serde_json::from_value(json!({
            "account": "demo", "assistant": "helper", "id": "i", "message_group": "g", "openid": "o",
            "original_id": "gh", "owner": "me", "markdown": markdown,
            "push": {"kind": "text", "content": "?"},
        }))
        .unwrap()
    }

    fn said(row: &Row, task: &ForwardTask, text: &str) -> Reply {
        let mut saying = Saying::new(task, "me", row);
        saying.text = text.to_owned();
        saying.whole().reply.unwrap()
    }

    #[test]
    fn the_rest_is_what_was_not_shown_and_all_where_another_run_says_something_else() {
        let task = task("plain");
        let opened = Row {
            opening: Some("<xml/>".to_owned()),
            opened: Some("一。\n\n".to_owned()),
            ..Row::default()
        };
        for (text, rest) in [
            ("一。\n\n二。", Reply::from("二。")),
            ("一。\n\n", Reply::Acknowledge),
            ("壹。\n\n二。", Reply::from("壹。\n\n二。")),
        ] {
            assert_eq!(said(&opened, &task, text), rest, "{text}");
        }
        assert_eq!(said(&Row::default(), &task, "一。"), Reply::from("一。"));
    }

    #[test]
    fn it_begins_when_time_is_up_or_a_message_is_full() {
        let (task, row) = (task("plain"), Row::default());
        let mut saying = Saying::new(&task, "me", &row);
        saying.text = "**好**的。\n\n- 一".to_owned();
        assert_eq!(saying.begins(), None);
        saying.is_due = true;
        let begins = Some(("**好**的。\n\n", Reply::from("好的。")));
        assert_eq!(saying.begins(), begins);
        saying.is_due = false;
        saying.text += &"。".repeat(700);
        assert_eq!(saying.begins(), begins);
        saying.may_open = false;
        assert_eq!(saying.begins(), None);
    }

    #[test]
    fn nothing_begins_that_nobody_waits_for() {
        let task = task("keep");
        let told = Row {
            acknowledged_at: Some(1),
            ..Row::default()
        };
        assert!(!Saying::new(&task, "me", &told).may_open);
    }
}
