//! An answer while it is said, and how it begins.

use crate::task::{answerable, shown};
use shared::{answers::opening, inbox::Row, invocation::ForwardTask};
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

/// An answer while it is said.
pub(crate) struct Saying<'a> {
    pub(crate) task: &'a ForwardTask,
    pub(crate) runner: &'a str,
    pub(crate) row: &'a Row,
    pub(crate) text: String,
    pub(crate) opening: Option<Opening>,
    /// Whether an attempt may still wait for how it begins.
    pub(crate) may_open: bool,
    /// Whether it is time for that.
    pub(crate) is_due: bool,
}

impl<'a> Saying<'a> {
    pub(crate) fn new(task: &'a ForwardTask, runner: &'a str, row: &'a Row) -> Self {
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
    pub(crate) fn begins(&self) -> Option<(&str, Reply)> {
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

    pub(crate) fn whole(self) -> Heard {
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
