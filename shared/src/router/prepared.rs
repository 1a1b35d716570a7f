//! What a rule of a file answers.

use super::{
    Decision, Handler, Quick,
    asked::Asked,
    fill::{fill, is_about_follower, is_filled},
    has_left,
    slow::{Slow, Source},
};
use crate::followers::{Marks, Needs};
use regex_lite::Regex;
use wechat_oa::callback::Reply;

/// Which of a rule's replies is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pick {
    /// One of them, by chance.
    One,
    /// All of them, one after the other.
    All,
    /// The only one where an agent is online, else the fallback.
    IfOnline,
}

/// What a rule of a file says.
pub(super) struct Answers {
    pub(super) replies: Vec<Reply>,
    pub(super) pick: Pick,
    pub(super) fallback: Option<Reply>,
    pub(super) slow: Option<Slow>,
    pub(super) marks: Marks,
}

/// What happens, made from what a file says.
pub(super) struct Prepared {
    answers: Answers,
    regex: Option<Regex>,
    /// Whether a text is to be filled.
    filled: bool,
    needs: Needs,
}

impl Prepared {
    /// Groups in texts are those of `regex`.
    pub(super) fn new(mut answers: Answers, regex: Option<Regex>) -> Self {
        let (mut filled, mut follower) = (false, false);
        for reply in answers.replies.iter_mut().chain(&mut answers.fallback) {
            reply.change_texts(&mut |text| {
                filled |= is_filled(text, regex.as_ref());
                follower |= is_about_follower(text);
            });
        }
        let agents = answers.pick == Pick::IfOnline;
        Self {
            answers,
            regex,
            filled,
            needs: Needs { follower, agents },
        }
    }

    fn filled(&self, reply: &Reply, asked: &Asked<'_>) -> Reply {
        let mut reply = reply.clone();
        if self.filled {
            fill(&mut reply, self.regex.as_ref(), asked);
        }
        reply
    }
}

impl Handler for Prepared {
    fn handle(&self, asked: &Asked<'_>) -> Decision {
        let filled = |reply| self.filled(reply, asked);
        let answers = &self.answers;
        let fallback = || answers.fallback.as_ref().map(filled);
        let one = || asked.pick(&answers.replies).map(filled);
        let (reply, slow) = match answers.pick {
            Pick::All => {
                let all = answers.replies.iter().map(filled).collect();
                (None, Some(Slow::from(Source::Replies(all))))
            }
            Pick::IfOnline if !asked.known.is_agent_online() => (fallback(), None),
            Pick::One | Pick::IfOnline => {
                let slow = answers.slow.clone();
                (
                    one(),
                    slow.map(|slow| Slow {
                        fallback: fallback(),
                        ..slow
                    }),
                )
            }
        };
        let marks = match has_left(asked.push) {
            true => Marks::default(),
            false => answers.marks.clone(),
        };
        match slow {
            None => Decision::Reply(Quick {
                marks,
                ..Quick::from(reply.unwrap_or_default())
            }),
            Some(slow) => Decision::Forward(Slow {
                at_once: reply,
                marks,
                ..slow
            }),
        }
    }

    fn may_forward(&self) -> bool {
        self.answers.slow.is_some() || self.answers.pick == Pick::All
    }

    fn may_mark(&self) -> bool {
        !self.answers.marks.is_empty()
    }

    fn needs(&self) -> Needs {
        self.needs
    }
}
